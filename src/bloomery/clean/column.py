"""A column of the records as numbers that rows can be ranked by.

A number counts as itself, ``true`` as 1, a text that is a number (as in CSV) as that number. As a time, a text is a date
or date and time as in ISO 8601, UTC where it names no zone; a number is seconds since 1970, or milliseconds beyond 10¹¹.
Everything else is missing (NaN).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

_MILLISECONDS = 1e11

Kind = Literal["column", "newest"]


def values(raw: pl.Series, name: str, kind: Kind) -> npt.NDArray[np.float64]:
    """What the column `name` of each record (JSON text) comes to."""
    record = msgspec.defstruct("Record", [("value", Any, None)], rename={"value": name})
    decode, number = msgspec.json.Decoder(record).decode, _NUMBERS[kind]

    def value(line: bytes) -> float:
        try:
            return number(decode(line).value)  # type: ignore[attr-defined]
        except msgspec.ValidationError:  # not an object
            return np.nan

    return np.array([value(line) for line in raw], dtype=np.float64)


def _number(value: Any) -> float:
    """
    >>> [_number(value) for value in (3, True, "0.5", "high", "1_0", None)]
    [3.0, 1.0, 0.5, nan, nan, nan]
    """
    if not isinstance(value, (int, float, str)) or (isinstance(value, str) and "_" in value):
        return np.nan
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return np.nan
    return found if np.isfinite(found) else np.nan


def _time(value: Any) -> float:
    """
    >>> [_time(value) for value in ("1970-01-02", "1970-01-01T01:00:00+01:00", 60, 1_700_000_000_000, "soon")]
    [86400.0, 0.0, 60.0, 1700000000.0, nan]
    """
    if isinstance(value, str):
        try:
            time = datetime.fromisoformat(value.strip())
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            pass
    number = _number(value)
    return number / 1000 if number > _MILLISECONDS else number


_NUMBERS: dict[Kind, Callable[[Any], float]] = {"column": _number, "newest": _time}
