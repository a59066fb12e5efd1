"""Paired bootstrap of a metric of the whole test set: macro F1, BLEU, anything that is not a mean over items.

The same rows are drawn for both systems, so that what is common to them cancels. Source: Koehn (2004), "Statistical
significance tests for machine translation evaluation"; the p-value is the one of sacrebleu, (1 + #{|Δ* − mean Δ*| ≥
|Δ|}) / (1 + B).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bloomery.errors import NotComputableError
from bloomery.stats.bootstrap import error_of, percentile
from bloomery.stats.checked import clusters_of
from bloomery.stats.interval import Interval

Rows = NDArray[np.intp]
Total = Callable[[Rows], float | None]


class PairedBootstrap(NamedTuple):
    """The two values, a − b with its standard error and interval, the two-sided p, and what is needed to get the same again."""

    a: float
    b: float
    value: float
    error: float
    interval: Interval
    p: float
    replicates: int
    seed: int


def paired_bootstrap(
    total_a: Total,
    total_b: Total,
    n: int,
    *,
    seed: int,
    clusters: ArrayLike | None = None,
    replicates: int = 1_000,
    level: float = 0.95,
) -> PairedBootstrap:
    """Difference of two totals over resampled rows, with a percentile interval.

    `total_a` and `total_b` give the metric over rows: an array of row numbers below `n`, of any length, with repeats.
    One that is None or NaN on the sample or on a resample (a label that was not drawn) is not computable, and so are
    two that never differ.
    """
    if n < 2:
        raise NotComputableError(f"At least 2 items are needed, there are {n}.")
    draw = _items(n) if clusters is None else _members(clusters_of(clusters, n))
    a, b = (_number(total(np.arange(n))) for total in (total_a, total_b))
    if np.isnan([a, b]).any():
        raise NotComputableError("The metric has no value on these items.")
    rng = np.random.default_rng(seed)
    found = np.empty(replicates)
    for at in range(replicates):
        rows = draw(rng)
        found[at] = _number(total_a(rows)) - _number(total_b(rows))
    error = error_of(found)
    extreme = np.count_nonzero(np.abs(found - found.mean()) >= abs(a - b))
    p = (1 + int(extreme)) / (1 + replicates)
    return PairedBootstrap(a, b, a - b, error, percentile(found, level), p, replicates, seed)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _items(n: int) -> Callable[[np.random.Generator], Rows]:
    """Draws n rows."""
    return lambda rng: rng.integers(0, n, size=n)


def _members(code: Rows) -> Callable[[np.random.Generator], Rows]:
    """Draws as many clusters as there are, and returns all of their rows."""
    sizes = np.bincount(code)
    members = np.split(np.argsort(code, kind="stable"), np.cumsum(sizes)[:-1])
    return lambda rng: np.concatenate([members[c] for c in rng.integers(0, sizes.size, size=sizes.size)])
