"""What a walk remembers of all rows, while the rows themselves are on disk.

Batches are joined up some at a time, and what is joined is put into files (`bloomery.engine.in_files`): a hundred bytes a row
are too many for memory when rows are many. States of dataset ops merge in any order to the same result.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.clean.lines import Kept
from bloomery.clean.spool import concatenated
from bloomery.engine import in_files
from bloomery.schema import DatasetOp

_TOGETHER = 16  # batches


class Remembered(NamedTuple):
    """Of rows that follow each other."""

    would: npt.NDArray[np.uint64]  # a bit for each row op that would drop the row
    dropped_at: npt.NDArray[np.uint16]  # by row ops and people
    kept: Kept
    states: list[Any]  # of the dataset ops, in order


class Memory:
    """What is remembered of all rows so far; `ops` are the dataset ops."""

    def __init__(self, ops: Sequence[DatasetOp], folder: Path) -> None:
        self._ops, self._folder = ops, folder
        self._joined: list[Remembered] = []
        self._latest: list[Remembered] = []

    def add(self, batch: Remembered) -> None:
        """The batch behind those that are there."""
        self._latest.append(batch)
        if len(self._latest) == _TOGETHER:
            self._join()

    def whole(self) -> Remembered:
        """All of it; nothing is left here."""
        few = not self._joined
        some = [*self._joined, *self._latest]
        self._joined, self._latest = [], []
        return _joined(self._ops, some) if few else self._in_files(some)

    def _join(self) -> None:
        self._joined.append(self._in_files(self._latest))
        self._latest = []

    def _in_files(self, some: list[Remembered]) -> Remembered:
        with in_files(self._folder):
            return _joined(self._ops, some)


def _joined(ops: Sequence[DatasetOp], some: Sequence[Remembered]) -> Remembered:
    """One from several; their states are let go, op by op."""
    none = np.zeros(0, dtype=np.uint16)
    return Remembered(
        concatenated([one.would for one in some]),
        np.concatenate([none, *(one.dropped_at for one in some)]),
        Kept(concatenated([one.kept.n for one in some])),
        [op.merge([one.states.pop(0) for one in some]) for op in ops],
    )
