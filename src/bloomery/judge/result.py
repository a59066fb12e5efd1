"""What the judge verbs give: folders, read on demand."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl


class JudgedRun:
    """The folder that `judge score`, `judge compare` or `judge calibrate` wrote."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    @cached_property
    def told(self) -> dict[str, Any]:
        """``manifest.json``: everything that the report says."""
        found: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        return found

    @property
    def spent(self) -> list[dict[str, Any]]:
        """What each judge was asked and cost: calls, cached, replayed, failed, tokens, money (not of a calibration)."""
        found: list[dict[str, Any]] = json.loads((self.folder / "spent.json").read_text(encoding="utf-8"))
        return found

    @property
    def scores(self) -> pl.DataFrame:
        """The scores table (not of a calibration)."""
        return pl.read_parquet(self.folder / "scores.parquet")

    @property
    def replies(self) -> pl.DataFrame:
        """Every reply with its text, canaries too (not of a calibration)."""
        return pl.read_parquet(self.folder / "replies.parquet")

    @property
    def report(self) -> Path:
        """The page."""
        return self.folder / "report.html"
