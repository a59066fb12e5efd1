"""What every statistic asks of its numbers, and the quantiles that all intervals need.

Data that lack a statistic raise `NotComputableError`; an argument that no data could mend (a level of 95, more
successes than trials) is a `ValueError`, since the caller wrote it.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from bloomery.errors import NotComputableError

Numbers = NDArray[np.float64]


def sample(values: ArrayLike, *, least: int = 2, what: str = "items") -> Numbers:
    """The values as floats, one dimension, all finite and at least so many of them.

    A missing value is not a number to average: leave it out, and say how many were.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1:
        raise ValueError(f"expected one dimension of values, found {found.ndim}")
    if found.size < least:
        raise NotComputableError(f"At least {least} {what} are needed, there are {found.size}.")
    if not np.isfinite(found).all():
        raise NotComputableError(
            f"{np.count_nonzero(~np.isfinite(found))} of {found.size} values are not finite numbers."
        )
    return found


def differences(a: ArrayLike, b: ArrayLike) -> Numbers:
    """a − b, item by item. Both must be of the same items, in the same order."""
    first, second = sample(a), sample(b)
    if first.size != second.size:
        raise ValueError(f"pairs need as many values on both sides, found {first.size} and {second.size}")
    return first - second


def clusters_of(clusters: ArrayLike, n: int) -> NDArray[np.intp]:
    """The clusters numbered from 0, one for each of `n` items. There must be two at least."""
    labels = np.asarray(clusters)
    if labels.shape != (n,):
        raise ValueError(f"expected one cluster for each of {n} items, found shape {labels.shape}")
    code = np.unique(labels, return_inverse=True)[1].astype(np.intp)
    if code.max() == 0:
        raise NotComputableError("All items are of one cluster; how clusters differ cannot be seen from one.")
    return code


def check_count(successes: int, n: int) -> None:
    """There must be a trial, and no more successes than trials."""
    if n < 1:
        raise NotComputableError("There are no trials.")
    if not 0 <= successes <= n:
        raise ValueError(f"expected 0 to {n} successes, found {successes}")


def check_share(name: str, value: float) -> None:
    """A level, an α or a power lies strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f"expected a {name} between 0 and 1, such as 0.95, found {value}")


def normal_quantile(level: float) -> float:
    """z with P(|Z| ≤ z) = level: 1.96 for 0.95."""
    check_share("level", level)
    return float(ndtri((1 + level) / 2))


def student_quantile(level: float, df: float) -> float:
    """t with P(|T| ≤ t) = level, T of Student's distribution with `df` degrees of freedom."""
    check_share("level", level)
    return float(stdtrit(df, (1 + level) / 2))
