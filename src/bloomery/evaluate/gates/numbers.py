"""The numbers of the items that a share or a mean is of, those without a score among them."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.errors import UsageError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.gates.measure import Measure, Rows
from bloomery.metrics.base import Corpus, Ends

Floats = NDArray[np.float64]


class Numbers(NamedTuple):
    """One number an item; nan where it has no score."""

    item: pl.Series  #: ids
    each: Floats
    clusters: Clusters | None
    ends: Ends  #: the range of a number

    @property
    def scored(self) -> int:
        """Items with a score."""
        return int(np.count_nonzero(~np.isnan(self.each)))

    @property
    def unscored(self) -> int:
        """Items without one."""
        return len(self.each) - self.scored

    def filled(self, end: float | None) -> Floats | None:
        """With `end` for what is unscored; None where there is something unscored, and no end."""
        lost = np.isnan(self.each)
        if not lost.any():
            return self.each
        return None if end is None else np.where(lost, end, self.each)


def numbers_of(measure: Measure) -> Numbers | None:
    """The numbers of a measure; None where it is no share and no mean of items.

    A call that failed and a score that is null are unscored. A value of a class (``recall.<label>``) is of the items of that
    class alone: of others it is null because it does not apply, which is told from what an empty answer would have.
    """
    rows, made = measure.rows, measure.made
    if rows is None or isinstance(made, Corpus):
        return None
    of_class = callable(made.of)
    place = rows.sheet.place[rows.at]
    there = place >= 0
    each, applies = np.full(len(place), np.nan), np.ones(len(place), dtype=np.bool_)
    if there.any():
        items = rows.sheet.items[place[there]]
        each[there] = _each(measure, items)
        if of_class:
            applies[there] = ~np.isnan(each[there]) | items["score"].is_null().to_numpy()
    if of_class and not there.all():
        applies[~there] = _would_apply(measure, rows)
    clusters = None if rows.clusters is None else rows.clusters[rows.at][applies]
    return Numbers(rows.item[rows.at].filter(pl.Series(applies)), each[applies], clusters, made.bounds)


def without_score(measure: Measure) -> NDArray[np.bool_]:
    """For each row that the measure is of whether it has no answer, or is a share or mean without a number for it."""
    rows, made = measure.rows, measure.made
    assert rows is not None
    place = rows.sheet.place[rows.at]
    found: NDArray[np.bool_] = place < 0
    if not (isinstance(made, Corpus) or found.all()):
        items = rows.sheet.items[place[~found]]
        # of a class an item without a number may be one of another class; its score tells
        found[~found] = items["score"].is_null().to_numpy() if callable(made.of) else np.isnan(_each(measure, items))
    return found


def _each(measure: Measure, items: pl.DataFrame) -> Floats:
    """The number of each item, nan where it has none."""
    made = measure.made
    assert measure.rows is not None
    assert not isinstance(made, Corpus)
    if isinstance(made.of, str | pl.Expr):
        source = pl.col(made.of) if isinstance(made.of, str) else made.of
        found: pl.Series | None = items.select(source.cast(pl.Float64).alias("each"))["each"]
    else:
        found = measure.rows.metric.each(items, measure.bare)
    assert found is not None
    return found.fill_null(float("nan")).to_numpy()


class Same:
    """Rows that are known again: those of the same sheet at the same places."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __hash__(self) -> int:
        return hash((id(self.rows.sheet), id(self.rows.at)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.rows.sheet is self.rows.sheet and other.rows.at is self.rows.at


@lru_cache(maxsize=32)
def imagined(same: Same) -> pl.DataFrame | None:
    """What the metric would make of empty answers to the items without one; None where it cannot tell."""
    rows = same.rows
    lost = rows.at[rows.sheet.place[rows.at] < 0]
    try:
        return rows.metric.items(rows.answers[lost].with_columns(prediction=pl.lit(""), state=pl.lit("empty")))
    except UsageError:
        return None


def _would_apply(measure: Measure, rows: Rows) -> NDArray[np.bool_]:
    """Whether the value is about items without an answer, a Boolean each: all of them, where that cannot be told."""
    items = imagined(Same(rows))
    if items is None:
        return np.ones(int(np.count_nonzero(rows.sheet.place[rows.at] < 0)), dtype=np.bool_)
    found: NDArray[np.bool_] = ~np.isnan(_each(measure, items)) | items["score"].is_null().to_numpy()
    return found
