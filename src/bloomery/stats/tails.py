"""A tail that has hardly been seen yet: the t statistic of a lopsided mean, made symmetric.

Of values with a long tail, mean and variance are too small together as long as the tail has not shown, so t = (x̄ − μ) / se(x̄) is
lopsided to the other side. With γ the skewness of the *mean* (that of the values, over √n) the cubic

    g(t) = t + γ t²/3 + γ² t³/27 + γ/6        g⁻¹(y) = 3 z / (c² + c + 1),  z = y − γ/6,  c = ∛(1 + γ z)

takes the skewness away, and can be inverted everywhere (Hall: On the removal of skewness by transformation, Journal of the Royal
Statistical Society B 1992).

How much skewness is to be taken away is a rule of our own. Values of two kinds, such as right and wrong, have no tail but what
shows as soon as both kinds were seen: their kurtosis is γ² + 1, the least there can be. So h = 1 − (γ² + 1) / kurtosis, 0 for
these and nearly 1 for heavy tails, says how much may still be hidden, and min(1, 2 h) of the skewness is taken away. What other
rules do is in benchmarks/sequential_ways.py.
"""

import numpy as np
from numpy.typing import ArrayLike

from bloomery.stats.streams import Floats, shape


def straight(t: ArrayLike, skewness: ArrayLike) -> Floats:
    """g(t), for a mean of this skewness. Shape: broadcast.

    >>> straight(3.0, 0.3).round(4).item()  # 3 + .9 + .09 + .05
    4.04
    """
    t, skewness = np.asarray(t, dtype=np.float64), np.asarray(skewness, dtype=np.float64)
    return np.asarray(t + skewness * (t**2 / 3 + skewness * t * t**2 / 27 + 1 / 6), dtype=np.float64)


def bent(y: ArrayLike, skewness: ArrayLike) -> Floats:
    """g⁻¹(y), the t that is y once it is made symmetric. Shape: broadcast.

    >>> bent(4.04, 0.3).round(9).item()
    3.0
    """
    z = np.asarray(y, dtype=np.float64) - np.asarray(skewness) / 6
    c = np.cbrt(1 + np.asarray(skewness) * z)
    return np.asarray(3 * z / (c**2 + c + 1), dtype=np.float64)


def tail(values: Floats, n: Floats | None = None) -> Floats:
    """Running third central moment along the last axis, as much of it as is to be taken away; `n` as in `streams.shape`.

    >>> tail(np.array([0.0, 4.0, 0.0, 0.0]))[-1].item(), tail(np.array([0.0, 0.0, 1.0, 5.0]))[-1].round(4).item()
    (0.0, 1.3215)
    """
    second, third, fourth = shape(values, n)
    two_kinds = third**2 + second * second**2  # (γ² + 1) m₂³, and the kurtosis is m₄ m₂ / m₂³
    hidden = 1 - np.divide(two_kinds, fourth * second, out=np.ones_like(second), where=(second > 0) & (fourth > 0))
    return np.asarray(np.clip(2 * hidden, 0, 1) * third, dtype=np.float64)
