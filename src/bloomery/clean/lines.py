"""Ledger lines while they are still about row numbers: what was decided on a batch, by which step.

`step` orders the lines of a row: the ops of the recipe count from 1, a person's drop comes before them, a person's keep
after them. `effective` is false where a person's decision overrides the line. `role`, `before` and `after` are set for
edits; `before` leaves only for ``private/``.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import ROLES, Batch

PERSON_DROPS, PERSON_KEEPS = 0, 65_535

LINES_SCHEMA = pl.Schema(
    {
        "n": pl.UInt64,
        "step": pl.UInt16,
        "part": pl.UInt16,
        "op": pl.String,
        "action": pl.String,
        "reason": pl.String,
        "score": pl.Float64,
        "against": pl.UInt64,
        "detail": pl.String,
        "by": pl.String,
        "at": pl.String,
        "effective": pl.Boolean,
        "role": pl.Enum(ROLES),
        "before": pl.String,
        "after": pl.String,
    }  # type: ignore[arg-type]  # an Enum is an instance, the other types are classes
)


_NONE = pl.DataFrame(schema=LINES_SCHEMA)


class Kept(NamedTuple):
    """Row numbers that people keep whatever ops say, ascending."""

    n: npt.NDArray[np.uint64]

    def overrides(self, frame: pl.DataFrame) -> pl.Series:
        """Which lines are drops of such rows."""
        if not len(self.n):
            return pl.Series([False]).new_from_index(0, frame.height)
        return (frame["action"].cast(pl.String) == "drop") & pl.Series(np.isin(frame["n"].to_numpy(), self.n))


def no_lines() -> pl.DataFrame:
    """No lines at all."""
    return _NONE


def lines_of_people(people: pl.DataFrame) -> pl.DataFrame:
    """The lines of people's decisions (``n, action, reason, by, at``)."""
    if people.is_empty():
        return no_lines()
    step = pl.when(pl.col("action") == "keep").then(PERSON_KEEPS).otherwise(PERSON_DROPS)
    return whole_lines(people.with_columns(step=step, op=pl.lit("person"), effective=pl.lit(True)))


def lines_of_op(number: int, name: str, proposed: pl.DataFrame, kept: Kept, *, batch: Batch | None) -> pl.DataFrame:
    """The lines of an op's proposals; `batch` as it was before them, to say what an edit replaced."""
    told = proposed.with_columns(
        pl.col("action").cast(pl.String), effective=~kept.overrides(proposed), step=pl.lit(number), op=pl.lit(name)
    ).rename({"text": "after"})
    if batch is None or told["part"].null_count() == told.height:
        return whole_lines(told)
    edits = told["part"].is_not_null()
    places = places_of(batch, told.filter(edits))
    parts = batch.parts[places].select("role", before="text")
    rest = told.filter(~edits)
    return (
        pl.concat([whole_lines(told.filter(edits).hstack(parts)), whole_lines(rest)])
        if rest.height
        else whole_lines(told.hstack(parts))
    )


def places_of(batch: Batch, edits: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Where in ``batch.parts`` the edited parts (``n, part``) stand; a row's parts are numbered from 0 and together."""
    n = batch.parts["n"].to_numpy()
    places: npt.NDArray[np.int64] = np.searchsorted(n, edits["n"].to_numpy()) + edits["part"].to_numpy().astype(
        np.int64
    )
    return places


def whole_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with exactly the columns of LINES_SCHEMA."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in LINES_SCHEMA.items()
    )


def order(lines: pl.DataFrame) -> pl.DataFrame:
    """By row, step, part."""
    return lines.sort("n", "step", "part", maintain_order=True, nulls_last=True)


class Fates(NamedTuple):
    """What the lines of a batch come to, row by row."""

    dropped_at: npt.NDArray[np.uint16]  # step that dropped it; PERSON_KEEPS where it lives
    lines: pl.DataFrame  # those that count: nothing is decided on a row after it was dropped

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """Rows that are kept."""
        return np.equal(self.dropped_at, PERSON_KEEPS)


def fates(lines: pl.DataFrame, first: int, height: int) -> Fates:
    """The fates of rows ``first <= n < first + height``: the earliest drop that nobody overrides decides."""
    dropped_at = np.full(height, PERSON_KEEPS, dtype=np.uint16)
    row, step = (lines["n"].to_numpy() - np.uint64(first)).astype(np.int64), lines["step"].to_numpy()
    drops = ((lines["action"] == "drop") & lines["effective"]).to_numpy()
    np.minimum.at(dropped_at, row[drops], step[drops])
    counts = step <= dropped_at[row]
    return Fates(dropped_at, lines if counts.all() else lines.filter(pl.Series(counts)))
