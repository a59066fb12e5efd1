"""What a finished clean hands back: frames on demand, a row's story, the report."""

from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery.errors import DataError


class CleanResult:
    """A finished run folder. Opening one reads nothing but its manifest."""

    def __init__(self, folder: str | Path) -> None:
        """Raises DataError if `folder` is not a finished clean run."""
        self.folder = Path(folder)
        path = self.folder / "manifest.json"
        if not path.is_file():
            found = (
                "no manifest.json in it"
                if self.folder.is_dir()
                else "a file"
                if self.folder.exists()
                else "no such folder"
            )
            raise DataError(
                f"{folder} is not a finished run", expected="a folder written by bloomery clean", found=found
            )
        self.manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes())
        if self.manifest.get("verb") != "clean":
            raise DataError(
                f"{folder} is a run of bloomery {self.manifest.get('verb')}", expected="a run of bloomery clean"
            )

    @property
    def counts(self) -> dict[str, int]:
        """``read, kept, edited, dropped, quarantined``, rows."""
        counts: dict[str, int] = self.manifest["counts"]
        return counts

    @property
    def report(self) -> Path:
        """Path of the HTML report."""
        return self.folder / "report.html"

    @property
    def data(self) -> Path:
        """Path of the kept rows."""
        return self.folder / "data.jsonl"

    @cached_property
    def ledger(self) -> pl.DataFrame:
        """Every decision; columns as in `bloomery.schema.LEDGER_SCHEMA`."""
        return pl.read_parquet(self.folder / "ledger.parquet")

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Every row read: ``id, fate, line, edited``."""
        return pl.read_parquet(self.folder / "rows.parquet")

    @cached_property
    def clusters(self) -> pl.DataFrame:
        """Which row each duplicate was dropped for: ``survivor, member, op, similarity``."""
        path = self.folder / "clusters.parquet"
        schema = {"survivor": pl.String, "member": pl.String, "op": pl.String, "similarity": pl.Float64}
        return pl.read_parquet(path) if path.exists() else pl.DataFrame(schema=schema)

    @cached_property
    def kept(self) -> pl.DataFrame:
        """The kept rows, their own columns beside ``id``."""
        ids = self.rows.filter(pl.col("fate") == "kept")["id"]
        return _frame(ids.to_list(), self.data.read_bytes().splitlines())

    @cached_property
    def dropped(self) -> pl.DataFrame:
        """The dropped rows: ``id, op, reason, score, against`` and ``row`` as JSON text."""
        schema = {"id": pl.String, "op": pl.String, "reason": pl.String, "score": pl.Float64, "against": pl.String}
        lines = [
            msgspec.json.decode(line, type=_Dropped)
            for line in (self.folder / "dropped.jsonl").read_bytes().split(b"\n")[:-1]
        ]
        found = [(d.id, d.op, d.reason, d.score, d.against, bytes(d.row).decode()) for d in lines]
        return pl.DataFrame(found, schema=schema | {"row": pl.String}, orient="row")

    def why(self, row_id: str) -> str:
        """A row's story, as plain text."""
        from bloomery.clean.why import tell

        return tell(self, row_id)

    def __repr__(self) -> str:
        c = self.counts
        return (
            f"CleanResult({str(self.folder)!r}: read {c['read']:,} = kept {c['kept']:,} "
            f"+ dropped {c['dropped']:,} + quarantined {c['quarantined']:,}; edited {c['edited']:,})"
        )

    def _repr_html_(self) -> str:
        """For notebooks: the counts and what each op did."""
        cells = "".join(
            f"<tr><td>{escape(op)}</td><td>{n['dropped']:,}</td><td>{n['edited']:,}</td></tr>"
            for op, n in self.manifest["ops"].items()
        )
        head = "<tr><th>op</th><th>dropped</th><th>edited</th></tr>"
        return f"<p>{escape(repr(self))}</p><table>{head}{cells}</table><p>Report: {escape(str(self.report))}</p>"


class _Dropped(msgspec.Struct):
    id: str
    op: str
    reason: str
    score: float | None
    against: str | None
    row: msgspec.Raw


def _frame(ids: list[str], lines: list[bytes]) -> pl.DataFrame:
    """Rows as a frame; one column ``row`` of JSON text where they have no common shape."""
    try:
        frame = pl.DataFrame([msgspec.json.decode(line) for line in lines], infer_schema_length=None, strict=True)
    except (pl.exceptions.PolarsError, TypeError, OverflowError, ValueError):
        frame = pl.DataFrame({"row": [line.decode() for line in lines]})
    name = "id" if "id" not in frame.columns else "_id"
    return frame.insert_column(0, pl.Series(name, ids, dtype=pl.String)) if lines else pl.DataFrame({name: ids})
