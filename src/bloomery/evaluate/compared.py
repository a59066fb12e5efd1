"""What a comparison says: a row a value and model, and the whole of it as one document."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, Self

import polars as pl

from bloomery import __version__
from bloomery.evaluate.flips import Flips
from bloomery.evaluate.groups import Group, Value
from bloomery.evaluate.lines import UNKNOWN, amount, ranging, three
from bloomery.evaluate.needed import Needed
from bloomery.evaluate.options import Compare
from bloomery.evaluate.result import Evaluated
from bloomery.metrics.base import Ends
from bloomery.stats.interval import Interval
from bloomery.text.counted import counted
from bloomery.web.visible import shown


class Sizes(NamedTuple):
    """What a verdict goes by: how often a difference may be claimed where there is none, and among how many tests."""

    alpha: float
    tests: int


@dataclass(frozen=True)
class Comparison:
    """One value of one model beside the reference; what is not known is None, and `error` says why.

    ``difference`` is other − reference; what it `says` already knows whether more of this value is better.
    """

    metric: str
    reference: str
    other: str
    higher_is_better: bool
    n: int  #: items that all runs have a score for
    unscored: int  #: items without one on some side, in no number here but `bounds`
    slice: str | None = None  #: the column of a slice; None for all items
    of: str | None = None  #: its value there; None for items without one
    value_reference: float | None = None
    value_other: float | None = None
    difference: float | None = None
    interval: Interval | None = None  #: at 1 − alpha, for this value alone
    simultaneous: Interval | None = None  #: at 1 − alpha for all comparisons together
    p: float | None = None
    p_holm: float | None = None
    method: str = ""
    says: str = "not computable"  #: better, worse, not worse, undecided or not computable
    hint: str = ""  #: why interval and verdict differ, in a few words
    drop: float | None = None  #: the smallest drop that matters, in units of the value
    drop_excluded: bool | None = None  #: whether `simultaneous` holds no drop as large as that
    only_reference: int | None = None  #: b, of a share: items that count for the reference alone
    only_other: int | None = None  #: c, items that count for the other alone
    discordance: float | None = None  #: (b + c) / n
    bounds: Ends | None = None  #: the difference had all missing answers been the worst for it, or the best
    no_bounds: str = ""  #: why there are none although answers are missing
    tests: int = 1  #: how many are corrected together
    lowest: str = ""  #: what p cannot get lower with, where it is as low as it can be
    needed: Needed | None = None  #: for this value among so many tests
    error: str = ""

    def decided(self, sizes: Sizes) -> Self:
        """With what it `says`, and whether the drop is excluded."""
        excluded = None
        if self.simultaneous is not None and self.drop is not None:
            least = self.simultaneous.low if self.higher_is_better else -self.simultaneous.high
            excluded = least > -self.drop
        if self.p_holm is not None and self.p_holm <= sizes.alpha and self.gain != 0:
            says = "better" if self.gain > 0 else "worse"
        else:
            says = "not worse" if excluded else "undecided"
        found = replace(self, says=says, drop_excluded=excluded, tests=sizes.tests)
        if says == "undecided" and self.lowest and self.p is not None and self.p <= sizes.alpha:
            among = f", and it is corrected for {sizes.tests:,} tests" if sizes.tests > 1 else ""
            found = replace(found, needed=Needed(None, None, f"p cannot get lower with {self.lowest}{among}."))
        return replace(found, hint=found._hint(sizes))

    def _hint(self, sizes: Sizes) -> str:
        """Why the interval, which stands for itself, and the verdict, which is corrected, say different things."""
        if self.interval is None or self.p is None or self.p_holm is None:
            return ""
        apart = self.interval.low > 0 or self.interval.high < 0
        if apart == (self.says in ("better", "worse")):
            return ""
        if not apart:
            return "the interval holds 0, but is made in another way than p"
        if self.p <= sizes.alpha:
            return f"p {small(self.p)} alone, not among {sizes.tests} tests"
        return "the interval leaves out 0, but p is the more careful"

    @property
    def gain(self) -> float:
        """The difference with the sign that says whether it is better; 0 where there is none."""
        return (self.difference or 0.0) * (1 if self.higher_is_better else -1)

    @property
    def named(self) -> str:
        """The slice, as people say it; "" for all items."""
        return "" if self.slice is None else f"{self.slice} = {'nothing' if self.of is None else self.of}"

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        value = f"{self.metric} where {self.named}" if self.slice is not None else self.metric
        if self.error:
            return f"{value}: {self.other} beside {self.reference} is not computable. {self.error}"
        size, beside = (
            amount(self.metric, abs(self.difference or 0.0)),
            f"{value}: {self.other} beside {self.reference}",
        )
        excluded = f"{self._change} by {three(self.drop)} or more is excluded"
        if self.says in ("better", "worse"):
            least = f"; {excluded}" if self.says == "worse" and self.drop_excluded else ""
            return f"{value}: {self.other} is {self.says} than {self.reference} by {size}{least}."
        if self.drop_excluded:
            return f"{value}: {self.other} is not worse than {self.reference}: {excluded}."
        return f"{beside} is undecided. {self._would_decide()}"

    @property
    def _change(self) -> str:
        """What would be worse."""
        return "a drop" if self.higher_is_better else "a rise"

    def _would_decide(self) -> str:
        told = self.needed
        if told is None or (told.n is None and told.detectable is None):
            return told.why if told else ""
        items, among = f"{self.n:,} item{'s' * (self.n != 1)}", f" among {self.tests:,} tests" * (self.tests > 1)
        if told.n is not None and told.n <= self.n:
            whole = f"the interval for all {self.tests:,} comparisons at once" if self.tests > 1 else "the interval"
            return (
                f"{items} mostly show {self._change} by {three(self.drop)}{among}, yet {whole} neither excludes "
                f"{'it' if self.drop_excluded is False else 'one'} nor leaves out 0."
            )
        if told.detectable:
            seen = f"{items} show{'s' * (self.n == 1)} {self._change} by {three(told.detectable)}{among}"
        else:
            seen = f"{items} {'are' if self.n != 1 else 'is'} few{among}"
        more = f"; you would need n = {told.n:,} items to see one by {three(self.drop)}" if told.n else ""
        return f"{seen}{more}."


class Compared:
    """A comparison; `told` is what compare.json holds."""

    def __init__(self, told: dict[str, Any], folder: Path | None = None) -> None:
        self.told = told
        self.folder = folder

    @property
    def comparisons(self) -> pl.DataFrame:
        """One row a value and model, with the sentence that says what it comes to."""
        return _frame(self.told["comparisons"])

    @property
    def slices(self) -> pl.DataFrame:
        """One row a value, model and slice, the worst difference first; no rows without slices."""
        return _frame(self.told["slices"])

    @property
    def notes(self) -> list[str]:
        """What to know before trusting it."""
        notes: list[str] = self.told["notes"]
        return notes

    def flips(self, metric: str, other: str | None = None) -> dict[str, list[str]]:
        """Ids of the items that `other` (the only one, if there is but one) lost and gained in `metric`."""
        for row in self.told["comparisons"]:
            if row["metric"] == metric and other in (None, row["other"]) and row["flips"]:
                return {name: row["flips"][name] for name in ("lost", "gained")}
        raise KeyError(f"no flips of {metric} for {other}")

    def __repr__(self) -> str:
        return "Compared(" + " ".join(row["sentence"] for row in self.told["comparisons"]) + ")"

    def _repr_html_(self) -> str:
        """For notebooks: a row a comparison, and the notes."""
        cells = "".join(
            "<tr>" + "".join(f"<td>{escape(shown(cell, 200))}</td>" for cell in cells_of(row)) + "</tr>"
            for row in self.told["comparisons"]
        )
        head = "".join(f"<th>{name}</th>" for name in HEAD)
        notes = "".join(f"<li>{escape(shown(note, 400))}</li>" for note in self.notes)
        return f"<table><tr>{head}</tr>{cells}</table><ul>{notes}</ul>"


HEAD = ("value", "reference", "other", "difference", "interval", "p (Holm)", "items", "says")
SLICES_HEAD = ("slice", *HEAD)


def _frame(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    plain = [{k: v for k, v in row.items() if k not in ("needed", "flips")} for row in rows]
    return pl.DataFrame(plain, infer_schema_length=None)


def cells_of(row: dict[str, Any]) -> list[str]:
    """A comparison as the cells of a line, for terminal and notebook."""
    name, known = row["metric"], row["difference"] is not None
    interval = ranging(name, *row["interval"]) if row["interval"] else "" if row["error"] else UNKNOWN
    values = [
        f"{row[side]} {amount(name, row[f'value_{side}'])}" if known else row[side] for side in ("reference", "other")
    ]
    says = f"{row['says']} ({row['hint']})" if row["hint"] else row["says"]
    p = "" if row["p_holm"] is None else small(row["p_holm"])
    return [name, *values, _signed(name, row["difference"]) if known else "", interval, p, f"{row['n']:,}", says]


def slice_of(row: dict[str, Any]) -> str:
    """The slice of a comparison."""
    return f"{row['slice']} = {'nothing' if row['of'] is None else row['of']}"


def worst_of(rows: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The first so many of the slices, which stand worst first, that could be compared."""
    return [row for row in rows if not row["error"]][:most]


