"""The rarest members of sets, which are the keys of a prefix filter, and a sketch of each set.

Members are ordered by how often they stand in a sample of sets, then by their number. Any order is correct if all sets use the
same one; rare ones first makes the lists of sets that share a key short.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.prefetch import soon
from bloomery.kernels.sets import Sets
from bloomery.kernels.threads import shared_out

U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

FRAME = 4_096  # sets that a thread takes at a time
LARGE = 4_096  # members from which a set's prefix is found by sorting all of them
_SAMPLE = 2_000_000  # members that the order is made from
_AHEAD = 2  # sets whose members are fetched before they are read
_LEAST_BITS, _MOST_BITS = 8, 20  # of a member's number, by which it is counted: a megabyte stays in the cache

#: columns of what is known of a set: parity of all members (two), of the marked ones, how many are marked; more may follow
EVEN, ODD, MARKED, COUNT = range(4)


def rarity(sets: Sets) -> U8:
    """How often members stand in a sample of the sets, by the top bits of their number; 255 for that or more."""
    members = int(sets.size.sum())
    table = np.zeros(1 << min(_MOST_BITS, max(_LEAST_BITS, members.bit_length())), dtype=np.uint8)
    _sample(*sets, max(1, members // _SAMPLE), _shift(table), table)
    return table


def prefixes(sets: Sets, starts: Ints, table: U8, known: U64, threads: int) -> U64:
    """The rarest members of each set, rarest first, as keys in that order: ``out[starts[i]:starts[i + 1]]`` of set i.

    A key is the member's rarity (8 bits) and the top of its number. The sketches go into `known`, a line a set, zeros before.
    """
    out, most = np.empty(int(starts[-1]), dtype=np.uint64), int(np.diff(starts).max(initial=0))
    shift = _shift(table)

    def work(first: int, last: int) -> None:
        _choose(*sets, first, last, table, shift, starts, np.empty(most, dtype=np.uint64), out, known, LARGE)

    shared_out(work, len(sets.starts), FRAME, threads=threads)
    for i in np.flatnonzero(sets.size >= LARGE):
        members = sets.values[sets.starts[i] : sets.ends[i]]
        keys = np.sort(table[members >> shift].astype(np.uint64) << np.uint64(56) | members >> np.uint64(8))
        out[starts[i] : starts[i + 1]] = keys[: starts[i + 1] - starts[i]]
    return out


def _shift(table: U8) -> np.uint64:
    """What leaves the bits of a number that the table is for."""
    return np.uint64(65 - len(table).bit_length())


@helper
def sketched(value: Any, even: Any, odd: Any, marked: Any, count: Any) -> tuple[Any, Any, Any, Any]:
    """The sketch of a set with one member more."""
    bit = np.uint64(1) << ((value >> np.uint64(1)) & np.uint64(63))
    second = np.uint64(0) - ((value >> np.uint64(7)) & np.uint64(1))
    mark = value & np.uint64(1)
    return even ^ (bit & ~second), odd ^ (bit & second), marked ^ (bit & (np.uint64(0) - mark)), count + mark


@kernel
def _sample(values: Any, starts: Any, ends: Any, step: int, shift: Any, table: Any) -> None:
    for row in range(0, len(starts), step):
        for i in range(starts[row], ends[row]):
            slot = np.int64(values[i] >> shift)
            if table[slot] < 255:
                table[slot] += np.uint8(1)


@kernel
def _choose(
    values: Any,
    begins: Any,
    ends: Any,
    first: int,
    last: int,
    table: Any,
    shift: Any,
    starts: Any,
    best: Any,
    out: Any,
    known: Any,
    large: int,
) -> None:
    """The keys of each set below `large`, and all sketches; `best` is scratch."""
    none = np.uint64(0xFFFFFFFFFFFFFFFF)
    for row in range(first, last):
        wanted, have, limit = starts[row + 1] - starts[row], 0, none
        few = ends[row] - begins[row] < large
        even, odd, marked, count = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
        if row + _AHEAD < last:
            ahead: Any = begins[row + _AHEAD]
            while ahead < ends[row + _AHEAD]:
                soon(values, ahead)
                ahead += 8
        for i in range(begins[row], ends[row]):
            value = values[i]
            even, odd, marked, count = sketched(value, even, odd, marked, count)
            key = np.uint64(table[np.int64(value >> shift)]) << np.uint64(56) | value >> np.uint64(8)
            if few and key < limit:
                have = min(have + 1, wanted)
                at = have - 1
                while at > 0 and best[at - 1] > key:
                    best[at] = best[at - 1]
                    at -= 1
                best[at] = key
                if have == wanted:
                    limit = best[have - 1]
        known[row, EVEN], known[row, ODD], known[row, MARKED], known[row, COUNT] = even, odd, marked, count
        for i in range(have):
            out[starts[row] + i] = best[i]
