"""The bootstrap, where its distribution is known: of ten items, five of them 1, the sum of a draw is binomial(10, ½).

P(X ≤ 1) = .0107 and P(X ≤ 2) = .0547, so the ends at 2.5 % and 97.5 % are .2 and .8, exactly; the standard error is
√(.25/10). It is estimated from 200,000 replicates to within .001 (four standard deviations of it, .158 · .67/√200,000 each).
"""

from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from bloomery.cli.selfcheck.by_hand import Z95
from bloomery.cli.selfcheck.check import Check, refusal
from bloomery.stats import bootstrap, paired, paired_bootstrap, resample

_TEN = np.array([1.0, 0.0] * 5)
_MANY, _WITHIN = 200_000, 0.001
_FOUND = (0.5, sqrt(0.025), 0.2, 0.8)
_PAIRS = np.repeat(_TEN, 2), np.repeat(np.arange(10), 2)
_BINOMIAL = "binomial(10, ½): SE √(.25/10), ends .2 and .8"

# bca by hand: of the replicates 0 … 1000 the quantile q is 1000 q; 600 and half of one are below the value;
# left out: 0, 0, 3, so d = 1, 1, −2 and a = Σ d³/(6 (Σ d²)^1.5) = −6/(6 · 6^1.5)
_Z0, _A = NormalDist().inv_cdf(600.5 / 1001), -1 / 6**1.5
_BCA = tuple(1000 * NormalDist().cdf(_Z0 + (_Z0 + z) / (1 - _A * (_Z0 + z))) for z in (-Z95, Z95))


def _share(weights: Any) -> Any:
    return (weights @ _TEN) / weights.sum(axis=1)


def _first(rows: Any) -> float:
    """1 if the first row drawn is row 0: of two rows, in half of the draws."""
    return float(rows[0] == 0)


def _toss(replicates: int) -> paired_bootstrap.PairedBootstrap:
    return paired_bootstrap.paired_bootstrap(_first, lambda rows: 0.0, 2, seed=1, replicates=replicates)


CHECKS = (
    Check(
        "stats.bootstrap.bootstrap_mean",
        "mean of five 1 and five 0",
        lambda: bootstrap.bootstrap_mean(_TEN, seed=1, replicates=_MANY),
        (*_FOUND, "bca", _MANY, 1),
        _BINOMIAL,
        _WITHIN,
    ),
    Check(
        "stats.bootstrap.bootstrap_mean",
        "the same, each item twice, as ten clusters",
        lambda: bootstrap.bootstrap_mean(_PAIRS[0], clusters=_PAIRS[1], seed=1, replicates=_MANY),
        (*_FOUND, "bca", _MANY, 1),
        "whole clusters are drawn: the same as ten items",
        _WITHIN,
    ),
    Check(
        "stats.bootstrap.bootstrap_mean",
        "mean of values that do not vary; of one value",
        lambda: [refusal(lambda v=v: bootstrap.bootstrap_mean(v, seed=1)) for v in ([1, 1, 1], [1])],  # type: ignore[misc]
        ("NotComputableError", "NotComputableError"),
        "by definition: never 0",
    ),
    Check(
        "stats.bootstrap.bootstrap",
        "any statistic of weights: the share of 1",
        lambda: bootstrap.bootstrap(_share, 10, seed=1, replicates=_MANY),
        (*_FOUND, "percentile", _MANY, 1),
        _BINOMIAL,
        _WITHIN,
    ),
    Check(
        "stats.bootstrap.bca",
        "bca ends of the replicates 0, 1, …, 1000",
        lambda: bootstrap.bca(np.arange(1001.0), 600.0, np.array([0.0, 0.0, 3.0])),
        _BCA,
        "Efron 1987: z₀ = Φ⁻¹(600.5/1001), a = −6/(6 · 6^1.5)",
        1e-8,
    ),
    Check(
        "stats.bootstrap.percentile",
        "percentile ends of the replicates 0, 1, …, 1000",
        lambda: bootstrap.percentile(np.arange(1001.0)),
        (25, 975),
        ".025 and .975 of the way",
    ),
    Check(
        "stats.bootstrap.error_of",
        "standard error from the replicates 1, 2, 3",
        lambda: bootstrap.error_of(np.array([1.0, 2.0, 3.0])),
        1,
        "their standard deviation, not divided by √B",
    ),
    Check(
        "stats.resample.resampled_sums",
        "sums of three draws from (3, 3, 3), and of draws from 64 times 0 and 1",
        lambda: (
            resample.resampled_sums(np.array([3.0, 3.0, 3.0]), 1, 2),
            resample.resampled_sums(np.repeat([0.0, 1.0], 64), 1, _MANY).mean(),
        ),
        (9, 9, 64),
        "3 · 3; 128 · ½, ± 4 √32/√200,000",
        0.06,
    ),
    Check(
        "stats.paired.paired_bootstrap_mean",
        "a − b of 1 in five of ten items",
        lambda: paired.paired_bootstrap_mean(_TEN + 3, np.full(10, 3.0), seed=1, replicates=_MANY),
        (*_FOUND, "bca", _MANY, 1),
        _BINOMIAL,
        _WITHIN,
    ),
    Check(
        "stats.paired_bootstrap.paired_bootstrap",
        "a metric that is 1 in half of all draws",
        lambda: _toss(3_999)._replace(p=0.0),
        (1, 0, 1, 0.5, 0, 1, 0, 3_999, 1),
        "SE √(½ · ½), which a share off by 4 · ½/√3999 moves by .001",
        0.002,
    ),
    Check(
        "stats.paired_bootstrap.paired_bootstrap",
        "its p: no draw is as far from the mean as 1 from 0",
        lambda: _toss(99).p,
        1 / 100,
        "Koehn 2004, as sacrebleu: (0 + 1)/(99 + 1)",
    ),
)
