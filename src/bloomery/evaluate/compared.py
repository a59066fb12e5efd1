"""What a comparison says: a row a value and model, and the whole of it as one document."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import Any, Self

import polars as pl

from bloomery import __version__
from bloomery.evaluate.flips import Flips
from bloomery.evaluate.groups import Group, Value
from bloomery.evaluate.lines import between, three
from bloomery.evaluate.needed import Needed
from bloomery.evaluate.options import Compare
from bloomery.evaluate.result import Evaluated
from bloomery.stats.interval import Interval
from bloomery.web.visible import shown


@dataclass(frozen=True)
class Comparison:
    """One value of one model beside the reference; what is not known is None, and `error` says why.

    ``difference`` is other − reference; `better`, `worse` and `undecided` already know whether more of this value is better.
    """

    metric: str
    reference: str
    other: str
    higher_is_better: bool
    n: int  #: items that all runs have a score for
    unscored: int  #: items of both without one, in no number here but `bounds`
    value_reference: float | None = None
    value_other: float | None = None
    difference: float | None = None
    interval: Interval | None = None  #: at 1 − alpha, for this value alone
    simultaneous: Interval | None = None  #: at 1 − alpha for all comparisons together
    p: float | None = None
    p_holm: float | None = None
    method: str = ""
    says: str = "not computable"  #: better, worse, undecided or not computable
    drop: float | None = None  #: the smallest drop that matters, in units of the value
    drop_excluded: bool | None = None  #: whether `interval` holds no drop as large as that
    bounds: tuple[float, float] | None = (
        None  #: the difference had all unscored items been the worst for it, or the best
    )
    needed: Needed | None = None
    error: str = ""

    def decided(self, alpha: float) -> Self:
        """With what it `says`, and whether the drop is excluded."""
        gain = (self.difference or 0.0) * (1 if self.higher_is_better else -1)
        says = (
            "undecided"
            if self.p_holm is None or self.p_holm > alpha or gain == 0
            else "better"
            if gain > 0
            else "worse"
        )
        excluded = None
        if self.interval is not None and self.drop is not None:
            least = self.interval.low if self.higher_is_better else -self.interval.high
            excluded = least > -self.drop
        return replace(self, says=says, drop_excluded=excluded)

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        if self.error:
            return f"{self.metric}: {self.other} beside {self.reference} is not computable. {self.error}"
        size, beside = three(abs(self.difference or 0.0)), f"{self.metric}: {self.other} beside {self.reference}"
        excluded = f"{self._change} by {three(self.drop)} or more is excluded"
        if self.says != "undecided":
            least = f"; {excluded}" if self.says == "worse" and self.drop_excluded else ""
            return f"{self.metric}: {self.other} is {self.says} than {self.reference} by {size}{least}."
        if self.drop_excluded:
            return f"{beside} shows no difference, and {excluded}."
        return f"{beside} is undecided. {self._would_decide()}"

    @property
    def _change(self) -> str:
        """What would be worse."""
        return "a drop" if self.higher_is_better else "a rise"

    def _would_decide(self) -> str:
        told = self.needed
        if told is None or (told.n is None and told.detectable is None):
            return told.why if told else ""
        if told.detectable:
            seen = f"{self.n:,} items show {self._change} by {three(told.detectable)}"
        else:
            seen = f"{self.n:,} items are few"
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
        rows = [{k: v for k, v in row.items() if k not in ("needed", "flips")} for row in self.told["comparisons"]]
        return pl.DataFrame(rows, infer_schema_length=None)

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


def cells_of(row: dict[str, Any]) -> list[str]:
    """A comparison as the cells of a line, for terminal and notebook."""
    if row["error"]:
        return [row["metric"], row["reference"], row["other"], "", "", "", f"{row['n']:,}", "not computable"]
    interval = between(*row["interval"]) if row["interval"] else ""
    values = [f"{row['reference']} {three(row['value_reference'])}", f"{row['other']} {three(row['value_other'])}"]
    p = f"{row['p_holm']:.3f}" if row["p_holm"] >= 0.001 else "< 0.001"
    return [row["metric"], *values, f"{row['difference']:+.3f}", interval, p, f"{row['n']:,}", row["says"]]


def summary(
    groups: Sequence[Group],
    values: Sequence[Value],
    comparisons: Sequence[Comparison],
    flipped: Sequence[Flips | None],
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
            {
                **asdict(row),
                "needed": row.needed._asdict() if row.needed else None,
                "sentence": row.sentence,
                "flips": {**one._asdict()} if one else None,
            }
            for row, one in zip(comparisons, flipped, strict=True)
        ],
        "notes": list(notes),
        "options": options.model_dump(mode="json"),
    }


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
