"""Which sets a member stands in: lists, one a member that two sets or more have."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_PARTS = 16  # of the members, each with a hash table of its own
GRAIN = 64.0  # places are kept in 64ths


class Lists(NamedTuple):
    """Which sets stand in the list of a member of a prefix."""

    ids: npt.NDArray[np.int32]  # of each prefix member, set by set: its list, or -1
    starts: Ints  # of each list, and the end of the last one
    entries: U64  # the set's number (32 bits), and what its size and the member's place leave (32 bits)


def lists_of(keys: U64, starts: Ints, size: Ints, threshold: float, threads: int) -> Lists:
    """The lists of the `keys` of sets ranked by `size`; those of set k are ``keys[starts[k]:starts[k + 1]]``."""
    ids = np.empty(len(keys), dtype=np.int32)
    counts = shared_out(lambda part, _: _numbered(keys, part, ids), _PARTS, 1, threads=threads)
    first = np.concatenate([[0], np.cumsum([len(some) for some in counts])])
    list_starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate(counts))])
    entries = np.empty(int(list_starts[-1]), dtype=np.uint64)
    at = list_starts[:-1].copy()

    def fill(part: int, _: int) -> None:
        _fill(keys, part, int(first[part]), ids, starts, size, threshold, at, entries)

    shared_out(fill, _PARTS, 1, threads=threads)
    return Lists(ids, list_starts, entries)


def _numbered(keys: U64, part: int, ids: npt.NDArray[np.int32]) -> Ints:
    """Numbers the lists of one part from 0 in `ids`, -1 for members of one set only; how long each list is."""
    room = 1 << max(4, int(2 * len(keys) / _PARTS).bit_length())
    while True:
        slots, counts = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.int32)
        if _count(keys, part, slots, counts, ids):
            lengths: Ints = _settle(keys, part, counts, ids)
            return lengths
        room *= 2


@helper
def _part_of(key: Any) -> Any:
    return np.int64(key & np.uint64(_PARTS - 1))


@kernel
def _count(keys: Any, part: int, slots: Any, counts: Any, ids: Any) -> bool:
    """The slot of each key of the part into `ids`, and how many keys are in each; false if the table gets too full."""
    mask, used = len(slots) - 1, 0
    for i in range(len(keys)):
        key = keys[i]
        if _part_of(key) != part:
            continue
        slot = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
        while counts[slot] and slots[slot] != key:
            slot = (slot + 1) & mask
        if not counts[slot]:
            slots[slot] = key
            used += 1
            if 4 * used > 3 * len(slots):
                return False
        counts[slot] += np.int32(1)
        ids[i] = slot
    return True


@kernel
def _settle(keys: Any, part: int, counts: Any, ids: Any) -> Any:
    """Slots become numbers of lists, in order of the table; the lengths of the lists."""
    lists = 0
    for slot in range(len(counts)):
        if counts[slot] > 1:
            lists += 1
    lengths = np.empty(lists, dtype=np.int64)
    lists = 0
    for slot in range(len(counts)):
        if counts[slot] > 1:
            lengths[lists] = counts[slot]
            counts[slot] = lists
            lists += 1
        else:
            counts[slot] = -1
    for i in range(len(keys)):
        if _part_of(keys[i]) == part:
            ids[i] = counts[ids[i]]
    return lengths


@kernel
def _fill(
    keys: Any, part: int, first: int, ids: Any, starts: Any, size: Any, threshold: float, at: Any, entries: Any
) -> None:
    """Each set into the lists of its prefix, which are numbered from `first` on; sets ascend in a list.

    With a member at place j, a set of n members has room for n / (1+t) - j ≥ t·m / (1+t) with a set of m.
    """
    for rank in range(len(starts) - 1):
        for i in range(starts[rank], starts[rank + 1]):
            if ids[i] >= 0 and _part_of(keys[i]) == part:
                ids[i] += first
                room = np.uint64((size[rank] / (1.0 + threshold) - (i - starts[rank])) * GRAIN + 1.0)
                entries[at[ids[i]]] = np.uint64(rank) << np.uint64(32) | room
                at[ids[i]] += 1


@helper
def first_from(entries: Any, at: Any, stop: Any, rank: Any) -> Any:
    """The first of ``entries[at:stop]`` whose set is `rank` or comes after it."""
    while at < stop:
        middle = (at + stop) >> 1
        if np.int64(entries[middle] >> np.uint64(32)) < rank:
            at = middle + 1
        else:
            stop = middle
    return at
