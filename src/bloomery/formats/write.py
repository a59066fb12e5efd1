"""Writing: rows as JSON lines, and JSON lines as Parquet or CSV.

A row that no op edited is written as the bytes it came in. An edited one is decoded with every number's literal kept, its
changed texts are put back in place (`Format.replace`), and it is encoded again; so everything around the change survives.
"""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from bloomery.formats import lossless
from bloomery.formats.base import Format, Record
from bloomery.formats.export import export
from bloomery.schema import Batch

__all__ = ["encode", "export", "record_of"]


def encode(batch: Batch, formats: Sequence[Format]) -> list[bytes]:
    """One JSON line (UTF-8, without its end) for each row of `batch`; `formats` by index of source, as a Reader has them."""
    lines: list[bytes] = batch.rows["raw"].to_list()
    for at, line in edited_lines(batch, formats).items():
        lines[at] = line
    return lines


def edited_lines(batch: Batch, formats: Sequence[Format]) -> dict[int, bytes]:
    """The JSON line of each edited row, by its index in the batch."""
    edited = batch.rows.with_row_index("at").filter("edited").select("at", "n", "source", "raw")
    if edited.is_empty():
        return {}
    texts = batch.parts.filter(pl.col("n").is_in(edited["n"].implode()))
    by_row = dict(texts.group_by("n").agg(pl.col("text").sort_by("part")).iter_rows())
    return {at: _replaced(raw, formats[source], by_row.get(n, [])) for at, n, source, raw in edited.iter_rows()}


def _replaced(raw: bytes, form: Format, texts: Sequence[str]) -> bytes:
    """The row in `raw` with the texts of its parts replaced."""
    return lossless.dumps(form.replace(record_of(raw), texts))


def record_of(raw: bytes) -> Record:
    """The record in a row's JSON line, ready to be changed and written again."""
    try:
        return lossless.loads(raw)
    except ValueError:
        return _with_doubles(raw)


class _Double(str):
    """A key that comes again later in its object: a key of its own, so that both entries are kept in place."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


def _with_doubles(raw: bytes) -> Record:
    """A row with a key that stands twice in one object, outside of the columns that have a role; the last one counts."""
    record: Record = _DECODE(raw.decode("utf-8"))
    return record


def _object(pairs: list[tuple[str, Any]]) -> Record:
    last = {key: at for at, (key, _) in enumerate(pairs)}
    return {key if last[key] == at else _Double(key): value for at, (key, value) in enumerate(pairs)}


_DECODE = json.JSONDecoder(object_pairs_hook=_object, parse_float=lossless.Number, parse_int=lossless.Number).decode
