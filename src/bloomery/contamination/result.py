"""What a finished contamination check hands back."""

from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery.errors import DataError

EVIDENCE: dict[str, pl.DataType | type[pl.DataType]] = {
    "test": pl.String,
    "contaminated": pl.Boolean,
    "tier": pl.String,
    "rule": pl.String,
    "overlap": pl.Float64,
    "train": pl.String,
    "field": pl.String,
    "train_rows": pl.Int64,
    "item_words": pl.List(pl.Int64),
    "train_words": pl.List(pl.Int64),
    "excerpt": pl.String,
}


class ContaminationResult:
    """A finished contamination folder."""

    def __init__(self, folder: str | Path) -> None:
        """Raises DataError if `folder` is not a finished check."""
        self.folder = Path(folder)
        path = self.folder / "contamination.json"
        if not path.is_file():
            raise DataError(f"{folder} is not a finished check", expected="a folder written by bloomery contamination")
        self.summary: dict[str, Any] = msgspec.json.decode(path.read_bytes())

    @property
    def test_rows(self) -> int:
        """Test rows, unreadable ones among them."""
        return int(self.summary["test_rows"])

    @property
    def contaminated(self) -> int:
        """Test rows whose whole text or question is in a training row, or nearly."""
        return int(self.summary["contaminated"])

    @property
    def ratio(self) -> float | None:
        """contaminated / checked, 0..1; None if nothing could be checked."""
        ratio: float | None = self.summary["ratio"]
        return ratio

    @property
    def unchecked(self) -> int:
        """Test rows that could not be checked."""
        return int(self.summary["unchecked"])

    @property
    def tiers(self) -> dict[str, int]:
        """Test rows by tier: verbatim, question and near; then those that are not contaminated, such as answer_only."""
        tiers: dict[str, int] = self.summary["tiers"]
        return tiers

    @property
    def decisions(self) -> Path | None:
        """The file of decisions to drop training rows, for ``bloomery.clean(decisions=…)``; None without ``drop_from``."""
        path = self.folder / "decisions.jsonl"
        return path if path.is_file() else None

    @property
    def notes(self) -> list[str]:
        """What to know before trusting the ratio."""
        notes: list[str] = self.summary["notes"]
        return notes

    @property
    def failed(self) -> bool:
        """Whether more than ``fail_over`` is contaminated, or nothing could be checked against that limit."""
        return bool(self.summary["failed"])

    @cached_property
    def evidence(self) -> pl.DataFrame:
        """The lines of contaminated.jsonl."""
        lines = (self.folder / "contaminated.jsonl").read_bytes().split(b"\n")[:-1]
        return pl.DataFrame([msgspec.json.decode(line) for line in lines], schema=EVIDENCE)

    def __repr__(self) -> str:
        share = "nothing could be checked" if self.ratio is None else f"{100 * self.ratio:.2f} %"
        return (
            f"ContaminationResult({str(self.folder)!r}: {self.contaminated:,} of {self.test_rows:,} contaminated, {share}; "
            f"{self.unchecked:,} unchecked)"
        )

    def _repr_html_(self) -> str:
        """For notebooks: the count, the tiers and the notes."""
        cells = "".join(f"<tr><td>{escape(tier)}</td><td>{rows:,}</td></tr>" for tier, rows in self.tiers.items())
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return f"<p>{escape(repr(self))}</p><table><tr><th>tier</th><th>items</th></tr>{cells}</table><ul>{notes}</ul>"
