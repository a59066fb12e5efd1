"""A measured value: what gates are about, whichever part it is from.

Its name begins with its part: ``task.accuracy``, ``task.accuracy[lang=de]``, ``regression.reasoning``, ``safety.overall``,
``contamination.ratio``, ``perplexity.ratio``. How it is made decides what its uncertainty is:

share, mean, corpus   of items (`bloomery.metrics.base.Made`): `rows` has them, so that bounds at any level, and the paired
                      difference to the base or the baseline, can be made from them
least                 the worst of its `members`, each with its own uncertainty
census                counted over all there is: it is what it is, and has no bounds
number                a number without known uncertainty, such as a latency at a percentile

An item without a score (`unscored`) is in no value; `ends` says what the value could be had all of them been the worst or the
best.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.evaluate.clusters import Clusters
from bloomery.metrics.base import Corpus, Ends, Made, Metric
from bloomery.metrics.score import Scored, Sheet

How = Literal["sampled", "least", "census", "number"]


@dataclass(frozen=True)
class Rows:
    """The items that a sampled value is of."""

    item: pl.Series  #: ids, String
    answers: pl.DataFrame  #: of all items, one row each, as metrics get them
    sheet: Sheet  #: what the metric made of the answers
    at: NDArray[np.int64]  #: the rows of the answers that the value is of (a slice, or all)
    clusters: Clusters | None  #: of all rows of the answers

    @property
    def metric(self) -> Metric:
        """The prepared metric."""
        return self.sheet.metric


@dataclass(frozen=True)
class Measure:
    """One measured value."""

    name: str
    value: float | None  #: None where it could not be measured; `why` says why
    n: int = 0  #: items with a score
    unscored: int = 0  #: items without one
    how: How = "number"
    made: Made = field(default_factory=Corpus)  #: of a sampled value
    rises: bool = True  #: whether more is better
    ends: Ends = (None, None)  #: the value had the unscored ones been the worst or the best
    rows: Rows | None = None
    members: tuple["Measure", ...] = ()  #: of a least
    why: str = ""
    called: str = ""  #: the value's name as its metric says it: ``passed`` of ``regression.reasoning``

    @property
    def part(self) -> str:
        """The part it is from."""
        return self.name.partition(".")[0]

    @property
    def bare(self) -> str:
        """The value's name as its metric says it: ``accuracy`` of ``task.accuracy[lang=de]``."""
        return self.called or self.name.partition(".")[2].partition("[")[0]


def measures_of(
    scored: Scored, answers: pl.DataFrame, *, clusters: Clusters | None = None, group: str = "task"
) -> list[Measure]:
    """A measure for each value that scoring gave, slices too: ``task.accuracy[lang=de]``.

    `answers` are those that were scored, with their states.
    """
    sheets: dict[str, Sheet] = {}
    for sheet in scored.sheets:
        for name in sheet.metric.total(sheet.items) if sheet.items.height else (next(iter(sheet.metric.names)),):
            sheets[f"{group}.{name}"] = sheet
    found = []
    for line in scored.values.iter_rows(named=True):
        sheet_ = sheets.get(line["metric"])
        bare = line["metric"].removeprefix(f"{group}.")
        at = _rows(answers, line["slice"], line["of"])
        metric = sheet_.metric if sheet_ else None
        found.append(
            Measure(
                name=line["metric"] if line["slice"] is None else f"{line['metric']}[{line['slice']}={line['of']}]",
                value=line["value"],
                n=line["n"] - line["missing"],
                unscored=line["missing"],
                how="sampled",
                made=metric.how(bare) if metric else _SHARE_OF_STATES,
                rises=metric.higher_is_better != (bare in metric.contrary) if metric else False,
                ends=(line["low"], line["high"]),
                rows=None if sheet_ is None else Rows(answers["item"], answers, sheet_, at, clusters),
                why=line["error"] or "",
                called=bare,
            )
        )
    return found


#: the shares of states are of all items, each of which has one
_SHARE_OF_STATES = Corpus()


def _rows(answers: pl.DataFrame, column: str | None, of: str | None) -> NDArray[np.int64]:
    if column is None:
        return np.arange(answers.height)
    same = answers[column].is_null() if of is None else (answers[column].cast(pl.String) == of).fill_null(False)
    return np.flatnonzero(same.to_numpy())


def least(name: str, members: list[Measure], *, why: str = "there is nothing to take the worst of") -> Measure:
    """The worst of `members`; without a value where one of them has none."""
    if not members:
        return Measure(name, None, how="least", why=why)
    lost = [one for one in members if one.value is None]
    rises = members[0].rises
    values = [one.value for one in members if one.value is not None]
    worst = None if lost else (min(values) if rises else max(values))
    said = f"{lost[0].name} has no value: {lost[0].why}" if lost else ""
    return Measure(
        name,
        worst,
        n=sum(one.n for one in members),
        unscored=sum(one.unscored for one in members),
        how="least",
        rises=rises,
        members=tuple(members),
        why=said,
    )
