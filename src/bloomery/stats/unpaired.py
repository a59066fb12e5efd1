"""Two groups of *different* items: Welch's t, the score test of two shares, Newcombe's interval. Differences are a − b.

Two systems that answered the same items are paired: `bloomery.stats.paired` and `bloomery.stats.mcnemar`.
"""

from math import hypot, sqrt

from numpy.typing import ArrayLike
from scipy.special import ndtr

from bloomery.errors import NotComputableError
from bloomery.stats.checked import check_count, sample
from bloomery.stats.difference import Difference, t_difference
from bloomery.stats.interval import Interval
from bloomery.stats.mean import standard_error
from bloomery.stats.proportion import wilson


def welch(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> Difference:
    """Mean of a − mean of b, with variances of their own: SE² = s_a²/n_a + s_b²/n_b.

    df = SE⁴ / (SE_a⁴/(n_a − 1) + SE_b⁴/(n_b − 1)). Two items at least in each; one of the two may be without variance,
    not both. Source: Welch (1947), Biometrika 34, 28–35; Satterthwaite (1946).
    """
    first, second = sample(a), sample(b)
    error_a, error_b = standard_error(first), standard_error(second)
    error = hypot(error_a, error_b)
    if error <= 1e-13 * max(abs(first).max(), abs(second).max()):
        raise NotComputableError("Neither group varies, so there is nothing to estimate an error from.")
    share_a, share_b = (error_a / error) ** 4, (error_b / error) ** 4
    df = 1 / (share_a / (first.size - 1) + share_b / (second.size - 1))
    return t_difference(float(first.mean() - second.mean()), error, df, level)


def two_proportions(successes_a: int, n_a: int, successes_b: int, n_b: int) -> float:
    """Two-sided p of "equal shares": z = (p̂_a − p̂_b) / √(p̂(1 − p̂)(1/n_a + 1/n_b)) with the pooled p̂ (the score test).

    Where all trials of both groups ended alike there is no variance under equality: not computable; `newcombe` still
    is.
    """
    check_count(successes_a, n_a)
    check_count(successes_b, n_b)
    pooled = (successes_a + successes_b) / (n_a + n_b)
    if pooled in {0.0, 1.0}:
        raise NotComputableError("All trials of both groups ended alike, so the test has no variance to work with.")
    z = (successes_a / n_a - successes_b / n_b) / sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    return 2 * float(ndtr(-abs(z)))


def newcombe(successes_a: int, n_a: int, successes_b: int, n_b: int, level: float = 0.95) -> Interval:
    """An interval for p_a − p_b from the two Wilson intervals (l, u), with a width whatever the counts.

    low = d − √((p̂_a − l_a)² + (u_b − p̂_b)²), high = d + √((u_a − p̂_a)² + (p̂_b − l_b)²).
    Source: Newcombe (1998), Statistics in Medicine 17, 873–890, method 10.

    >>> [round(end, 4) for end in newcombe(56, 70, 48, 80)]  # his first example
    [0.0524, 0.3339]
    """
    in_a, in_b = wilson(successes_a, n_a, level), wilson(successes_b, n_b, level)
    a, b = successes_a / n_a, successes_b / n_b
    return Interval(a - b - hypot(a - in_a.low, in_b.high - b), a - b + hypot(in_a.high - a, b - in_b.low))
