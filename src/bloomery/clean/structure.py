"""Structural faults become drops.

A format notes while reading what makes a row unusable (``no_assistant_turn``, ``empty_content``, ``tags_length``) in
``rows.fault``; it never removes anything. This op turns the note into a decision, so that a faulty row has a fate and a
reason like any other. The pipeline runs it first, before ops that would trip over such rows.

Which faults exist is the formats' business; a name in `allow` that no format knows does no harm.
"""

import polars as pl
from pydantic import Field

from bloomery.schema import Batch, RowOp


class Structure(RowOp):
    """Drops rows with a structural fault; the fault is the reason."""

    allow: list[str] = Field(default_factory=list)
    """Faults that are not a reason to drop a row, e.g. ``[two_user_turns]``."""

    def decide(self, batch: Batch) -> pl.DataFrame:
        """One drop per faulty row, with the fault as its reason; no score."""
        fault = batch.rows["fault"]
        return batch.drop(fault.is_not_null() & ~fault.is_in(self.allow).fill_null(False), reason=fault)
