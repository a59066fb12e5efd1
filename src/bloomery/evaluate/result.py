"""What a finished evaluation hands back."""

from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.lines import Line, lines, unknown
from bloomery.evaluate.verdict.verdict import EXIT
from bloomery.web.visible import shown


class Evaluated:
    """A finished evaluation. Opening one reads nothing but its manifest."""

    def __init__(self, folder: str | Path) -> None:
        """Raises DataError if `folder` is not a finished evaluation of this version's kind."""
        self.folder = Path(folder)
        path = self.folder / "manifest.json"
        try:
            self.manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.is_file() else {}
        except msgspec.DecodeError as error:
            raise DataError(f"{path} cannot be read", found=str(error), next="Evaluate again") from None
        if self.manifest.get("verb") != "evaluate":
            raise DataError(
                f"{folder} is not an evaluated run",
                expected="a folder written by bloomery evaluate",
                found="none there" if not self.folder.exists() else "something else",
            )

    @property
    def model(self) -> str:
        """The model's name."""
        return str(self.manifest["model"])

    @property
    def training_seed(self) -> int | None:
        """Which of several trainings of the model it is, if that was said."""
        seed: int | None = self.manifest["training_seed"]
        return seed

    @property
    def counts(self) -> dict[str, int]:
        """Items by state, and what was left over on either side."""
        counts: dict[str, int] = self.manifest["counts"]
        return counts

    @property
    def remarks(self) -> list[str]:
        """What to know before trusting a value."""
        remarks: list[str] = self.manifest["remarks"]
        return remarks

    @cached_property
    def scores(self) -> pl.DataFrame:
        """One row an item and metric."""
        return pl.read_parquet(self.folder / "scores.parquet")

    @cached_property
    def values(self) -> pl.DataFrame:
        """One row a value and slice."""
        return pl.read_parquet(self.folder / "values.parquet")

    @cached_property
    def answers(self) -> pl.DataFrame:
        """One row an item: prompt, references, prediction, state, and further columns."""
        return pl.read_parquet(self.folder / "answers.parquet")

    @property
    def lines(self) -> list[Line]:
        """The values of the whole test set that are not those of one class."""
        return lines(self.values, self.manifest)

    @cached_property
    def verdict(self) -> dict[str, Any] | None:
        """What verdict.json holds; None where no gates were set."""
        path = self.folder / "verdict.json"
        found: dict[str, Any] | None = msgspec.json.decode(path.read_bytes()) if path.is_file() else None
        return found

    @property
    def exit_code(self) -> int:
        """0 deploy (or no gates were set), 100 no deploy, 101 inconclusive."""
        return 0 if self.verdict is None else EXIT[self.verdict["verdict"]]

    @property
    def unknown(self) -> list[str]:
        """Why some of the `lines` have no interval or no bounds."""
        return unknown(self.values, self.manifest)

    @property
    def worst(self) -> dict[str, Any] | None:
        """The row of `values` that is the worst slice of the first main value; None without slices."""
        if self.scores.is_empty():
            return None
        name = self.scores["metric"][0]
        rows = self.values.filter(
            (pl.col("metric") == name) & pl.col("slice").is_not_null() & pl.col("value").is_not_null()
        )
        return rows.row(0, named=True) if len(rows) else None

    def value(self, name: str) -> float | None:
        """A value over the whole test set by its name: ``accuracy``, ``task.f1.macro``. DataError where there is none such."""
        full = name if name.startswith("task.") else f"task.{name}"
        row = self.values.filter((pl.col("metric") == full) & pl.col("slice").is_null())
        if row.is_empty():
            raise DataError(
                f"There is no value {name} in {self.folder}",
                expected="one of " + ", ".join(line.name for line in self.lines),
            )
        found: float | None = row["value"][0]
        return found

    def __repr__(self) -> str:
        first = ", ".join(f"{line.name} {line.shown}" for line in self.lines[3:6])
        return f"Evaluated({str(self.folder)!r}: {self.counts['items']:,} items; {first})"

    def _repr_html_(self) -> str:
        """For notebooks: values and remarks."""
        cells = "".join(
            f"<tr><td>{escape(line.name)}</td><td>{line.shown}</td><td>{escape(line.range)}</td></tr>"
            for line in self.lines
        )
        remarks = "".join(f"<li>{escape(shown(one, 400))}</li>" for one in [*self.unknown, *self.remarks])
        head = "<tr><th>value</th><th></th><th>95 %</th></tr>"
        return f"<table>{head}{cells}</table><ul>{remarks}</ul>"
