"""How many rows are copies: exactly, over the whole input, and nearly, within the sample; by the ops themselves."""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.exact import Exact
from bloomery.clean.near import Near as NearOp
from bloomery.profile.result import Near
from bloomery.schema import Batch, DatasetOp


class Copies:
    """Counts the rows that ``exact`` would drop."""

    def __init__(self) -> None:
        self._op = Exact()
        self._states: list[Any] = []
        self._rows = 0

    def add(self, batch: Batch) -> None:
        """Remember what the op remembers of a batch."""
        self._states.append(self._op.observe(batch))
        self._rows += len(batch)

    def count(self) -> int:
        """Rows that are a copy of one that stays."""
        return int(_dropped(self._op, self._states, np.ones(self._rows, dtype=np.bool_)).sum()) if self._rows else 0


def near(sample: Batch | None, *, threshold: float, rows: int) -> Near:
    """Rows of `sample` (numbered from 0) that ``near`` would drop after ``exact``; `rows` is the size of the input."""
    if sample is None:
        return Near(0, 0, whole=True, threshold=threshold)
    exact, op = Exact(), NearOp(threshold=threshold)
    alive = np.ones(len(sample), dtype=np.bool_)
    alive &= ~_dropped(exact, [exact.observe(sample)], alive)
    gone = _dropped(op, [op.observe(sample)], alive) & alive
    return Near(int(gone.sum()), len(sample), whole=len(sample) == rows, threshold=threshold)


def _dropped(op: DatasetOp, states: list[Any], alive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    decided = op.decide(op.merge(states), alive)
    drops = decided.filter(pl.col("action") == "drop")["n"].to_numpy()
    mask = np.zeros(len(alive), dtype=np.bool_)
    mask[drops] = True
    return mask
