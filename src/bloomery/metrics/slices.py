"""Slices of a test set: the rows that share a value of a column."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.errors import DataError, did_you_mean

#: values that a column to slice by may have: more, and it is an id or a measurement
MOST = 1_000

#: a column, several, or for each column the values wanted (none: all that there are)
Wanted = Sequence[str] | Mapping[str, Sequence[str] | None]


class Slice(NamedTuple):
    """Some rows of a test set; ``column`` is None for all of them, ``value`` is None for those without a value."""

    column: str | None
    value: str | None
    rows: npt.NDArray[np.int64]


def slices_of(answers: pl.DataFrame, wanted: Wanted) -> list[Slice]:
    """All rows, then the slices of each column in the order of their values. Each has one row at least.

    Raises DataError for a column that is not there or has more than `MOST` values, and for a wanted value that no row has.
    """
    if isinstance(wanted, str):
        wanted = (wanted,)
    found = [Slice(None, None, np.arange(len(answers)))]
    for column in wanted:
        values = wanted[column] if isinstance(wanted, Mapping) else None
        found += _by(_texts(answers, column), column, values)
    return found


def _texts(answers: pl.DataFrame, column: str) -> pl.Series:
    """The column's values as texts."""
    if column not in answers.columns:
        raise DataError(
            f"There is no column '{column}' to slice by",
            expected="one of " + ", ".join(answers.columns),
            next=did_you_mean(column, answers.columns),
        )
    if answers[column].dtype.is_nested():
        raise DataError(
            f"The column '{column}' cannot be sliced by", expected="text, numbers or booleans", found="a list in a row"
        )
    texts = answers[column].cast(pl.String)
    if texts.n_unique() > MOST:
        raise DataError(
            f"The column '{column}' cannot be sliced by",
            expected=f"at most {MOST:,} values",
            found=f"{texts.n_unique():,}",
            next="Put ranges into a column of their own",
        )
    return texts


def _by(texts: pl.Series, column: str, values: Sequence[str] | None) -> list[Slice]:
    rows = pl.DataFrame({"value": texts, "row": np.arange(len(texts))})
    groups = rows.group_by("value").agg("row").sort("value", nulls_last=True)
    found = {
        value: Slice(column, value, row.to_numpy()) for value, row in zip(groups["value"], groups["row"], strict=True)
    }
    for value in values or ():
        if value not in found:
            raise DataError(
                f"The slice {column} = '{value}' is empty",
                expected="a value that a test row has: " + ", ".join(repr(one) for one in list(found)[:10]),
                next=did_you_mean(value, [one for one in found if one is not None]),
            )
    return [found[value] for value in (found if values is None else values)]
