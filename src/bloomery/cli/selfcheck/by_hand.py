"""Arithmetic for what must come out, from the standard library alone: none of it is what the product computes with.

The normal distribution is that of `statistics` and `math.erf`; Student's has closed forms for one and two degrees of freedom.
"""

import itertools
from collections.abc import Sequence
from math import atan, erfc, log, log1p, pi, sqrt, tan
from statistics import NormalDist, stdev
from typing import Any, NamedTuple

#: Φ⁻¹ of .975, .95 and .8: 1.959964, 1.644854, .841621
Z95, Z90, Z80 = (NormalDist().inv_cdf(share) for share in (0.975, 0.95, 0.8))
#: Student's t at 95 %, two-sided: 12.706 and 4.303 by the formulas below, 3.182446305 for three (tables)
T1, T3 = tan(0.475 * pi), 3.182446305284263
T2 = 0.95 * sqrt(2 / (1 - 0.95**2))
#: the same at 90 %, two degrees: 2.920
T2_90 = 0.9 * sqrt(2 / (1 - 0.9**2))


def phi(z: float) -> float:
    """Φ(z) = erfc(−z/√2)/2.

    >>> round(phi(-1.96), 4)
    0.025
    """
    return erfc(-z / sqrt(2)) / 2


def tail1(t: float) -> float:
    """P(T ≥ t) with one degree of freedom (Cauchy's): ½ − atan(t)/π."""
    return 0.5 - atan(t) / pi


def tail2(t: float) -> float:
    """P(T ≥ t) with two degrees of freedom: ½ − t/(2√(2 + t²)).

    >>> round(tail2(T2), 4)
    0.025
    """
    return 0.5 - t / (2 * sqrt(2 + t * t))


def root(function: Any, low: float, high: float) -> float:
    """Where a rising function is 0, by halving."""
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < 0 else (low, middle)
    return (low + high) / 2


def best_growth(alpha: float) -> float:
    """x = nρ² where the asymptotic confidence sequence is narrowest: x − log(1 + x) = 2 log(1/α), the derivative of its width.

    >>> round(best_growth(0.05), 4)
    8.212
    """
    return root(lambda x: x - log1p(x) - 2 * log(1 / alpha), 0.0, 1000.0)


class Drawn(NamedTuple):
    """A statistic over all draws with replacement."""

    sd: float
    low: float
    high: float
    undefined: float


def nominal_alpha(items: Sequence[Sequence[str]]) -> float | None:
    """Krippendorff's α of two raters from its definition, by counting pairs; None with one label only.

    >>> round(nominal_alpha(["aa", "bb", "ab", "bb"]), 4)  # 1 − (2/8) / (2·3·5/(8·7))
    0.5333
    """
    ratings = [one for item in items for one in item]
    apart = sum(a != b for a, b in itertools.permutations(ratings, 2)) / (len(ratings) - 1)
    return 1 - 2 * sum(a != b for a, b in items) / apart if apart else None


def all_draws(items: Sequence[Sequence[str]]) -> Drawn:
    """α over all nⁿ draws of n items: its standard deviation, 2.5 % and 97.5 % points, and the share without a value."""
    found = [nominal_alpha(drawn) for drawn in itertools.product(items, repeat=len(items))]
    known = sorted(one for one in found if one is not None)
    ends = (known[int(0.025 * len(known))], known[int(0.975 * len(known))])
    return Drawn(stdev(known), *ends, 1 - len(known) / len(found))
