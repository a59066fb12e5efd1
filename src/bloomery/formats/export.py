"""A JSON-lines file as Parquet or CSV.

A column gets the one type that all its values have: text, true/false, whole numbers, numbers, lists and objects (Parquet
only). Nothing is guessed from how a text looks: ``"00123"`` and ``"2024-01-01"`` stay text. A column that mixes types has
no place in a table, and says so, rather than turn 1 into "1". Whole numbers among numbers with a point become such numbers
where that is exact. A key that a row lacks becomes null; CSV writes null as nothing and an empty text as ``""``.

The file is read twice, once for the types and once for the rows, in slices, so memory is bounded.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from polars.io.plugins import register_io_source

from bloomery.errors import UsageError, did_you_mean

_SLICE = 5_000
_EXACT = 1 << 53
_INT64 = range(-(1 << 63), 1 << 63)
_DECODE = msgspec.json.Decoder(dict[str, Any]).decode
TARGETS = ("parquet", "csv")
WRITTEN = ("jsonl", *TARGETS)  # what a run can write its rows as


def check_container(to: str) -> None:
    """UsageError unless rows can be written so: as JSON lines, or as these and a copy in another container."""
    if to not in WRITTEN:
        raise UsageError(
            f"Cannot write {to!r}",
            expected=f"one of {', '.join(WRITTEN)}",
            next=did_you_mean(to, WRITTEN, otherwise="Choose one with --to"),
        )


def export(jsonl: Path, out: Path, to: str) -> None:
    """Write the rows of the JSON-lines file `jsonl` to `out`, as ``parquet`` or ``csv``.

    UsageError where a column mixes types or does not fit the container; nothing is left at `out` then.
    """
    if to not in TARGETS:
        raise UsageError(f"Rows cannot be exported as {to!r}", expected=f"one of {', '.join(TARGETS)}", found=repr(to))
    schema = schema_of(jsonl)
    if to == "csv":
        _refuse_nested(schema)
    partial = out.with_name(out.name + ".partial")
    try:
        _sink(jsonl, schema, partial, to)
        os.replace(partial, out)  # noqa: PTH105
    finally:
        partial.unlink(missing_ok=True)


def schema_of(jsonl: Path) -> pl.Schema:
    """Columns in order of appearance and their types; UsageError for one that mixes types."""
    shapes: dict[str, Shape] = {}
    for records in _slices(jsonl):
        for record in records:
            for name, value in record.items():
                shapes.setdefault(name, Shape(name)).see(value)
    return pl.Schema({name: shape.dtype() for name, shape in shapes.items()})


class Shape:
    """What the values at one place of the records look like."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.kinds: set[str] = set()
        self.fields: dict[str, Shape] = {}
        self.item: Shape | None = None
        self._exact = True  # every whole number is one that a float holds exactly

    def see(self, value: Any) -> None:
        """Take one value into account."""
        if value is None:
            return
        kind = _KINDS[type(value)]
        if kind == "whole numbers":
            self._exact = self._exact and abs(value) <= _EXACT
            kind = kind if value in _INT64 else "numbers too large for a table"
        self.kinds.add(kind)
        if kind == "lists":
            self.item = self.item or Shape(f"{self.where}[]")
            for one in value:
                self.item.see(one)
        elif kind == "objects":
            for name, one in value.items():
                self.fields.setdefault(name, Shape(f"{self.where}.{name}")).see(one)

    def dtype(self) -> pl.DataType:
        """The type of the column; text for one that is always null."""
        kinds = self.kinds
        if kinds == {"whole numbers", "numbers"} and self._exact:
            kinds = {"numbers"}
        if len(kinds) > 1 or kinds & {"numbers too large for a table"}:
            raise UsageError(
                f"The column {self.where!r} cannot be a column of a table",
                expected="values of one type",
                found=" and ".join(sorted(kinds)),
                next="Stay with jsonl, which keeps every value as it is",
            )
        kind = next(iter(kinds), "text")
        if kind == "lists":
            return pl.List(self.item.dtype() if self.item else pl.String())
        if kind == "objects":
            return pl.Struct({name: shape.dtype() for name, shape in self.fields.items()} or {"_": pl.String()})
        return _TYPES[kind]


_KINDS = {
    **{str: "text", bool: "true or false", int: "whole numbers", float: "numbers", list: "lists", dict: "objects"},
}
_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "true or false": pl.Boolean(),
    "whole numbers": pl.Int64(),
    "numbers": pl.Float64(),
}


def _refuse_nested(schema: pl.Schema) -> None:
    for name, dtype in schema.items():
        if dtype.is_nested():
            raise UsageError(
                f"The column {name!r} cannot be written as CSV",
                expected="texts, numbers, true or false",
                found="lists or objects",
                next="Take parquet, or stay with jsonl",
            )


def _sink(jsonl: Path, schema: pl.Schema, out: Path, to: str) -> None:
    def frames(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        for records in _slices(jsonl):
            yield pl.DataFrame(records, schema=schema, strict=True)

    rows = register_io_source(frames, schema=schema)
    if to == "parquet":
        rows.sink_parquet(out, maintain_order=True)
    else:
        rows.sink_csv(out, maintain_order=True)


def _slices(jsonl: Path) -> Iterator[list[dict[str, Any]]]:
    """The records of the file, some at a time."""
    with jsonl.open("rb") as lines:
        while records := [_decoded(line) for line in itertools.islice(lines, _SLICE)]:
            yield records


def _decoded(line: bytes, decode: Callable[[bytes], dict[str, Any]] = _DECODE) -> dict[str, Any]:
    try:
        return decode(line)
    except msgspec.ValidationError as error:
        raise UsageError(
            "A number of the data is too large for a table", found=str(error), next="Stay with jsonl, which keeps it"
        ) from None
