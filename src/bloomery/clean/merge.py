"""What dropped duplicates knew, written into the row that is kept for them.

    merge:
      seen: count                  how many rows it stands for: itself and those dropped for it
      came_from: ids               the ids of these
      sources: {values: source}    the distinct values of a column, of the kept row first; lists give their items
      votes: {sum: votes}          numbers of a column; also min, max

A row is dropped for the row that it lost to in `exact` or `near`, and if that was dropped for another in turn, for that one,
until a row is left. Rows that another dataset has, and rows whose survivor was dropped for another reason, are merged into
nothing.

What came of a merge can be merged again: a row that has the field already brings what stands there instead of its column
(a number, a list; `count` takes it for 1 where it is no number), so nothing that stood in the kept row is lost. A field that
holds text of the format is refused.

Rows are taken as they are after all edits, so no scrubbed text comes back. Each merge is an edit of the kept row with a line in
the ledger (op ``merge``, reason ``merged``); rows for which nothing was dropped stay the bytes that they were.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.clean.lines import whole_lines
from bloomery.clean.spool import Spool, Spooled, slice_by_row
from bloomery.engine import ordered
from bloomery.errors import RecipeError
from bloomery.formats.base import Format, Record
from bloomery.formats.lossless import Number, dumps, loads_value
from bloomery.formats.write import record_of

NAME = "merge"
How = (
    Literal["count", "ids"]
    | Annotated[dict[Literal["values", "sum", "min", "max"], str], Field(min_length=1, max_length=1)]
)
Ints = npt.NDArray[np.int64]
_LOST = {"survivor": pl.UInt64, "n": pl.UInt64, "id": pl.String, "told": pl.Binary}


class Merged(NamedTuple):
    """Rows of a batch after merging: indexes, JSON lines, ledger lines."""

    rows: list[int]
    json: list[bytes]
    lines: pl.DataFrame


class Merging:
    """Fields and how they are made, and what was gathered for them."""

    def __init__(self, fields: Mapping[str, How], formats: Sequence[Format], step: int) -> None:
        self.fields = {name: _how(name, how) for name, how in fields.items()}
        self.formats, self.step = formats, step
        self.lost = pl.DataFrame(schema=_LOST)  # by survivor, then in input order

    def gather(self, spool: Spool, survivor: Ints) -> None:
        """Remember what the lost rows bring; ``survivor[n]`` is the kept row of each row, n itself where none is meant."""
        columns = {*self.fields, *(column for _, column in self.fields.values())}

        def work(spooled: Spooled) -> pl.DataFrame:
            n = np.flatnonzero(survivor[spooled.first : spooled.end] != np.arange(spooled.first, spooled.end))
            if not len(n):
                return self.lost
            rows = spool.load(spooled).rows[n].select("id", pl.coalesce("json", "raw").alias("json"))
            told = [
                dumps({name: value for name, value in record_of(json).items() if name in columns})
                for json in rows["json"]
            ]
            numbers = {
                "survivor": survivor[n + spooled.first].astype(np.uint64),
                "n": (n + spooled.first).astype(np.uint64),
            }
            return pl.DataFrame({**numbers, "id": rows["id"], "told": pl.Series(told, dtype=pl.Binary)}, schema=_LOST)

        self.lost = pl.concat(ordered(work, spool.batches)).sort("survivor", "n") if spool.batches else self.lost

    def into(self, rows: pl.DataFrame, first: int) -> Merged:
        """The survivors among rows ``first <= n``. RecipeError where a field cannot be written."""
        mine = slice_by_row(self.lost, self.lost["survivor"].to_numpy(), first, first + rows.height)
        found = Merged([], [], whole_lines(pl.DataFrame(schema={"n": pl.UInt64})))
        lines = []
        for n, ids, told in mine.group_by("survivor", maintain_order=True).agg("id", "told").iter_rows():
            row = rows.row(n - first, named=True)
            before = row["raw"] if row["json"] is None else row["json"]
            json = self._written(before, ids, [loads_value(one.decode()) for one in told], self.formats[row["source"]])
            found.rows.append(n - first)
            found.json.append(json)
            detail = msgspec.json.encode({"rows": len(ids), "fields": list(self.fields)}).decode()
            lines.append({"n": n, "detail": detail})
        if not lines:
            return found
        about = {"step": self.step, "op": NAME, "action": "edit", "reason": "merged", "effective": True}
        told_lines = pl.DataFrame(lines).with_columns(pl.lit(value).alias(name) for name, value in about.items())
        return found._replace(lines=whole_lines(told_lines))

    def _written(self, before: bytes, ids: Sequence[str], others: Sequence[Record], form: Format) -> bytes:
        record = record_of(before)
        made = {name: _made(name, how, column, [record, *others], ids) for name, (how, column) in self.fields.items()}
        record.update({name: value for name, value in made.items() if value is not None})
        after = dumps(record)
        if form.parse(msgspec.json.decode(after)) != form.parse(msgspec.json.decode(before)):
            raise RecipeError(
                f"merge cannot write into {', '.join(self.fields)}",
                expected="fields beside the text of the rows",
                found="that the text would be another",
                next="Name other fields",
            )
        return after


def survivors(drops: Sequence[tuple[Ints, Ints]], kept: npt.NDArray[np.bool_]) -> Ints:
    """For each row the kept row that it was dropped for, over all ops; the row itself where there is none.

    Each of `drops` has rows and the rows that they were dropped for.
    """
    every = np.arange(len(kept))
    last = every.copy()
    for n, against in drops:
        last[n] = against
    while not np.array_equal(further := last[last], last):
        last = further
    return np.where(kept[last], last, every)


def _how(field: str, how: How) -> tuple[str, str]:
    """What is done, and with which column."""
    return (how, field) if isinstance(how, str) else next(iter(how.items()))


def _made(field: str, how: str, column: str, records: Sequence[Record], ids: Sequence[str]) -> Any:
    """The value of a field, or None where no row has anything for it; the first record is that of the kept row."""
    if how == "count":
        return sum(_times(record.get(field)) for record in records)
    if how == "ids":
        lists = [_listed(field, record) for record in records]
        return lists[0] + [one for said, row_id in zip(lists[1:], ids, strict=True) for one in (*said, row_id)]
    if how == "values":
        items = (item for record in records for item in _listed(field, record) or _items(record.get(column)))
        return list({dumps(item): item for item in items}.values()) or None
    found = [record.get(field if isinstance(record.get(field), Number) else column) for record in records]
    numbers = [number for number in found if isinstance(number, Number) and number.plain() is not None]
    if not numbers:
        return None
    if how == "sum":
        plain = [number.plain() or 0 for number in numbers]
        return sum(plain) if all(isinstance(one, int) for one in plain) else math.fsum(plain)
    chosen: Number = (min if how == "min" else max)(numbers, key=float)
    return chosen


def _times(value: Any) -> int:
    """How many rows a row stands for by what it says itself."""
    plain = value.plain() if isinstance(value, Number) else None
    return plain if isinstance(plain, int) and plain > 0 else 1


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _listed(field: str, record: Record) -> list[Any]:
    """The list that stands in the field already. RecipeError if something else does."""
    value = record.get(field)
    if value is None or isinstance(value, list):
        return value or []
    raise RecipeError(
        f"merge cannot write a list into {field}",
        expected="a field with lists or nothing in it",
        found="something else",
        next="Name another field, so that it is a list in every row that has it",
    )
