"""McNemar's test: do two systems that answered the same items get a different share right?

Only the items that one got right and the other wrong tell: b of them in favour of the first, c in favour of the second.
Under "no difference", b is binomial with n = b + c and p = ½. A test of two independent shares ignores the pairing and
is wrong here.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

#: below so many discordant items the exact test is used
EXACT_BELOW = 25


class McNemar(NamedTuple):
    """The two-sided p-value, how it was computed (``exact`` or ``mid-p``), and the two counts."""

    p: float
    method: str
    b: int
    c: int


def discordant(a_right: ArrayLike, b_right: ArrayLike) -> tuple[int, int]:
    """How many items only the first got right, and how many only the second. Boolean, shape (n,) both, the same order.

    >>> discordant([True, True, False], [True, False, False])
    (1, 0)
    """
    first, second = np.asarray(a_right, dtype=bool), np.asarray(b_right, dtype=bool)
    if first.shape != second.shape:
        raise ValueError(f"pairs need as many values on both sides, found {first.shape} and {second.shape}")
    return int(np.count_nonzero(first & ~second)), int(np.count_nonzero(~first & second))


def mcnemar(b: int, c: int) -> McNemar:
    """Exact if b + c < 25, else mid-p. b = c = 0 gives p = 1: no item speaks for a difference, and that is what was tested.

    Source: McNemar (1947); Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91, who recommend
    mid-p.
    """
    if b + c < EXACT_BELOW:
        return McNemar(mcnemar_exact(b, c), "exact", b, c)
    return McNemar(mcnemar_mid_p(b, c), "mid-p", b, c)


def mcnemar_exact(b: int, c: int) -> float:
    """min(1, 2 · P(X ≤ min(b, c))), X ~ Binomial(b + c, ½). Never above its α; conservative.

    >>> round(mcnemar_exact(3, 12), 4)  # 2 · (1 + 15 + 105 + 455) / 2¹⁵
    0.0352
    """
    _check(b, c)
    return min(1.0, 2 * _at_most(min(b, c), b + c))


def mcnemar_mid_p(b: int, c: int) -> float:
    """`mcnemar_exact` with only half the probability of what was seen: 2 · P(X ≤ min) − P(X = min); 1 where b = c.

    Closer to its α than the exact test, seldom and little above it.
    """
    _check(b, c)
    low, n = min(b, c), b + c
    return 1.0 if b == c else _at_most(low, n) + _at_most(low - 1, n)


def _at_most(k: int, n: int) -> float:
    """P(X ≤ k) for X ~ Binomial(n, ½)."""
    return float(bdtr(k, n, 0.5)) if k >= 0 else 0.0


def _check(b: int, c: int) -> None:
    if b < 0 or c < 0:
        raise ValueError(f"expected two counts, found {b} and {c}")