def told_of(rows: Sequence[dict[str, Any]], shown: int) -> str:
    """How many slices there are beside those that are shown, and why some cannot be compared; "" where all are shown."""
    wrong = [row["error"] for row in rows if row["error"]]
    able = len(rows) - len(wrong)
    why = f"{len(wrong):,} of {len(rows):,} cannot be compared: {' '.join(dict.fromkeys(wrong[:3]))}" if wrong else ""
    if not able:
        return f"none: {why}"
    if shown == len(rows):
        return ""
    return f"the {shown} worst of {able:,}; all are in the report and in compare.json (--out)" + (
        f"; {why}" if why else ""
    )


def left_out(row: dict[str, Any]) -> str:
    """What is said of items without a score; "" where there are none."""
    if not row["unscored"]:
        return ""
    if row["bounds"]:
        could = f"; with the missing answers the difference could be {ranging(row['metric'], *row['bounds'])}"
    else:
        could = f"; what the difference could be with them is unknown: {row['no_bounds']}" if row["no_bounds"] else ""
    return f"{counted(row['unscored'], 'item')} left out, without a score on both sides{could}"


def small(p: float) -> str:
    """A p-value.

    >>> small(0.0312), small(0.0004)
    ('0.031', '< 0.001')
    """
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _signed(name: str, difference: float) -> str:
    """With its sign, and none where it rounds to 0."""
    said = amount(name, difference)
    return said if said.startswith("-") or not any(digit in said for digit in "123456789") else f"+{said}"


