"""Is a no worse than b by more than a margin (non-inferiority), or no further from b than a margin either way (equivalence)?

The margin is the author's decision, made before looking, in the unit of the score. "No significant difference" is
neither: with few items nothing is significant. Both are shown where p ≤ α; equivalence takes two one-sided tests
(TOST), p the larger of the two, and is the same as the interval at 1 − 2α lying within ± margin.

Methods: paired and unpaired means by Student's t (Schuirmann 1987; Welch's for unpaired); paired shares by Tango's
score test (1998); unpaired shares by Farrington and Manning's (1990), both of which stand where no item disagrees.
Differences are a − b.
"""

from collections.abc import Callable
from typing import NamedTuple

from numpy.typing import ArrayLike
from scipy.special import ndtr

from bloomery.stats.checked import check_share
from bloomery.stats.difference import Difference, t_tail
from bloomery.stats.interval import Interval
from bloomery.stats.paired import paired_t
from bloomery.stats.score import farrington_manning, farrington_manning_z, tango, tango_z
from bloomery.stats.unpaired import welch


class Equivalence(NamedTuple):
    """a − b, its interval at 1 − 2α, p of "worse by the margin or more", and p of "off by the margin or more, either way"."""

    value: float
    interval: Interval
    p_noninferior: float
    p_equivalent: float


def paired_means(
    a: ArrayLike, b: ArrayLike, margin: float, *, clusters: ArrayLike | None = None, alpha: float = 0.05
) -> Equivalence:
    """Of the means of two systems on the same items, by `paired_t`. Differences without variance are not computable."""
    level = _level(margin, alpha)
    return _of_means(paired_t(a, b, clusters=clusters, level=level), margin)


def unpaired_means(a: ArrayLike, b: ArrayLike, margin: float, *, alpha: float = 0.05) -> Equivalence:
    """Of the means of two groups of different items, by `welch`."""
    level = _level(margin, alpha)
    return _of_means(welch(a, b, level=level), margin)


def paired_shares(b: int, c: int, n: int, margin: float, *, alpha: float = 0.05) -> Equivalence:
    """Of two shares over the same n items, of which b have only the first right and c only the second, by Tango's score.

    >>> paired_shares(0, 0, 300, margin=0.05).p_equivalent < 0.001  # never disagreed on 300 items
    True
    """
    interval = tango(b, c, n, _level(margin, alpha))
    return _of_scores(lambda d: tango_z(b, c, n, d), (b - c) / n, interval, margin)


def unpaired_shares(
    successes_a: int, n_a: int, successes_b: int, n_b: int, margin: float, *, alpha: float = 0.05
) -> Equivalence:
    """Of two shares over different items, by the score of Farrington and Manning."""
    level = _level(margin, alpha)
    interval = farrington_manning(successes_a, n_a, successes_b, n_b, level)
    observed = successes_a / n_a - successes_b / n_b
    return _of_scores(lambda d: farrington_manning_z(successes_a, n_a, successes_b, n_b, d), observed, interval, margin)


def _of_means(found: Difference, margin: float) -> Equivalence:
    below = t_tail(found.value, found.error, found.df, -margin)
    above = t_tail(-found.value, found.error, found.df, -margin)
    return Equivalence(found.value, found.interval, below, max(below, above))


def _of_scores(z_of: Callable[[float], float], value: float, interval: Interval, margin: float) -> Equivalence:
    below, above = float(ndtr(-z_of(-margin))), float(ndtr(z_of(margin)))
    return Equivalence(value, interval, below, max(below, above))


def _level(margin: float, alpha: float) -> float:
    if not margin > 0:
        raise ValueError(f"expected a margin above 0, found {margin}")
    check_share("α below ½ (twice it)", 2 * alpha)
    return 1 - 2 * alpha
