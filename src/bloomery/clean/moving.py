"""Rows of a finished run that move from the dropped to the kept ones: data.jsonl, dropped.jsonl, rows.parquet, ledger.parquet.

Files are replaced one by one, each whole.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
import polars as pl

from bloomery.clean.output import ROW_GROUP
from bloomery.clean.result import CleanResult
from bloomery.store import write_atomic


class _Id(msgspec.Struct):
    id: str


def move(
    run: CleanResult,
    back: Mapping[str, bytes],
    *,
    instead: Mapping[str, bytes] | None = None,
    edited: Collection[str] = (),
) -> None:
    """Put dropped rows `back` (id to JSON line) in their places; lines of dropped.jsonl become others `instead`.

    The ids in `edited` are noted as edited.
    """
    moves = pl.col("id").is_in(list(back)) & (pl.col("fate") == "dropped")
    rows = run.rows.with_columns(
        fate=pl.when(moves).then(pl.lit("kept")).otherwise("fate"),
        edited=pl.col("edited") | pl.col("id").is_in(list(edited)),
    )
    kept = iter(rows.filter(pl.col("fate") == "kept")["id"].to_list())
    old = iter(run.data.read_bytes().split(b"\n")[:-1])
    data = [back[row_id] if row_id in back else next(old) for row_id in kept]
    dropped = [(_id(line), line) for line in (run.folder / "dropped.jsonl").read_bytes().split(b"\n")[:-1]]
    still = [(instead or {}).get(row_id, line) for row_id, line in dropped if row_id not in back]
    numbered = rows.with_columns(line=pl.int_range(1, pl.len() + 1, dtype=pl.UInt64).over("fate"))
    write_atomic(run.data, b"".join(line + b"\n" for line in data))
    write_atomic(run.folder / "dropped.jsonl", b"".join(line + b"\n" for line in still))
    write_parquet(run.folder / "rows.parquet", numbered)


def add_to_ledger(run: CleanResult, lines: pl.DataFrame) -> None:
    """Add lines (LEDGER_SCHEMA), each after the last line of its row."""
    order = run.rows.select("id").with_row_index("order")
    both = pl.concat([run.ledger, lines]).join(order, on="id", how="left", maintain_order="left")
    write_parquet(run.folder / "ledger.parquet", both.sort("order", maintain_order=True).drop("order"))


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Replace the file, whole."""
    temporary = path.with_name(path.name + ".partial")
    frame.write_parquet(temporary, row_group_size=ROW_GROUP)
    temporary.replace(path)


def _id(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Id).id
