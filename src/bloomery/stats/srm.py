"""Sample-ratio mismatch: did the arms get the shares of traffic that were planned? If not, their comparison is void.

Pearson's χ² = Σ (x_i − n π_i)² / (n π_i) over the *active* arms, with (active arms − 1) degrees of freedom. An arm is active if
it was to get something: share π_i > 0. Counting arms that were not running as degrees of freedom hides a mismatch (p = .011 where
.0027 is right); leaving out an arm that should have run hides the worst one. So an arm with a share counts even without rows,
and one without a share counts only if no shares are given and it has rows.

Where an expected count is below 5, the exact multinomial test takes its place (the probability of all outcomes that are no more
probable than this one), and where those are too many to list, the smallest of the arms' exact binomial p-values times the number
of arms (Bonferroni: never too small).

χ² is for one look. For a look after every row there is `srm_sequential`.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, bdtrc, chdtrc, gammaln, xlogy

from bloomery.errors import NotComputableError
from bloomery.stats.msprt import AlwaysValid, always_valid
from bloomery.stats.streams import Floats

#: with a smaller expected count the test is exact
LEAST_EXPECTED = 5
#: outcomes that are listed at most
_MOST_OUTCOMES = 200_000


class Srm(NamedTuple):
    """A test of the planned shares."""

    p_value: float
    #: χ²; None for the exact tests
    statistic: float | None
    degrees: int
    method: Literal["chi-square", "multinomial", "binomial, Bonferroni"]
    #: the arms that were tested, with their expected counts
    expected: dict[str, float]
    #: those that were not running
    left_out: list[str]


def srm(counts: Mapping[str, int], shares: Mapping[str, float] | None = None) -> Srm:
    """Test the rows of each arm against its planned share (any positive numbers, 0 for an arm that does not run).

    Without `shares` the arms with rows should have equally many, and those without rows are taken as not running and named in
    ``left_out``: give shares if an arm may have failed. Fewer than two active arms, no rows, or rows in an arm without a share
    have no such test.

    >>> found = srm({"A": 5150, "B": 4850, "C": 0})  # χ² = 150²/5000 + 150²/5000 = 9, one degree of freedom, not two
    >>> round(found.p_value, 4), found.degrees, found.left_out
    (0.0027, 1, ['C'])
    """
    active = _active(counts, shares)
    rows = sum(counts[arm] for arm in active)
    seen = np.array([counts[arm] for arm in active])
    share = np.array(list(active.values())) / sum(active.values())
    expected = rows * share
    left_out = [arm for arm in counts if arm not in active]
    if expected.min() >= LEAST_EXPECTED:
        statistic = float(((seen - expected) ** 2 / expected).sum())
        p_value, method = float(chdtrc(len(active) - 1, statistic)), "chi-square"
    elif comb(rows + len(active) - 1, rows) <= _MOST_OUTCOMES:
        statistic, p_value, method = None, _multinomial(seen, share), "multinomial"
    else:
        statistic, p_value, method = None, _bonferroni(seen, share), "binomial, Bonferroni"
    listed = dict(zip(active, expected.tolist(), strict=True))
    return Srm(p_value, statistic, len(active) - 1, method, listed, left_out)  # type: ignore[arg-type]


def srm_sequential(
    counts: ArrayLike, shares: Sequence[float] | None = None, *, concentration: float = 100.0
) -> AlwaysValid:
    """A p-value that may be looked at any time. Shape of `counts`: (…, looks, arms), the rows of each arm so far.

    The likelihood ratio of "other shares", drawn from a Dirichlet distribution around the planned ones π with this
    concentration c, to π (Lindon and Malek: Anytime-valid inference for multinomial count data, NeurIPS 2022):

        Λ = Γ(c) / Γ(c + n) · Π_i Γ(cπ_i + x_i) / Γ(cπ_i) / Π_i π_i^x_i

    exact at any n, as `bloomery.stats.msprt`. A larger concentration looks for smaller mismatches. Without `shares` they are
    equal; only active arms may be given (shares more than 0).

    >>> srm_sequential([[52, 48], [515, 485], [5150, 4850], [51500, 48500]]).p_value.round(3).tolist()
    [1.0, 1.0, 0.117, 0.0]
    """
    seen = np.asarray(counts, dtype=np.float64)
    if seen.ndim < 2 or seen.shape[-1] < 2 or not seen.size:
        raise NotComputableError("a ratio needs two arms at least, and a look")
    if not (np.isfinite(seen).all() and (seen >= 0).all() and (np.diff(seen, axis=-2) >= 0).all()):
        raise ValueError("counts must be those so far: not negative, never falling")
    planned = np.ones(seen.shape[-1]) if shares is None else np.asarray(shares, dtype=np.float64)
    if planned.shape != seen.shape[-1:] or not (planned > 0).all() or not concentration > 0:
        raise ValueError(
            f"one share more than 0 for each of the {seen.shape[-1]} arms, and a concentration; found {shares!r}"
        )
    planned = planned / planned.sum()
    prior = concentration * planned
    arms = gammaln(prior + seen) - gammaln(prior) - seen * np.log(planned)
    return always_valid(gammaln(concentration) - gammaln(concentration + seen.sum(-1)) + arms.sum(-1))


def _active(counts: Mapping[str, int], shares: Mapping[str, float] | None) -> dict[str, float]:
    """The share of each arm that is tested."""
    if any(count < 0 for count in counts.values()):
        raise ValueError(f"counts must not be negative; found {dict(counts)}")
    if shares is None:
        active = {arm: 1.0 for arm, count in counts.items() if count}
    else:
        if set(shares) != set(counts) or not all(0 <= share < float("inf") for share in shares.values()):
            raise ValueError(f"one share, 0 or more, for each arm of {list(counts)}; found {dict(shares)}")
        active = {arm: float(shares[arm]) for arm in counts if shares[arm] > 0}
        astray = [arm for arm, count in counts.items() if count and arm not in active]
        if astray:
            raise NotComputableError(f"there are rows in arms that were to get none: {', '.join(astray)}")
    if len(active) < 2 or not any(counts.values()):
        raise NotComputableError(f"a ratio needs rows and two active arms; found {dict(counts)}")
    return active


def _multinomial(seen: NDArray[np.int64], share: Floats) -> float:
    """The exact test; outcomes whose probability differs by rounding only count as equally probable."""
    rows, arms = int(seen.sum()), len(seen)
    bars = np.array(list(combinations(range(rows + arms - 1), arms - 1)), dtype=np.int64)
    ends = np.concatenate([np.full((len(bars), 1), -1), bars, np.full((len(bars), 1), rows + arms - 1)], axis=1)
    outcomes = np.diff(ends, axis=1) - 1
    chances = np.exp(_log_chance(outcomes, share))
    return min(1.0, float(chances[chances <= np.exp(_log_chance(seen, share)) * (1 + 1e-7)].sum()))


def _log_chance(outcomes: NDArray[np.int64], share: Floats) -> Floats:
    rows = outcomes.sum(-1)
    chance: Floats = gammaln(rows + 1) + (xlogy(outcomes, share) - gammaln(outcomes + 1)).sum(-1)
    return chance


def _bonferroni(seen: NDArray[np.int64], share: Floats) -> float:
    rows = int(seen.sum())
    sides = np.minimum(bdtr(seen, rows, share), bdtrc(seen - 1, rows, share))
    return min(1.0, float(2 * len(seen) * sides.min()))
