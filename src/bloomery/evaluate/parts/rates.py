"""Rates: the share of items that have something, as a measure that gates can bound and pair by item."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.gates.measure import Measure, measures_of
from bloomery.metrics.base import Made, Metric, Share
from bloomery.metrics.score import Scored, score, values_over
from bloomery.metrics.shares import SHARES


class Flagged(Metric):
    """Share of the items whose column ``flag`` is true."""

    names: ClassVar[dict[str, str]] = {"rate": "share of items that have it"}
    made: ClassVar[Mapping[str, Made]] = {"rate": Share()}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is 1 or 0."""
        return answers.select(score=pl.col("flag").cast(pl.Float64))

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``rate``: the mean score."""
        return {"rate": items["score"].mean()}  # type: ignore[dict-item]  # a mean of numbers is a number


def rate_of(name: str, items: Sequence[str], flags: Sequence[bool | None], *, rises: bool, why: str = "") -> Measure:
    """The share of items that are flagged; None is an item of which it is not known, which is unscored.

    `rises` says whether more of it is better; `why` there is no value, where there are no items.

    >>> rate_of("memorisation.rate", ["a", "b", "c"], [True, False, None], rises=False).value
    0.5
    """
    if not items:
        return Measure(name, None, rises=rises, why=why or "there are no items")
    there = pl.Series("flag", flags, dtype=pl.Boolean)
    answers = pl.DataFrame({"item": pl.Series(items, dtype=pl.String), "flag": there}).with_columns(
        prediction=pl.col("flag").cast(pl.String),
        references=pl.lit(["true"]),
        state=pl.when(pl.col("flag").is_null()).then(pl.lit("missing")).otherwise(pl.lit("answered")),
    )
    found = measures_of(score(answers, [Flagged()], group="of"), answers, group="of")
    return replace(next(one for one in found if one.name == "of.rate"), name=name, rises=rises, called="rate")


def measures_over(
    scored: Scored, answers: pl.DataFrame, rows: NDArray[np.int64], clusters: Clusters | None, group: str
) -> list[Measure]:
    """The measures of scored `answers` over some of their rows, one at least: ``clean.accuracy``; without shares of states."""
    of = scored._replace(values=values_over(scored, answers, rows, group))
    found = measures_of(of, answers, clusters=clusters, group=group)
    return [
        replace(one, rows=replace(one.rows, at=rows))
        for one in found
        if one.rows is not None and one.bare not in SHARES
    ]


def main_names(scored: Scored) -> list[str]:
    """The first value of each metric, which is what the scores of items are called."""
    return [next(iter(sheet.metric.names)) for sheet in scored.sheets]
