"""Which of several duplicates stays: never the accident of the order in which rows were seen.

By default the row of the source with the highest priority, among these the one with the longest text, among these the
first. The last word is always the row's number, so the choice depends on nothing but the data.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import Batch
from bloomery.text.marks import characters

Keep = Literal["priority", "longest", "shortest"]
Fields = Literal["both", "prompt", "completion"]

PROMPT = ("system", "tools", "prompt", "tool", "text")
COMPLETION = ("completion", "rejected", "reasoning", "tool_call", "label")
ROLES_OF: dict[Fields, tuple[str, ...]] = {"both": PROMPT + COMPLETION, "prompt": PROMPT, "completion": COMPLETION}


class Standing(NamedTuple):
    """What decides between rows: one number a row in each array."""

    n: npt.NDArray[np.uint64]
    priority: npt.NDArray[np.int32]
    length: npt.NDArray[np.int64]  # characters in all parts, as they stand

    def take(self, rows: npt.NDArray[np.int64]) -> "Standing":
        """The given rows, in that order."""
        return Standing(self.n[rows], self.priority[rows], self.length[rows])


def standing(batch: Batch) -> Standing:
    """The standing of each row of `batch`."""
    n = batch.rows["n"].to_numpy()
    length = np.bincount(batch.row_of_part(), weights=characters(batch), minlength=len(n)).astype(np.int64)
    return Standing(n, batch.rows["priority"].to_numpy(), length)


def stacked_standings(standings: Sequence[Standing]) -> Standing:
    """The rows of all, one after the other."""
    none = Standing(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64))
    return Standing(*(np.concatenate(column) for column in zip(none, *standings, strict=True)))


def row_of_part(rows: pl.DataFrame, parts: pl.DataFrame) -> npt.NDArray[np.int64]:
    """For each part the index into `rows` of its row."""
    return np.searchsorted(rows["n"].to_numpy(), parts["n"].to_numpy()).astype(np.int64)


def rank(rows: Standing, keep: Sequence[Keep]) -> npt.NDArray[np.int64]:
    """0 for the row that wins over all others, 1 for the next, ...; no ties."""
    by = {"priority": -rows.priority.astype(np.int64), "longest": -rows.length, "shortest": rows.length}
    order = np.lexsort([rows.n, *(by[wish] for wish in reversed(keep))])
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks
