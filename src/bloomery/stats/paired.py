"""Two systems on the same items: everything is about the differences a − b, item by item.

Pairing takes the difficulty of the items out of the comparison: SE = sd(s_A − s_B)/√n (Miller 2024), which
is the smaller the more alike the two answer. Treating the two as independent groups wastes that, and its p-value is not
that of the question asked.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bloomery.errors import NotComputableError
from bloomery.stats.bootstrap import Bootstrap, Method, bootstrap_mean
from bloomery.stats.checked import Numbers, clusters_of, differences
from bloomery.stats.difference import Difference, t_difference
from bloomery.stats.mean import mean

#: with so many differences other than 0, all 2ⁿ ways to flip their signs are tried
EXACT_UP_TO = 15

_CELLS = 1 << 20


class SignFlip(NamedTuple):
    """The two-sided p-value, whether all flips were tried, and how many were."""

    p: float
    exact: bool
    flips: int


def paired_t(a: ArrayLike, b: ArrayLike, *, clusters: ArrayLike | None = None, level: float = 0.95) -> Difference:
    """Mean of a − b by Student's t with `mean`'s standard error: sd(a − b)/√n, df = n − 1.

    With `clusters`, the clustered error of the differences with the correction √(C/(C − 1)) and df = C − 1. Differences
    without variance (two equal systems, for one) are not computable; `sign_flip` still is. Scores: any finite numbers,
    shape (n,), the same order.
    """
    found = mean(differences(a, b), clusters=clusters, level=level)
    groups = found.df + 1
    error = found.error if clusters is None else found.error * float(np.sqrt(groups / (groups - 1)))
    return t_difference(found.value, error, found.df, level)


def paired_bootstrap_mean(
    a: ArrayLike,
    b: ArrayLike,
    *,
    seed: int,
    clusters: ArrayLike | None = None,
    replicates: int = 10_000,
    level: float = 0.95,
    method: Method = "bca",
) -> Bootstrap:
    """Mean of a − b by `bootstrap_mean`: items (or clusters) are drawn, with both scores of each."""
    return bootstrap_mean(
        differences(a, b), seed=seed, clusters=clusters, replicates=replicates, level=level, method=method
    )


def sign_flip(
    a: ArrayLike, b: ArrayLike, *, seed: int, clusters: ArrayLike | None = None, flips: int = 10_000
) -> SignFlip:
    """Permutation test of "a and b could be swapped in any item": how often is |Σ ± d| as large as |Σ d|?

    Exact up to 15 differences other than 0 (those of 0 never matter); otherwise `flips` random ones and p = (count +
    1)/(flips + 1), which is never 0. With `clusters`, all items of a cluster are swapped together. No difference at
    all: p = 1, exact. Source: Fisher (1935); Phipson and Smyth (2010) for the + 1. Sums that differ by rounding only
    count as equal.
    """
    found = differences(a, b)
    if clusters is not None:
        found = np.asarray(np.bincount(clusters_of(clusters, found.size), weights=found), dtype=np.float64)
    sizes = np.abs(found[found != 0])
    least = abs(float(found.sum())) - 1e-12 * float(sizes.sum())
    if sizes.size <= EXACT_UP_TO:
        sums = _all_sums(sizes)
        return SignFlip(float(np.mean(np.abs(sums) >= least)), True, sums.size)
    if flips < 1:
        raise NotComputableError("At least one random flip is needed.")
    extreme = int(np.count_nonzero(np.abs(_random_sums(sizes, seed, flips)) >= least))
    return SignFlip((extreme + 1) / (flips + 1), False, flips)


def _all_sums(sizes: Numbers) -> Numbers:
    """Σ ± d for each of the 2ⁿ choices of signs."""
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])
    return sums


def _random_sums(sizes: Numbers, seed: int, flips: int) -> Numbers:
    """Σ ± d for random signs. Of m equal sizes, Binomial(m, ½) are positive, which needs one random number in place of m."""
    rng = np.random.default_rng(seed)
    distinct, often = np.unique(sizes, return_counts=True)
    if distinct.size * 8 > sizes.size:
        distinct, often = sizes, np.ones(sizes.size, dtype=np.intp)
    rows = max(1, _CELLS // distinct.size)
    parts = [_signed(rng, often, min(rows, flips - done)) @ distinct for done in range(0, flips, rows)]
    return np.concatenate(parts)


def _signed(rng: np.random.Generator, often: NDArray[np.intp], rows: int) -> Numbers:
    """Positive minus negative signs among so many, for each column."""
    shape = (rows, often.size)
    if (often == 1).all():
        signs = np.empty(shape)
        for row in signs:  # one at a time: small integers are drawn four at once, and what is left over is thrown away
            row[:] = rng.integers(0, 2, size=often.size, dtype=np.int8)
        return signs * 2 - 1
    return np.asarray(rng.binomial(often, 0.5, size=shape) * 2.0 - often, dtype=np.float64)
