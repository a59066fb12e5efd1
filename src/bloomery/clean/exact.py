"""Exact duplicates: rows whose parts are the same texts in the same roles.

The same means: with the same key (`bloomery.text.normalise`: case, white space, compatibility forms and invisible
characters do not count), or with ``normalize: none`` the same character for character. All parts count, labels and
rejected answers too: a text with two labels is not a duplicate, but a contradiction for another step to find.
``fields`` narrows the comparison to what is asked or to what is answered.

The state is five numbers a row. Equal rows meet by their 128-bit identity (`bloomery.clean.identity`).
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.identity import identity
from bloomery.clean.survivor import (
    ROLES_OF,
    Against,
    Fields,
    Keep,
    Standing,
    check_columns,
    rank,
    stacked_standings,
    standing,
)
from bloomery.schema import Batch, DatasetOp, proposals


class State(NamedTuple):
    """The rows that can be compared, in order of n once merged."""

    standing: Standing
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]


class Exact(DatasetOp):
    """Drops rows that say the same as a row that is kept."""

    normalize: Literal["text", "none"] = "text"
    """What makes two texts equal: 'text' ignores case, white space and invisible characters, 'none' ignores nothing."""
    fields: Fields = "both"
    """Compare the whole row, or only what is asked ('prompt') or answered ('completion')."""
    keep: tuple[Keep, ...] = ("priority", "longest")
    """Which duplicate stays: wishes in order of weight, a column or time too; where they leave a choice, the first row."""
    against: Against = ()
    """Other datasets or indexes: rows that they have are dropped. A path, or as under `data:`; nothing of theirs is written."""

    def observe(self, batch: Batch) -> State:
        """The identity and standing of each row that has a text to compare."""
        parts = (
            batch.parts if self.fields == "both" else batch.parts.filter(pl.col("role").is_in(ROLES_OF[self.fields]))
        )
        found = identity(parts, keyed=self.normalize == "text")
        rows = np.searchsorted(batch.rows["n"].to_numpy(), found.n[~found.empty])
        return State(standing(batch, self.keep).take(rows), found.high[~found.empty], found.low[~found.empty])

    def merge(self, states: Sequence[State]) -> State:
        """All rows, in order of n."""
        rows = stacked_standings([state.standing for state in states])
        order = np.argsort(rows.n)
        none = np.zeros(0, dtype=np.uint64)
        high = np.concatenate([none, *(state.high for state in states)])
        low = np.concatenate([none, *(state.low for state in states)])
        return State(rows.take(order), high[order], low[order])

    def decide(self, state: State, alive: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Drops every living row but the survivor of each group, naming the survivor."""
        check_columns(state.standing, self.keep)
        living = np.flatnonzero(alive[state.standing.n.astype(np.int64)])
        living = living[_repeated(state.high[living])]  # few rows, mostly
        rows, high, low = state.standing.take(living), state.high[living], state.low[living]
        order = np.lexsort((rank(rows, self.keep), low, high))
        high, low, n = high[order], low[order], rows.n[order]
        first = np.concatenate([[True], (high[1:] != high[:-1]) | (low[1:] != low[:-1])])[: len(n)]
        survivor = n[first][np.cumsum(first) - 1]
        found = pl.DataFrame({"n": n[~first], "against": survivor[~first]}).sort("n")
        return proposals(found.with_columns(reason=pl.lit("exact_duplicate"), score=1.0), action="drop")


def _repeated(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Where the numbers stand that are there more than once, ascending."""
    order = np.argsort(numbers)
    same = numbers[order][1:] == numbers[order][:-1]
    again = np.zeros(len(numbers), dtype=np.bool_)
    again[order[1:][same]] = again[order[:-1][same]] = True
    return np.flatnonzero(again)
