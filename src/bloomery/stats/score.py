"""Score tests of "the two shares differ by exactly Δ", for pairs (Tango) and for two groups (Farrington and Manning).

The variance is taken where the hypothesis holds, at the most likely shares with that difference; so it is not 0 where
no item disagrees, unlike Wald's, and the intervals have a width at every count. Differences are a − b; z is positive
where more than Δ was seen.
"""

from collections.abc import Callable
from math import acos, copysign, cos, inf, pi, sqrt

from bloomery.stats.checked import check_count, normal_quantile
from bloomery.stats.interval import Interval


def tango_z(b: int, c: int, n: int, difference: float) -> float:
    """z of "p_a − p_b = Δ" for n pairs, of which b have only a right and c only b right.

    z = (b − c − nΔ) / √(n(2q + Δ(1 − Δ))), q the most likely share of "only b right" given Δ: the larger root of
    2n·q² + ((2n − b + c)Δ − b − c)·q − cΔ(1 − Δ) = 0. For Δ = 0 its square is McNemar's χ².
    Source: Tango (1998), Statistics in Medicine 17, 891–908.

    >>> round(tango_z(12, 2, 50, 0.0) ** 2, 4)  # (12 − 2)² / (12 + 2)
    7.1429
    """
    _check_pairs(b, c, n)
    _check_difference(difference)
    middle = (2 * n - b + c) * difference - b - c
    root = sqrt(max(0.0, middle * middle + 8 * n * c * difference * (1 - difference)))
    q = max(0.0, -difference, (root - middle) / (4 * n))
    return _over(b - c - n * difference, n * (2 * q + difference * (1 - difference)))


def tango(b: int, c: int, n: int, level: float = 0.95) -> Interval:
    """The differences Δ of two paired shares that `tango_z` does not reject."""
    _check_pairs(b, c, n)
    return _not_rejected(lambda difference: tango_z(b, c, n, difference), (b - c) / n, level)


def farrington_manning_z(successes_a: int, n_a: int, successes_b: int, n_b: int, difference: float) -> float:
    """z of "p_a − p_b = Δ" for two groups: (p̂_a − p̂_b − Δ) / √(p_a(1 − p_a)/n_a + p_b(1 − p_b)/n_b).

    p_a and p_b = p_a − Δ are the most likely shares with that difference, a root of a cubic that has a closed form. For
    Δ = 0 it is the z of `two_proportions`. Source: Farrington and Manning (1990), Statistics in Medicine 9, 1447–1454.
    """
    check_count(successes_a, n_a)
    check_count(successes_b, n_b)
    _check_difference(difference)
    a, b = successes_a / n_a, successes_b / n_b
    p_a = _restricted(a, n_a, b, n_b, difference)
    p_b = min(1.0, max(0.0, p_a - difference))
    return _over(a - b - difference, p_a * (1 - p_a) / n_a + p_b * (1 - p_b) / n_b)


def farrington_manning(successes_a: int, n_a: int, successes_b: int, n_b: int, level: float = 0.95) -> Interval:
    """The differences Δ of two independent shares that `farrington_manning_z` does not reject."""
    check_count(successes_a, n_a)
    check_count(successes_b, n_b)
    observed = successes_a / n_a - successes_b / n_b
    return _not_rejected(
        lambda difference: farrington_manning_z(successes_a, n_a, successes_b, n_b, difference), observed, level
    )


def _restricted(a: float, n_a: int, b: float, n_b: int, difference: float) -> float:
    """The most likely p_a where p_b = p_a − Δ: Farrington and Manning's closed form."""
    ratio = n_b / n_a
    c3 = 1 + ratio
    c2 = -(1 + ratio + a + ratio * b + difference * (ratio + 2))
    c1 = difference**2 + difference * (2 * a + ratio + 1) + a + ratio * b
    c0 = -a * difference * (1 + difference)
    v = (c2 / (3 * c3)) ** 3 - c1 * c2 / (6 * c3**2) + c0 / (2 * c3)
    u = copysign(sqrt(max(0.0, (c2 / (3 * c3)) ** 2 - c1 / (3 * c3))), v)
    angle = 0.0 if u == 0 else (pi + acos(min(1.0, max(-1.0, v / u**3)))) / 3
    return min(1.0, 1 + difference, max(0.0, difference, 2 * u * cos(angle) - c2 / (3 * c3)))


def _not_rejected(z_of: Callable[[float], float], observed: float, level: float) -> Interval:
    """The Δ on both sides of what was observed at which |z| reaches its quantile, found by halving."""
    z = normal_quantile(level)
    low = -1.0 if observed <= -1 else _crossing(lambda d: z_of(d) > z, -1.0, observed)
    high = 1.0 if observed >= 1 else _crossing(lambda d: z_of(d) > -z, observed, 1.0)
    return Interval(low, high)


def _crossing(above: Callable[[float], bool], low: float, high: float) -> float:
    """Where `above`, true at `low` and false at `high`, changes: 60 halvings, to 2⁻⁵⁹."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if above(middle) else (low, middle)
    return (low + high) / 2


def _over(distance: float, variance: float) -> float:
    """distance/√variance; without variance, any distance is infinitely many."""
    if variance <= 0:
        return 0.0 if distance == 0 else copysign(inf, distance)
    return distance / sqrt(variance)


def _check_pairs(b: int, c: int, n: int) -> None:
    check_count(b, n)
    check_count(c, n)
    check_count(b + c, n)


def _check_difference(difference: float) -> None:
    if not -1 < difference < 1:
        raise ValueError(f"expected a difference between −1 and 1, found {difference}")
