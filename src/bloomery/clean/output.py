"""The files of a run: what each batch contributes to them, and how they are closed.

    data.jsonl          kept rows; a line of JSON that no op edited is the bytes it came in
    dropped.jsonl       ``{"id", "op", "reason", "score", "against", "digest", "row"}``, the row as it stood when it was dropped
    quarantine.jsonl    ``{"id", "file", "line", "reason"}``
    ledger.parquet      every decision (`bloomery.schema.LEDGER_SCHEMA`), in input order
    rows.parquet        every row: id, fate, its line in the file of that fate, its source, whether it was edited
    clusters.parquet    which row each duplicate was dropped for (`bloomery.clean.clusters`)
    private/            originals.jsonl (texts before an edit), unreadable.jsonl (bytes that were quarantined, base64);
                        nothing else links to it

`Output.render` runs on worker threads and touches no file; `Output.take` writes, in order, on one thread.
"""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.tally import Finished
from bloomery.kernels.cuts import lines_of
from bloomery.schema import LEDGER_SCHEMA, Quarantined
from bloomery.store import digest, private

ROW_GROUP = 65_536
FATES = ("kept", "dropped", "quarantined")


class Rendered(NamedTuple):
    """What one batch contributes."""

    data: npt.NDArray[np.uint8]
    dropped: bytes
    originals: bytes
    ledger: pl.DataFrame
    fates: pl.DataFrame  # id, source, fate, edited


