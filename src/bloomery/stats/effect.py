"""How large a difference is, in units that can be compared: standardised means, shares, ranks, odds, relative change.

Differences are a − b. An effect that would divide by nothing (no spread, a zero baseline, an empty cell) is not
computable; a risk difference always is. What is small or large depends on the field; none of these come with words.
"""

from math import asin, exp, inf, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from bloomery.errors import NotComputableError
from bloomery.stats.checked import check_count, differences, normal_quantile, sample
from bloomery.stats.interval import Interval
from bloomery.stats.mean import check_varies
from bloomery.stats.unpaired import newcombe


class Effect(NamedTuple):
    """An effect and its interval."""

    value: float
    interval: Interval


def cohens_d(a: ArrayLike, b: ArrayLike) -> float:
    """(ā − b̄)/s of two groups, s² = ((n_a − 1)s_a² + (n_b − 1)s_b²)/(n_a + n_b − 2). Cohen (1988), 2.2.

    >>> cohens_d([2, 4], [1, 3])  # 1 / √2
    0.7071067811865475
    """
    first, second = sample(a), sample(b)
    df = first.size + second.size - 2
    pooled = sqrt(((first.size - 1) * first.var(ddof=1) + (second.size - 1) * second.var(ddof=1)) / df)
    check_varies(pooled, np.concatenate([first, second]))
    return float(first.mean() - second.mean()) / pooled


def cohens_d_paired(a: ArrayLike, b: ArrayLike) -> float:
    """d_z: mean of a − b over the standard deviation of a − b. Not on the scale of `cohens_d`. Cohen (1988), 2.3.5."""
    found = differences(a, b)
    spread = float(found.std(ddof=1))
    check_varies(spread, found)
    return float(found.mean()) / spread


def hedges_g(a: ArrayLike, b: ArrayLike) -> float:
    """`cohens_d` without its bias for small groups: d · J(n_a + n_b − 2).

    J(m) = Γ(m/2) / (√(m/2) Γ((m − 1)/2)), exact, about 1 − 3/(4m − 1). Source: Hedges (1981).
    """
    half = (len(sample(a)) + len(sample(b)) - 2) / 2
    return cohens_d(a, b) * exp(gammaln(half) - gammaln(half - 0.5)) / sqrt(half)


def cohens_h(share_a: float, share_b: float) -> float:
    """2·asin√p_a − 2·asin√p_b: a distance of shares that counts the same near 0 and 1 as in the middle. Cohen (1988), 6.2.

    >>> round(cohens_h(0.5, 0.25), 4)  # π/2 − π/3
    0.5236
    """
    if not (0 <= share_a <= 1 and 0 <= share_b <= 1):
        raise ValueError(f"expected shares between 0 and 1, found {share_a} and {share_b}")
    return 2 * asin(sqrt(share_a)) - 2 * asin(sqrt(share_b))


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """P(a > b) − P(a < b) over all pairs of one value of each group, ties count for neither; −1 to 1. Cliff (1993).

    One value in each is enough.

    >>> cliffs_delta([1, 2], [1, 3])  # one pair up, two down, one tie
    -0.25
    """
    first, second = sample(a, least=1), np.sort(sample(b, least=1))
    below = np.searchsorted(second, first, side="left").sum()
    above = (second.size - np.searchsorted(second, first, side="right")).sum()
    return float(below - above) / (first.size * second.size)


def odds_ratio(
    successes_a: int, n_a: int, successes_b: int, n_b: int, *, level: float = 0.95, add: float = 0.0
) -> Effect:
    """Odds of a over odds of b, with the interval exp(log OR ± z·√(1/k_a + 1/m_a + 1/k_b + 1/m_b)), m = n − k (Woolf 1955).

    An empty cell has neither a ratio nor an error: not computable, unless ``add=0.5`` adds that to all four cells
    (Haldane 1956, Anscombe 1956), to be said wherever the number is shown.
    """
    check_count(successes_a, n_a)
    check_count(successes_b, n_b)
    cells = [count + add for count in (successes_a, n_a - successes_a, successes_b, n_b - successes_b)]
    if min(cells) <= 0:
        raise NotComputableError("One of the four counts is 0, so the odds ratio is 0, infinite or undefined.")
    ratio = cells[0] * cells[3] / (cells[1] * cells[2])
    half = normal_quantile(level) * sqrt(sum(1 / cell for cell in cells))
    return Effect(ratio, Interval(ratio * exp(-half), ratio * exp(half)))


def risk_difference(successes_a: int, n_a: int, successes_b: int, n_b: int, level: float = 0.95) -> Effect:
    """p̂_a − p̂_b of two groups of different items, with Newcombe's interval (`unpaired.newcombe`)."""
    interval = newcombe(successes_a, n_a, successes_b, n_b, level)
    return Effect(successes_a / n_a - successes_b / n_b, interval)


def relative_change(value: float, baseline: float) -> float:
    """(value − baseline)/|baseline|: −0.05 is a drop by 5 %. Not computable from a baseline of 0; look at the difference.

    >>> relative_change(75, 100)
    -0.25
    """
    if not (-inf < value < inf and -inf < baseline < inf):
        raise NotComputableError(f"A relative change needs two numbers, found {value} and {baseline}.")
    if baseline == 0:
        raise NotComputableError("The baseline is 0, so no change can be relative to it; use the difference.")
    return (value - baseline) / abs(baseline)
