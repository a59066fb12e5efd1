"""Splitting by time: the latest rows become the test, so that it asks about what came after training.

A unit (rows that may not be torn apart) is as late as its latest row, and units go to the test from the latest backwards
until it has its share. So no training row is ever later than the test's first unit; what is moved for the sake of its
unit moves *into* the test, never out of it, and is counted.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Latest(NamedTuple):
    """The units taken."""

    taken: npt.NDArray[np.bool_]  # by unit
    since: float  # time of the earliest unit taken; no row outside is later
    moved: int  # rows that are older than that, taken because their unit is not


def latest(unit: Ints, time: Floats, *, rows: float, leave: int = 1) -> Latest:
    """The latest units, as near to `rows` rows in all as whole units allow.

    At least one unit is taken and at least `leave` are left. Equal times are ordered by the unit's number. `time` is
    minus infinity where a row has none.
    """
    late = np.full(int(unit.max()) + 1, -np.inf)
    np.maximum.at(late, unit, time)
    size = np.bincount(unit, minlength=len(late))
    order = np.lexsort((-np.arange(len(late)), late))[::-1]
    filled = np.cumsum(size[order])
    cut = int(np.abs(filled - rows).argmin()) + 1
    cut = max(1, min(cut, len(late) - leave))
    taken = np.zeros(len(late), dtype=np.bool_)
    taken[order[:cut]] = True
    since = float(late[order[cut - 1]])
    return Latest(taken, since, int((taken[unit] & (time < since)).sum()))