def summary(
    groups: Sequence[Group],
    values: Sequence[Value],
    comparisons: Sequence[Comparison],
    flipped: Sequence[Flips | None],
    slices: Sequence[Comparison],
    surprises: Sequence[str],
    options: Compare,
    notes: Sequence[str],
) -> dict[str, Any]:
    """All of a comparison as plain data."""
    return {
        "bloomery": __version__,
        "verb": "compare",
        "reference": groups[0].name,
        "runs": [_run(group, values) for group in groups],
        "comparisons": [
            _row(row) | {"flips": {**one._asdict()} if one else None}
            for row, one in zip(comparisons, flipped, strict=True)
        ],
        "slices": [_row(row) for row in slices],
        "surprises": list(surprises),
        "notes": list(notes),
        "options": options.model_dump(mode="json"),
    }


def _row(row: Comparison) -> dict[str, Any]:
    needed = row.needed._asdict() if row.needed else None
    return {**asdict(row), "needed": needed, "sentence": row.sentence}


def _run(group: Group, values: Sequence[Value]) -> dict[str, Any]:
    """A model and its runs, each with its values over its own items."""
    return {
        "model": group.name,
        "runs": [
            {
                "folder": str(run.folder),
                "training_seed": run.training_seed,
                "items_sha256": run.manifest["test"]["items_sha256"],
                "counts": run.counts,
                "values": {value.name: value_of(run, value.name) for value in values},
            }
            for run in group.runs
        ],
    }


def value_of(run: Evaluated, name: str) -> float | None:
    """The value that was written for the whole test set, by its name without group."""
    row = run.values.filter((pl.col("metric") == f"task.{name}") & pl.col("slice").is_null())
    found: float | None = row["value"][0] if len(row) else None
    return found
