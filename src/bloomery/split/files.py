"""The files of a split: every row goes to one, byte for byte as it was read.

train.jsonl validation.jsonl test.jsonl ood.jsonl   rows
unused.jsonl       ``{"id", "reason", "row"}``, rows set aside (only if there are any)
quarantine.jsonl   ``{"id", "file", "line", "reason"}``, records that could not be read (only if there are any)
rows.parquet       every row: id, split, its line in that file, its unit
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from bloomery.schema import Quarantined
from bloomery.split.place import Placed
from bloomery.split.units import Ints

UNUSED = "unused"


def write_rows(folder: Path, spool: Path, ids: pl.Series, unit: Ints, placed: Placed) -> pl.DataFrame:
    """Send each line of the spool to its file; the table that is in rows.parquet."""
    names = [*placed.splits, *([UNUSED] if (placed.of_row < 0).any() else [])]
    with ExitStack() as stack:
        files = {name: stack.enter_context((folder / f"{name}.jsonl").open("wb")) for name in names}
        lines = stack.enter_context(spool.open("rb"))
        for n, (line, split) in enumerate(zip(lines, placed.of_row.tolist(), strict=True)):
            files[names[split]].write(line if split >= 0 else _unused(ids[n], placed.reason[n], line))
    return _table(folder, ids, unit, placed)


def _unused(row_id: str, reason: str, line: bytes) -> bytes:
    head = msgspec.json.encode({"id": row_id, "reason": reason})
    return head[:-1] + b',"row":' + line.rstrip(b"\n") + b"}\n"


def _table(folder: Path, ids: pl.Series, unit: Ints, placed: Placed) -> pl.DataFrame:
    name = np.array([*placed.splits, UNUSED])[placed.of_row]
    table = pl.DataFrame({"id": ids, "split": name, "unit": unit}).with_columns(
        line=pl.int_range(1, pl.len() + 1, dtype=pl.UInt64).over("split")
    )
    table = table.select("id", "split", "line", "unit")
    table.write_parquet(folder / "rows.parquet")
    return table


def write_quarantine(folder: Path, records: Sequence[Quarantined]) -> None:
    """List what could not be read, without its bytes."""
    lines = [{"id": q.id, "file": q.file, "line": q.line, "reason": q.reason} for q in records]
    if lines:
        (folder / "quarantine.jsonl").write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
