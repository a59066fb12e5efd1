"""A mean with its standard error and interval, of independent items or of items in clusters."""

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bloomery.errors import NotComputableError
from bloomery.stats.checked import Numbers, clusters_of, sample, student_quantile
from bloomery.stats.interval import Interval


class Mean(NamedTuple):
    """A mean, its standard error, the degrees of freedom of that error, and the interval."""

    value: float
    error: float
    df: int
    interval: Interval


def standard_error(values: ArrayLike) -> float:
    """sd/√n with sd² = Σ(s − s̄)²/(n − 1), for independent items (Miller 2024)."""
    numbers = sample(values)
    return float(numbers.std(ddof=1)) / sqrt(numbers.size)


def clustered_error(values: ArrayLike, clusters: ArrayLike) -> float:
    """√(n⁻² Σ_c (Σ_{i∈c} (s_i − s̄))²): items of a cluster (one document, one conversation) may depend on each other.

    Source: Miller (2024), "Adding Error Bars to Evals"; Liang and Zeger (1986). There is no correction for few
    clusters in it (`mean` makes one for its interval). Items that each are a cluster give `standard_error` · √((n −
    1)/n).

    >>> clustered_error([1, 1, 0, 0], ["a", "a", "b", "b"])  # sums of 1 and −1: √(2/16)
    0.3535533905932738
    """
    numbers = sample(values)
    sums = np.bincount(clusters_of(clusters, numbers.size), weights=numbers - numbers.mean())
    return float(np.sqrt(sums @ sums)) / numbers.size


def mean(values: ArrayLike, *, clusters: ArrayLike | None = None, level: float = 0.95) -> Mean:
    """The mean with a t interval: s̄ ± t(level, df) · SE.

    Without `clusters`, SE is `standard_error` and df = n − 1. With them, `error` is `clustered_error`, df = C − 1 for C
    clusters, and the interval is widened by √(C/(C − 1)), without which it is too short where clusters are few (the
    correction that Stata makes too); it makes clusters of one item the same as no clusters. With 20 clusters of unequal
    size the interval holds what it says, with 5 it is still short: 92 % (``benchmarks/results/intervals.md``).

    Fewer than two items or clusters, or items without any variance, have no interval: not computable. For shares of yes
    and no, use `bloomery.stats.proportion`, which needs no variance. Values: any finite numbers, shape (n,).
    """
    numbers = sample(values)
    if clusters is None:
        error, df, wider = standard_error(numbers), numbers.size - 1, 1.0
    else:
        groups = int(clusters_of(clusters, numbers.size).max()) + 1
        error, df, wider = clustered_error(numbers, clusters), groups - 1, sqrt(groups / (groups - 1))
    value = float(numbers.mean())
    check_varies(error, numbers)
    half = student_quantile(level, df) * wider * error
    return Mean(value, error, df, Interval(value - half, value + half))


def check_varies(error: float, numbers: Numbers) -> None:
    """An error of nothing but rounding means that there is no variance to estimate one from."""
    if error <= 1e-13 * float(np.abs(numbers).max()):
        raise NotComputableError(
            f"The {numbers.size} values do not vary, so there is nothing to estimate an error from."
        )
