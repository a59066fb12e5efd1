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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.evaluate.clusters import Clusters
from bloomery.metrics.base import Corpus, Ends, Made, Metric
from bloomery.metrics.score import Scored, Sheet
from bloomery.metrics.shares import SHARES, States

#: what the last word of a name says, where no metric tells, if it is no class
_OF_ALL = frozenset({"min", "overall", "macro", "micro", "weighted", "mean", "rate", "ratio"})

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
    why: str = ""  #: why there is no value; of one that is there what a reader must know
    called: str = ""  #: the value's name as its metric says it: ``passed`` of ``regression.reasoning``
    column: str | None = None  #: of a slice: the column of the test
    of: str | None = None  #: of a slice: the column's value; None for items that have none

    @property
    def part(self) -> str:
        """The part it is from."""
        return self.name.partition(".")[0]

    @property
    def slice(self) -> str:
        """What its name ends with, where that says a slice: ``[lang=de]``, or ``[no lang]`` for items without one; else ""."""
        said = "" if self.column is None else slice_name(self.column, self.of)
        return said if said and self.name.endswith(said) else ""

    @property
    def whole(self) -> str:
        """Its name without the slice."""
        return self.name.removesuffix(self.slice)

    @property
    def is_class(self) -> bool:
        """Whether it is of one class, type, field or category, and no average, minimum or total of them."""
        if self.how == "least":
            return False
        if self.rows is None:
            return self.name.rpartition(".")[2] not in _OF_ALL
        return self.bare not in self.rows.metric.names or self.bare != self.whole.partition(".")[2]

    @property
    def bare(self) -> str:
        """The value's name as its metric says it: ``accuracy`` of ``task.accuracy[lang=de]``."""
        return self.called or self.whole.partition(".")[2]


def slice_name(column: str, of: str | None) -> str:
    """A slice as gates spell it.

    >>> slice_name("lang", "de"), slice_name("lang", None)
    ('[lang=de]', '[no lang]')
    """
    return f"[no {column}]" if of is None else f"[{column}={of}]"


def measures_of(
    scored: Scored, answers: pl.DataFrame, *, clusters: Clusters | None = None, group: str = "task"
) -> list[Measure]:
    """A measure for each value that scoring gave, slices too: ``task.accuracy[lang=de]``.

    `answers` are those that were scored, with their states.
    """
    sheets = {f"{group}.{name}": _of_states(answers, name) for name in SHARES}
    for sheet in scored.sheets:
        for name in sheet.metric.total(sheet.items) if sheet.items.height else (next(iter(sheet.metric.names)),):
            sheets[f"{group}.{name}"] = sheet
    places: dict[tuple[str | None, str | None], NDArray[np.int64]] = {}
    found = []
    for line in scored.values.iter_rows(named=True):
        part = (line["slice"], line["of"])
        if part not in places:
            places[part] = _rows(answers, *part)
        made_by = sheets.get(line["metric"])
        bare = line["metric"].removeprefix(f"{group}.")
        metric = made_by.metric if made_by else None
        found.append(
            Measure(
                name=line["metric"] + ("" if line["slice"] is None else slice_name(line["slice"], line["of"])),
                value=line["value"],
                n=line["n"] - (0 if bare == "missing" else line["missing"]),
                unscored=0 if bare == "missing" else line["missing"],
                how="sampled",
                made=metric.how(bare) if metric else Corpus(),
                rises=metric.higher_is_better != (bare in metric.contrary) if metric else True,
                ends=(line["low"], line["high"]),
                rows=Rows(answers["item"], answers, made_by, places[part], clusters) if made_by else None,
                why=line["error"] or "",
                called=bare,
                column=line["slice"],
                of=line["of"],
            )
        )
    return found


def _of_states(answers: pl.DataFrame, name: str) -> Sheet:
    """The share of a state; whether an answer that is missing would have been empty, or a refusal, is not known."""
    states = States()
    place = np.arange(answers.height)
    if name != "missing":
        place[(answers["state"] == "missing").to_numpy()] = -1
    return Sheet(states, states.items(answers), place, np.zeros(answers.height, dtype=np.int64))


def _rows(answers: pl.DataFrame, column: str | None, of: str | None) -> NDArray[np.int64]:
    if column is None:
        return np.arange(answers.height)
    same = answers[column].is_null() if of is None else (answers[column].cast(pl.String) == of).fill_null(False)
    return np.flatnonzero(same.to_numpy())


def least(name: str, members: Sequence[Measure], *, why: str = "there is nothing to take the worst of") -> Measure:
    """The worst of `members`; without a value where one of them has none."""
    if not members:
        return Measure(name, None, how="least", why=why)
    lost = [one for one in members if one.value is None]
    rises = members[0].rises
    values = [one.value for one in members if one.value is not None]
    worst = None if lost else (min(values) if rises else max(values))
    said = f"{lost[0].name} has no value: {lost[0].why or 'it is not defined'}" if lost else ""
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


#: the value of every class of a metric, without averages: what ``NAME.min`` is the worst of
MIN = ".min"


def minimum(name: str, measures: Mapping[str, Measure]) -> Measure | None:
    """The worst of the classes that ``task.recall.min`` (or ``task.recall.min[lang=de]``) is about; None where there are none."""
    whole, bracket, rest = name.partition("[")
    if not whole.endswith(MIN) or whole == "task.min":
        return None
    before, ending = whole.removesuffix("min"), bracket + rest
    members = [
        one for one in measures.values() if one.whole.startswith(before) and one.slice == ending and one.is_class
    ]
    return least(name, members) if members else None
