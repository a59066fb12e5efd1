"""Sets of numbers, and how many members two of them share."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SLACK = 1e-9  # t·n is rounded: never ask for one member too many


class Sets(NamedTuple):
    """Sets of numbers: set i is ``values[starts[i]:ends[i]]``. The lowest bit of a member says whether it is marked."""

    values: U64  # distinct in each set
    starts: Ints
    ends: Ints

    @property
    def size(self) -> Ints:
        """Members of each set."""
        return self.ends - self.starts

    def take(self, rows: Ints) -> "Sets":
        """The given sets, in that order; members are not copied."""
        return Sets(self.values, self.starts[rows], self.ends[rows])


class Found(NamedTuple):
    """Pairs a < b, ascending, and their similarity."""

    a: Ints
    b: Ints
    similarity: Floats


NONE = Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


def jaccard(sets: Sets, a: Ints, b: Ints) -> Floats:
    """The similarity of the pairs of sets (a[i], b[i]); 0 where both are empty."""
    out, longest = np.zeros(len(a)), int(sets.size[a].max(initial=0)) if len(a) else 0
    _jaccard(*sets, a, b, *table_for(longest), out)
    return out


def table_for(longest: int) -> tuple[U64, Ints]:
    """A hash table for one set at a time: a slot is free where its owner is another set."""
    room = 1 << max(4, int(2 * longest).bit_length())
    return np.empty(room, dtype=np.uint64), np.full(room, -1, dtype=np.int64)


@helper
def alike(both: int, one: int, other: int, threshold: float) -> bool:
    """Whether the marked members, `one` and `other` of which `both` are common, are similar; so are no members at all."""
    if one == 0 or other == 0:
        return one == other
    return both / (one + other - both) >= threshold


@helper
def load(values: Any, first: Any, last: Any, rank: int, slots: Any, owner: Any) -> Any:
    """The members of set `rank` into the hash table; how many of them are marked."""
    mask = len(slots) - 1
    marks: Any = 0
    for i in range(first, last):
        slot = np.int64(values[i] >> np.uint64(20)) & mask
        while owner[slot] == rank:
            slot = (slot + 1) & mask
        owner[slot], slots[slot] = rank, values[i]
        marks += np.int64(values[i] & np.uint64(1))
    return marks


@helper
def shared_with(
    values: Any, first: Any, last: Any, rank: int, need: Any, slots: Any, owner: Any
) -> tuple[Any, Any, Any]:
    """How many members of ``values[first:last]`` are in the table, how many of these are marked, and how many of all are.

    The first number is -1 as soon as `need` cannot be reached.
    """
    mask, shared = len(slots) - 1, 0
    both: Any = 0
    marks: Any = 0
    for i in range(first, last):
        if shared + last - i < need:
            return -1, 0, 0
        value = values[i]
        marks += np.int64(value & np.uint64(1))
        slot = np.int64(value >> np.uint64(20)) & mask
        while owner[slot] == rank and slots[slot] != value:
            slot = (slot + 1) & mask
        if owner[slot] == rank:
            shared += 1
            both += np.int64(value & np.uint64(1))
    return (shared if shared >= need else -1), both, marks


@kernel
def _jaccard(values: Any, begins: Any, ends: Any, a: Any, b: Any, slots: Any, owner: Any, out: Any) -> None:
    for i in range(len(a)):
        load(values, begins[a[i]], ends[a[i]], i, slots, owner)
        shared, _, _ = shared_with(values, begins[b[i]], ends[b[i]], i, np.int64(0), slots, owner)
        whole = ends[a[i]] - begins[a[i]] + ends[b[i]] - begins[b[i]] - shared
        out[i] = shared / whole if whole else 0.0