class Output:
    """Writes a run's row files into `folder`."""

    def __init__(self, folder: Path, *, keep_private: bool) -> None:
        self.folder, self.keep_private = folder, keep_private
        self.files: dict[str, BinaryIO] = {}
        self.parts = folder / "parts"
        self.parts.mkdir(mode=0o700)
        self.written = 0
        self.position = dict.fromkeys(FATES, 0)
        self.quarantined: list[Quarantined] = []
        for name in ("data.jsonl", "dropped.jsonl", "quarantine.jsonl"):
            self._open(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self.files.values():
            file.close()

    def render(self, batch: Finished, ids: pl.DataFrame) -> Rendered:
        """The bytes and tables of a finished batch. `ids` names the rows that others were compared with, ascending."""
        rows = batch.rows.with_columns(n=batch.first + pl.int_range(pl.len(), dtype=pl.UInt64))
        named = batch.lines.join(rows.select("n", "id"), on="n", how="left", maintain_order="left")
        named = named.with_columns(_names(named["against"], ids))
        json = rows.select(pl.coalesce("json", "raw"))["json"]
        dropped = rows.with_columns(json=json).filter(pl.Series(~batch.alive))
        fate = pl.when(pl.Series(batch.alive)).then(pl.lit("kept")).otherwise(pl.lit("dropped"))
        return Rendered(
            data=lines_of(json, batch.alive),
            dropped=_dropped(dropped, named) if dropped.height else b"",
            originals=_originals(named) if self.keep_private else b"",
            ledger=named.drop("against").rename({"twin": "against"}).select(LEDGER_SCHEMA.names()),
            fates=rows.select("id", "source", fate=fate, edited=pl.Series(batch.edited)),
        )

    def take(self, rendered: Rendered) -> None:
        """Write what a batch contributes; called in input order."""
        self.files["data.jsonl"].write(rendered.data.data)
        self.files["dropped.jsonl"].write(rendered.dropped)
        if rendered.originals:
            self._private("originals.jsonl").write(rendered.originals)
        rendered.ledger.write_ipc(self.parts / f"ledger-{self.written:06}.arrow")
        self._number(rendered.fates).write_ipc(self.parts / f"rows-{self.written:06}.arrow")
        self.written += 1

    def quarantine(self, records: Sequence[Quarantined]) -> None:
        """Write records that could not be read; called in input order."""
        for record in records:
            line = {"id": record.id, "file": record.file, "line": record.line, "reason": record.reason}
            self.files["quarantine.jsonl"].write(msgspec.json.encode(line) + b"\n")
            if self.keep_private:
                raw = {"id": record.id, "raw_base64": b64encode(record.raw).decode()}
                self._private("unreadable.jsonl").write(msgspec.json.encode(raw) + b"\n")
            self.quarantined.append(record._replace(raw=b""))

    def close(self) -> None:
        """Finish all files."""
        for file in self.files.values():
            file.close()
        unread = {"id": [q.id for q in self.quarantined], "source": None, "fate": "quarantined", "edited": False}
        schema = {"id": pl.String, "source": pl.UInt16, "fate": pl.String, "edited": pl.Boolean}
        rest = pl.DataFrame(unread if self.quarantined else None, schema=schema)
        self._number(rest).write_ipc(self.parts / f"rows-{self.written:06}.arrow")
        pl.DataFrame(schema=LEDGER_SCHEMA).write_ipc(self.parts / f"ledger-{self.written:06}.arrow")
        for name in ("ledger", "rows"):
            pieces = sorted(self.parts.glob(f"{name}-*.arrow"))
            frame = pl.scan_ipc(pieces)
            frame.sink_parquet(self.folder / f"{name}.parquet", row_group_size=ROW_GROUP, maintain_order=True)
        for piece in self.parts.iterdir():
            piece.unlink()
        self.parts.rmdir()

    def _number(self, fates: pl.DataFrame) -> pl.DataFrame:
        """Add each row's line (from 1) in the file of its fate."""
        line = pl.lit(None, dtype=pl.UInt64)
        for fate in FATES:
            mine = pl.col("fate") == fate
            line = pl.when(mine).then(mine.cum_sum().cast(pl.UInt64) + self.position[fate]).otherwise(line)
        counts = dict(fates["fate"].value_counts().iter_rows())
        frame = fates.with_columns(line=line).select("id", "fate", "line", "source", "edited")
        for fate in FATES:
            self.position[fate] += counts.get(fate, 0)
        return frame

    def _open(self, name: str) -> None:
        self.files[name] = (self.folder / name).open("wb")

    def _private(self, name: str) -> BinaryIO:
        if name not in self.files:
            path = private(self.folder) / name
            self.files[name] = path.open("wb")
            path.chmod(0o600)
        return self.files[name]


def _names(numbers: pl.Series, ids: pl.DataFrame) -> pl.Series:
    """The ids of rows that are among `ids` (ascending in n), as ``twin``; a join would hash all of them for each batch."""
    places = pl.Series(np.searchsorted(ids["n"].to_numpy(), numbers.fill_null(0).to_numpy()), dtype=pl.UInt32)
    return ids["id"].gather(places.set(numbers.is_null(), None)).alias("twin")


def _dropped(rows: pl.DataFrame, named: pl.DataFrame) -> bytes:
    """Lines of dropped.jsonl: the decision that dropped the row, and the row (``n, raw, json``)."""
    drops = named.filter((pl.col("action") == "drop") & pl.col("effective")).unique("n", keep="first")
    why = drops.select("n", "id", "op", "reason", "score", "twin")
    found = rows.select("n", "raw", "json").join(why, on="n", maintain_order="left")
    out = []
    for _, raw, json, row_id, op, reason, score, against in found.iter_rows():
        head = {"id": row_id, "op": op, "reason": reason, "score": score, "against": against, "digest": digest(raw)}
        out.append(msgspec.json.encode(head)[:-1] + b',"row":' + json + b"}\n")
    return b"".join(out)


def _originals(named: pl.DataFrame) -> bytes:
    """Lines of private/originals.jsonl: each text as it stood before an edit."""
    edits = named.filter((pl.col("action") == "edit") & pl.col("before").is_not_null())
    columns = edits.select("id", "op", "part", "before").iter_rows(named=True)
    return b"".join(msgspec.json.encode(line) + b"\n" for line in columns)
