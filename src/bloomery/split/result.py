"""What a finished split hands back."""

from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery.errors import DataError


class SplitResult:
    """A finished split folder. Opening one reads nothing but its manifest."""

    def __init__(self, folder: str | Path) -> None:
        """Raises DataError if `folder` is not a finished split."""
        self.folder = Path(folder)
        path = self.folder / "manifest.json"
        self.manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.is_file() else {}
        if self.manifest.get("verb") != "split":
            raise DataError(f"{folder} is not a finished split", expected="a folder written by bloomery split")

    @property
    def counts(self) -> dict[str, int]:
        """``read, written, unused, quarantined``, rows."""
        counts: dict[str, int] = self.manifest["counts"]
        return counts

    @property
    def sizes(self) -> dict[str, int]:
        """Split to rows."""
        return {name: split["rows"] for name, split in self.manifest["splits"].items()}

    @property
    def notes(self) -> list[str]:
        """What to know before trusting the split."""
        notes: list[str] = self.manifest["notes"]
        return notes

    @property
    def files(self) -> dict[str, Path]:
        """Split to the path of its rows."""
        return {name: self.folder / split["file"] for name, split in self.manifest["splits"].items()}

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Every row read: ``id, split, line, unit``."""
        return pl.read_parquet(self.folder / "rows.parquet")

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} {rows:,}" for name, rows in self.sizes.items())
        return f"SplitResult({str(self.folder)!r}: {sizes}; unused {self.counts['unused']:,})"

    def _repr_html_(self) -> str:
        """For notebooks: sizes and notes."""
        achieved = self.manifest["ratio"]["achieved"]
        cells = "".join(
            f"<tr><td>{escape(name)}</td><td>{rows:,}</td><td>{achieved.get(name, '')}</td></tr>"
            for name, rows in self.sizes.items()
        )
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return f"<table><tr><th>split</th><th>rows</th><th>%</th></tr>{cells}</table><ul>{notes}</ul>"
