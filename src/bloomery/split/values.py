"""What a column says: labels, groups and times, read from the raw record.

A column is named as it stands in the data, extra columns included; dots reach into objects (``meta.user``), unless a
column has that very name, and numbers into lists (``messages.0.role``). Nothing changes type on the way: ``"007"`` and
``7`` are different groups, and a label keeps its spelling.

A label column may hold a list (several labels a row). A row without a group is a group of its own; a row without a time
cannot be late. Times are numbers, or dates in ISO 8601; dates without a zone count as UTC.
"""

from datetime import UTC, datetime
from math import isnan
from typing import Any

import msgspec

from bloomery.errors import DataError, did_you_mean
from bloomery.formats.base import Record

NO_LABEL = "(none)"


class Number(str):
    """A number that is not whole, as it stands in the data: ``1.50`` and ``1.5`` are different groups."""

    __slots__ = ()


DECODER = msgspec.json.Decoder(float_hook=Number)


class Column:
    """One named column; remembers whether any row had it, and which columns there are."""

    def __init__(self, name: str, role: str) -> None:
        self.name, self.role = name, role
        self.present = 0
        self.seen: dict[str, None] = {}

    def read(self, record: Record) -> Any:
        """The value in a record, None where it is missing."""
        self.seen.update(dict.fromkeys(record))
        found, value = look(record, self.name)
        self.present += found
        return value

    def check(self) -> None:
        """DataError if no row had the column."""
        if not self.present:
            raise DataError(
                f"No row has the column '{self.name}' to {self.role} by",
                expected=f"one of: {', '.join(list(self.seen)[:20]) or 'nothing, there are no rows'}",
                next=did_you_mean(self.name, self.seen, otherwise=f"Name one of them with --{self.role}"),
            )


def look(record: Record, path: str) -> tuple[bool, Any]:
    """Whether a column is there, and its value.

    >>> look({"meta": {"tags": ["a", "b"]}}, "meta.tags.1")
    (True, 'b')
    >>> look({"meta.tags": 1, "meta": {}}, "meta.tags")
    (True, 1)
    """
    if path in record:
        return True, record[path]
    value: Any = record
    for step in path.split("."):
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return False, None
    return True, value


def labels(value: Any, column: str, row: str) -> list[str]:
    """The labels a value stands for, at least one.

    >>> labels(True, "ok", "a:1"), labels([2, "b"], "tags", "a:1"), labels(None, "c", "a:1")
    (['true'], ['2', 'b'], ['(none)'])
    """
    if isinstance(value, list):
        return list(dict.fromkeys(_word(item, column, row) for item in value)) or [NO_LABEL]
    return [_word(value, column, row)]


def group(value: Any, column: str, row: str) -> str | None:
    """A key that is equal for equal values of the same type; None where there is no value."""
    if value is None:
        return None
    return type(value).__name__ + ":" + _word(value, column, row)


def seconds(value: Any, column: str, row: str) -> float:
    """A number as it is, or a date as seconds since 1970; minus infinity where there is no value.

    >>> seconds("1970-01-02", "day", "a:1"), seconds("1970-01-01T01:00:00+01:00", "day", "a:1")
    (86400.0, 0.0)
    """
    if value is None or value == "":
        return float("-inf")
    text = str(value).strip()
    for reading in (float, _date):
        try:
            number = reading(text)
        except (ValueError, OverflowError):
            continue
        if not isnan(number) and not isinstance(value, bool):
            return number
    raise DataError(
        f"Row {row} has no time in column '{column}'",
        expected="a number or an ISO 8601 date such as 2025-03-31T12:00:00Z",
        found=repr(text[:40]),
        next="Mend the column, or name another with --time",
    )


def _date(text: str) -> float:
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _word(value: Any, column: str, row: str) -> str:
    if value is None:
        return NO_LABEL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise DataError(
            f"Column '{column}' holds {'an object' if isinstance(value, dict) else 'a list'} in row {row}",
            expected="a string, a number, true or false",
            next="Name a field inside it, as in meta.user",
        )
    return str(value)
