"""One batch through all steps of a recipe.

Row ops decide and are heard at once; dataset ops only observe. What a dataset op will drop is not known yet, so later row
ops decide on those rows too, and afterwards their decisions on dropped rows are struck out (`bloomery.clean.lines.fates`).
Where such a decision was an edit, the row as it stood before is kept aside: a dropped row is shown as it stood when it was
dropped. So texts are needed once only, and one walk over the input is enough.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.lines import Kept, fates, lines_of_op, lines_of_people
from bloomery.clean.people import People
from bloomery.clean.steps import Step
from bloomery.clean.tally import Counts, bins, count
from bloomery.formats.base import Format
from bloomery.formats.write import edited_lines, encode
from bloomery.schema import Batch, DatasetOp, Op, RowOp, apply, proposals

#: a row as it stood before step `step` edited it
STOOD_SCHEMA = pl.Schema({"n": pl.UInt64, "step": pl.UInt16, "json": pl.Binary})


_NONE_STOOD = pl.DataFrame(schema=STOOD_SCHEMA)


class Walked(NamedTuple):
    """A batch after its walk."""

    rows: pl.DataFrame  # id, source, raw, json (null where it is raw), and the columns of `bloomery.clean.tally.bins`
    stood: pl.DataFrame  # STOOD_SCHEMA
    lines: pl.DataFrame  # LINES_SCHEMA, in order of steps
    first: int
    height: int
    before: Counts  # lengths as read
    would: npt.NDArray[np.uint64]  # a bit for each row op that would drop the row
    dropped_at: npt.NDArray[np.uint16]  # by row ops and people
    kept: Kept
    states: list[Any]  # of the dataset ops, in order


class Walker:
    """Takes batches through `steps`; safe to call from several threads."""

    def __init__(self, steps: Sequence[Step], people: People, formats: Sequence[Format]) -> None:
        self.steps, self.people, self.formats = steps, people, formats

    def walk(self, batch: Batch) -> Walked:
        """All steps over one batch."""
        height, first, before = len(batch), int(batch.rows["n"][0]), count(bins(batch))
        people = self.people.about(batch)
        kept = Kept(people.filter(pl.col("action") == "keep")["n"].sort().to_numpy())
        lines, stood, states = [lines_of_people(people)], [_NONE_STOOD], []
        would = np.zeros(height, dtype=np.uint64)
        thrown = people.filter(pl.col("action") == "drop").select("n")
        batch = apply(batch, proposals(thrown, action="drop"))
        for step in self.steps:
            if isinstance(step.op, DatasetOp):
                states.append(step.op.observe(batch))
                continue
            assert isinstance(step.op, RowOp)
            proposed = proposals(step.op.decide(batch))
            if proposed.height:
                would[drops(proposed) - first] |= np.uint64(1) << np.uint64(step.number)
                proposed = _about_the_living(batch, proposed, first)
            if proposed.is_empty():
                continue
            lines.append(lines_of_op(step.number, step.name, proposed, kept, batch=batch))
            if states and lines[-1]["after"].null_count() < proposed.height:
                stood.append(self._as_it_stands(batch, step.number, proposed))
            batch = apply(batch, proposed.filter(lines[-1]["effective"]))
        told = pl.concat(lines)
        return Walked(
            rows=batch.rows.select("id", "source", "raw").hstack([self._json(batch), *bins(batch)]),
            stood=pl.concat(stood),
            lines=told,
            first=first,
            height=height,
            before=before,
            would=would,
            dropped_at=fates(told, first, height).dropped_at,
            kept=kept,
            states=states,
        )

    def _json(self, batch: Batch) -> pl.Series:
        """The rows that were edited as JSON lines, null for the others."""
        found: list[bytes | None] = [None] * len(batch)
        for at, line in edited_lines(batch, self.formats).items():
            found[at] = line
        return pl.Series("json", found, dtype=pl.Binary)

    def _as_it_stands(self, batch: Batch, step: int, proposed: pl.DataFrame) -> pl.DataFrame:
        """The rows that are about to be edited, as they stand."""
        numbers = proposed.filter(pl.col("action") == "edit")["n"].unique()
        rows = batch.rows.filter(pl.col("n").is_in(numbers.implode()))
        some = batch.with_(rows=rows, parts=batch.parts.filter(pl.col("n").is_in(numbers.implode())))
        json = pl.Series("json", encode(some, self.formats), dtype=pl.Binary)
        return rows.select("n", step=pl.lit(step, dtype=pl.UInt16)).hstack([json])


def drops(proposed: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Row numbers that proposals would drop, ascending."""
    n = proposed["n"].to_numpy()[(proposed["action"] == "drop").to_numpy()]
    return np.unique(n).astype(np.int64)


def edit_only(batch: Batch, ops: Sequence[Op]) -> Batch:
    """The batch after the edits (not the drops) of some ops: for a row that a person brings back."""
    for op in ops:
        if isinstance(op, RowOp):
            batch = apply(batch, proposals(op.decide(batch)).filter(pl.col("action") == "edit"))
    return batch


def _about_the_living(batch: Batch, proposed: pl.DataFrame, first: int) -> pl.DataFrame:
    alive = batch.rows["alive"].to_numpy()
    if proposed.is_empty() or alive.all():
        return proposed
    return proposed.filter(pl.Series(alive[proposed["n"].to_numpy().astype(np.int64) - first]))
