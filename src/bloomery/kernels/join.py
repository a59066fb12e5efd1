"""The similarity join: all pairs of sets whose Jaccard similarity reaches a threshold, each counted out.

A prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007), on sets numbered by size:

1. *Order.* Members are ordered by how often they stand in a sample of the sets, then by their number. Any order is correct
   if all sets use the same one; rare ones first makes the lists short.
2. *Prefix.* Sets A, B with J ≥ t share at least ⌈t/(1+t)·(|A|+|B|)⌉ members, so they meet within the first |A| − ⌈t·|A|⌉ + 1
   of A and as many of B. These are the keys by which sets meet (`bloomery.kernels.meet`).

Nothing here depends on the number of threads: pairs come out sorted.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import kernel
from bloomery.kernels.meet import Keys, known_of, meet, ranked, sketched
from bloomery.kernels.sets import SLACK, Found, Sets
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_SAMPLE = 2_000_000  # members that the order is made from
_TABLE_BITS = 22
FRAME = 4_096  # sets that a thread takes at a time
LARGE = 4_096  # members from which a set's prefix is found by sorting all of them


def join(sets: Sets, threshold: float, *, marked: float = 0.0, blocks: Ints | None = None, threads: int = 1) -> Found:
    """All pairs with Jaccard similarity ≥ `threshold` (above 0, to 1).

    With `marked` (0 to 1) the marked members of a pair must be that similar by themselves; a set that has none is similar
    only to sets that have none. Sets of one block (a number for each) are not paired. An empty set is similar to nothing.
    """
    ranks = ranked(sets, blocks)
    size = ranks.sets.size
    prefix = size - np.ceil(threshold * size - SLACK).astype(np.int64) + 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(prefix)])
    known = known_of(ranks)
    keys = Keys(_keys(ranks.sets, starts, known, threads), starts, True)
    return meet(ranks, keys, known, threshold, marked=marked, threads=threads)


def _keys(ranked: Sets, starts: Ints, known: U64, threads: int) -> U64:
    """The prefix of each set, and its sketch into `known`."""
    keys, table = np.empty(int(starts[-1]), dtype=np.uint64), _frequencies(ranked)
    most = int(np.diff(starts).max(initial=0))

    def work(first: int, last: int) -> None:
        _prefixes(*ranked, first, last, table, starts, np.empty(most, dtype=np.uint64), keys, known, LARGE)

    shared_out(work, len(ranked.starts), FRAME, threads=threads)
    for rank in np.flatnonzero(ranked.size >= LARGE):
        members = ranked.values[ranked.starts[rank] : ranked.ends[rank]]
        rarity = table[members >> np.uint64(64 - _TABLE_BITS)].astype(np.uint64)
        made = np.sort(rarity << np.uint64(56) | members >> np.uint64(8))
        keys[starts[rank] : starts[rank + 1]] = made[: starts[rank + 1] - starts[rank]]
    return keys


def _frequencies(sets: Sets) -> npt.NDArray[np.uint8]:
    """How often members stand in a sample of the sets, by the top bits of their number; 255 for that or more."""
    table = np.zeros(1 << _TABLE_BITS, dtype=np.uint8)
    _sample(*sets, max(1, int(sets.size.sum()) // _SAMPLE), table)
    return table


@kernel
def _sample(values: Any, starts: Any, ends: Any, step: int, table: Any) -> None:
    shift = np.uint64(64 - _TABLE_BITS)
    for row in range(0, len(starts), step):
        for i in range(starts[row], ends[row]):
            slot = np.int64(values[i] >> shift)
            if table[slot] < 255:
                table[slot] += np.uint8(1)


@kernel
def _prefixes(
    values: Any,
    begins: Any,
    ends: Any,
    first: int,
    last: int,
    table: Any,
    starts: Any,
    best: Any,
    out: Any,
    known: Any,
    large: int,
) -> None:
    """The prefix of each set below `large`, rarest first, into ``out[starts[rank]:]``, and all sketches; `best` is scratch."""
    shift = np.uint64(64 - _TABLE_BITS)
    for rank in range(first, last):
        wanted, have = starts[rank + 1] - starts[rank], 0
        few = ends[rank] - begins[rank] < large
        for i in range(begins[rank], ends[rank]):
            value = values[i]
            sketched(value, rank, known)
            if not few:
                continue
            key = np.uint64(table[np.int64(value >> shift)]) << np.uint64(56) | value >> np.uint64(8)
            if have < wanted:
                at, have = have, have + 1
            elif key < best[have - 1]:
                at = have - 1
            else:
                continue
            while at > 0 and best[at - 1] > key:
                best[at] = best[at - 1]
                at -= 1
            best[at] = key
        for i in range(have):
            out[starts[rank] + i] = best[i]
