"""Intervals for a share: k successes in n independent trials.

All of them have a width at 0 % and at 100 %, where the textbook (Wald) interval has none. Which to report: `wilson` is
close to its level on average, and may fall below it for single shares; `clopper_pearson` is never below its level, and
wider for it; `rule_of_three` is the bound to say aloud when nothing was seen.

What 0 of 300 says at 95 %: below 1.00 % (`rule_of_three`: one-sided and exact; 3/n gives 1.00 % as well), 1.22 % (upper
end of the two-sided `clopper_pearson`), 1.26 % (upper end of `wilson`).
"""

from math import sqrt

from scipy.special import betaincinv

from bloomery.stats.checked import check_count, check_share, normal_quantile
from bloomery.stats.interval import Interval


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval: (k + z²/2 ± z·√(k(n − k)/n + z²/4)) / (n + z²).

    The shares p that a score test, |p̂ − p| ≤ z·√(p(1 − p)/n), does not reject. n = 0 is not computable.
    Source: Wilson (1927), JASA 22, 209–212; Agresti and Coull (1998).

    >>> round(wilson(0, 300).high, 5)  # z²/(n + z²) = 3.8415/303.8415
    0.01264
    """
    check_count(successes, n)
    z = normal_quantile(level)
    middle = (successes + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(successes * (n - successes) / n + z * z / 4)
    return Interval(0.0 if successes == 0 else middle - half, 1.0 if successes == n else middle + half)


def clopper_pearson(successes: int, n: int, level: float = 0.95) -> Interval:
    """The exact interval: each end is the share at which so many successes, or more extreme, have probability (1 − level)/2.

    low = Beta⁻¹(α/2; k, n − k + 1), high = Beta⁻¹(1 − α/2; k + 1, n − k); low is 0 for k = 0, high is 1 for k = n (so
    these are at (1 − α/2), not one-sided at (1 − α)). Source: Clopper and Pearson (1934), Biometrika 26, 404–413.

    >>> round(clopper_pearson(0, 300).high, 5)
    0.01222
    """
    check_count(successes, n)
    check_share("level", level)
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(betaincinv(successes + 1, n - successes, 1 - tail))
    return Interval(low, high)


def rule_of_three(n: int, level: float = 0.95) -> float:
    """The share that is still possible when none of `n` trials had it: 1 − (1 − level)^(1/n), about 3/n at 0.95.

    An upper bound, one-sided, exact: at a higher share, none of n would be seen with a probability below 1 − level. The
    "three" is −ln 0.05 = 2.996. Source: Hanley and Lippman-Hand (1983), JAMA 249, 1743–1745.

    >>> round(rule_of_three(300), 5)
    0.00994
    """
    check_count(0, n)
    check_share("level", level)
    return float(1 - (1 - level) ** (1 / n))
