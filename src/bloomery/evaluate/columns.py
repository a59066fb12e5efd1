"""Columns of a frame from records that were read one by one."""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from bloomery.formats.base import Record


def column(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of whatever type all `values` have; of several types, or of objects of anything but numbers, their JSON texts.

    >>> column("a", [1, None, 2]).to_list(), column("a", [1, "x"]).to_list(), column("a", [{"b": "c"}]).to_list()
    ([1, None, 2], ['1', 'x'], ['{"b": "c"}'])
    """
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        kinds = {float}
        values = [None if value is None else float(value) for value in values]
    if len(kinds) <= 1 and (dict not in kinds or _of_numbers(values)):
        try:
            found = pl.Series(name, values, strict=True)
        except (TypeError, OverflowError, pl.exceptions.PolarsError):
            pass
        else:
            if found.dtype not in (pl.Object, pl.Null) and "List(Struct" not in str(found.dtype):
                return found
    return pl.Series(name, [text(value) for value in values], dtype=pl.String)


def _of_numbers(values: Sequence[Any]) -> bool:
    """Whether the objects hold numbers alone, such as the probabilities of labels."""
    return all(
        isinstance(number, int | float) for value in values if value is not None for number in value.values()
    ) and all(value for value in values if value is not None)


def text(value: Any) -> str | None:
    """A value as text: strings as they are, anything else as JSON, null as none.

    >>> text("a"), text(3), text(True), text(None)
    ('a', '3', 'true', None)
    """
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def further(rows: Sequence[Record], taken: Sequence[str]) -> list[pl.Series]:
    """All columns of the records but those that are `taken`, in the order in which they first appear."""
    names = dict.fromkeys(name for row in rows for name in row if name not in taken)
    return [column(name, [row.get(name) for row in rows]) for name in names]
