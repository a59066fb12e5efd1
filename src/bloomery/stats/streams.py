"""What the sequential methods share: streams of observations, and intervals that hold at every n at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bloomery.errors import NotComputableError

Floats = NDArray[np.float64]


class ConfidenceSequence(NamedTuple):
    """An interval after each observation; with probability 1 − α all of them hold, so one may stop at any.

    Where nothing can be said yet (burn-in, no variance so far) the interval is the whole range, never one without width.
    Shape of each: that of the streams, last axis = number of observations so far.
    """

    estimate: Floats
    low: Floats
    high: Floats

    def first_without(self, value: float) -> NDArray[np.int64]:
        """After how many observations `value` was first outside; 0 where it never was. Shape: that of the streams, less one axis.

        >>> ConfidenceSequence(np.ones(3), np.array([-1.0, 0.1, 0.2]), np.array([2.0, 1.5, 1.4])).first_without(0.0).item()
        2
        """
        outside = (self.low > value) | (self.high < value)
        return np.where(outside.any(-1), outside.argmax(-1) + 1, 0)


class Moments(NamedTuple):
    """Of the first n observations, for every n; ``variance`` (divisor n − 1) is 0 at n = 1."""

    n: Floats
    mean: Floats
    variance: Floats


def streams(values: ArrayLike, *, name: str = "values") -> Floats:
    """The values as float64, shape (…, n); an error if there are none or if one is not a finite number."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim == 0 or found.shape[-1] == 0:
        raise NotComputableError(f"there are no {name}")
    if not np.isfinite(found).all():
        raise NotComputableError(
            f"the {name} hold NaN or infinity: leave out what was not scored, and say how many that were"
        )
    return found


def probability(alpha: float) -> float:
    """An error probability, which must lie between 0 and 1."""
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1; found {alpha!r}")
    return alpha


def running(values: Floats) -> Moments:
    """Running mean and variance along the last axis, from sums of the values less the first one (so that large means do no harm).

    >>> running(np.array([1e9, 1e9 + 2, 1e9 + 4])).variance.tolist()
    [0.0, 2.0, 4.0]
    """
    n = np.arange(1.0, values.shape[-1] + 1)
    first = values[..., :1]
    total = np.cumsum(values - first, axis=-1)
    squares = np.cumsum((values - first) ** 2, axis=-1)
    variance = np.maximum(squares - total**2 / n, 0) / np.maximum(n - 1, 1)
    return Moments(n, first + total / n, variance)


class Shape(NamedTuple):
    """Central moments (divisor n) of the first n observations, for every n; 0 while all are equal."""

    second: Floats
    third: Floats
    fourth: Floats


def shape(values: Floats, n: Floats | None = None) -> Shape:
    """Running central moments along the last axis.

    Where `n` is given, shape of values, it is how many of them counted so far, and the others must be 0.

    >>> [float(moment[-1]) for moment in shape(np.array([0.0, 0.0, 0.0, 4.0]))]
    [3.0, 6.0, 21.0]
    """
    if n is None:
        n, values = np.arange(1.0, values.shape[-1] + 1), values - values[..., :1]
    squared = values * values
    powers = (values, squared, squared * values, squared * squared)
    mean, square, cube, fourth = (np.cumsum(power, axis=-1) / n for power in powers)
    second = square - mean**2
    varied = second > 1e-12 * square
    third = cube - mean * (3 * square - 2 * mean**2)
    fourth = fourth - mean * (4 * cube - mean * (6 * square - 3 * mean**2))
    return Shape(*(np.where(varied, moment, 0.0) for moment in (second, third, fourth)))


def lopsided(values: Floats, n: Floats | None = None) -> Floats:
    """Running squared skewness m₃² / m₂³ along the last axis (mᵢ: `shape`); infinite while all are equal.

    >>> lopsided(np.array([0.0, 0.0, 0.0, 1.0]))[-1].round(4).item()  # (1 − 2/4)² / (1/4 · 3/4)
    1.3333
    """
    second, third, _ = shape(values, n)
    return np.divide(third**2, second * second**2, out=np.full_like(second, np.inf), where=second > 0)
