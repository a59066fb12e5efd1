"""Resamples of items, as the sums that values are made of (`bloomery.metrics.base.Additive`).

Drawing n items with replacement is a weight of each item, how often it was drawn; a sum over the resample is the weighted sum.
So a replicate costs n random numbers and one matrix product for all values of all metrics, and no text, no n-gram and no
confusion matrix is looked at twice. The draws are those of `bloomery.stats.paired_bootstrap` with the same seed. With clusters,
whole clusters are drawn, and the numbers are added up by cluster first.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import csr_array

from bloomery.evaluate.clusters import Clusters
from bloomery.metrics.base import Floats, Metric
from bloomery.stats.interval import Interval

REPLICATES = 1_000
MOST = 20_000  # where many tests are corrected together
_CELLS = 1 << 21  # weights at a time
_FEW = 1_000  # units of which resamples are drawn many at a time


def enough(tests: int, alpha: float) -> int:
    """Resamples whose smallest p, 1/(R + 1), is a tenth of alpha/tests, so that it survives the correction; MOST at most.

    >>> enough(1, 0.05), enough(60, 0.05), enough(1000, 0.05)
    (1000, 12000, 20000)
    """
    return min(max(REPLICATES, round(10 * tests / alpha)), MOST)


def sums(numbers: Sequence[Any], n: int, *, seed: int, clusters: Clusters | None, replicates: int) -> list[Floats]:
    """For each table of numbers (shape (n, K), perhaps sparse) its sums over each resample; shape (replicates, K)."""
    units, tables = n, list(numbers)
    if clusters is not None:
        units = int(clusters.max()) + 1
        members = csr_array((np.ones(n), (clusters, np.arange(n))), shape=(units, n))
        tables = [members @ table for table in tables]
    rng, rows = np.random.default_rng(seed), max(1, _CELLS // units)
    found: list[list[Floats]] = [[] for _ in tables]
    for done in range(0, replicates, rows):
        some = min(rows, replicates - done)
        weights = _drawn(rng, units, some)
        for place, table in enumerate(tables):
            found[place].append(np.asarray(weights @ table))
    return [np.concatenate(parts) for parts in found]


def _drawn(rng: np.random.Generator, units: int, rows: int) -> Floats:
    """How often each unit was drawn in each of so many resamples; of few units all at once, which gives the same draws."""
    if units <= _FEW:
        drawn = rng.integers(0, units, size=(rows, units)) + units * np.arange(rows)[:, None]
        return np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)
    weights = np.empty((rows, units))
    for row in weights:
        row[:] = np.bincount(rng.integers(0, units, size=units), minlength=units)
    return weights


def row_by_row(
    total: Callable[[NDArray[np.intp]], dict[str, float | None]],
    n: int,
    *,
    seed: int,
    clusters: Clusters | None,
    replicates: int,
) -> dict[str, Floats]:
    """Replicates of values that no sums are enough for, with the same draws: `total` gives them for row numbers."""
    rng = np.random.default_rng(seed)
    sizes = np.bincount(clusters) if clusters is not None else np.ones(n, dtype=np.intp)
    order = np.arange(n) if clusters is None else np.argsort(clusters, kind="stable")
    members = np.split(order, np.cumsum(sizes)[:-1]) if clusters is not None else None
    found: list[dict[str, float | None]] = []
    for _ in range(replicates):
        drawn = rng.integers(0, len(sizes), size=len(sizes))
        found.append(total(drawn if members is None else np.concatenate([members[one] for one in drawn])))
    names = dict.fromkeys(name for one in found for name in one)
    return {name: np.array([_number(one.get(name)) for one in found]) for name in names}


def whole(metric: Metric, items: pl.DataFrame) -> Callable[[NDArray[np.intp]], dict[str, float | None]]:
    """The metric's values over rows of its items."""
    return lambda rows: metric.total(items[rows])


def holds(interval: Interval, value: float) -> bool:
    """Whether the value is in the interval, but for rounding.

    >>> holds(Interval(0.1, 0.3), 0.3), holds(Interval(0.1, 0.3), 0.31)
    (True, False)
    """
    near = 1e-9 * max(abs(value), 1.0)
    return interval.low - near <= value <= interval.high + near


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
