"""The similarity join: all pairs of sets whose Jaccard similarity reaches a threshold, each counted out.

A prefix filter with positions (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007; Xiao et al. 2008, "PPJoin"), on
sets numbered by size:

1. *Order.* Members are ordered by how often they stand in a sample of the sets, then by their number. Any order is correct
   if all sets use the same one; rare ones first makes the lists short.
2. *Prefix.* Sets A, B with J ≥ t share at least ⌈t/(1+t)·(|A|+|B|)⌉ members, so they meet within the first |A| − ⌈t·|A|⌉ + 1
   of A and as many of B. These stand in lists, one a member; a member of one set only has none.
3. *Meeting.* For each set, the smaller ones in its lists whose size, and whose place in the list's member order, still leave
   room for enough common members. Sets of one block and size follow each other, so a block is passed over in one step.
4. *Sketch.* A 128-bit parity of each set: two sets that differ in d members differ in at most d bits.
5. *Verification.* Common members are counted on the sets themselves, and given up as soon as too few are left.

Nothing here depends on the number of threads: pairs come out sorted.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.lists import GRAIN, first_from, lists_of
from bloomery.kernels.sets import NONE, SLACK, Found, Sets, alike, load, run_ends_of, shared_with, table_for
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SAMPLE = 2_000_000  # members that the order is made from
_TABLE_BITS = 22
PAIRS = 1 << 20  # pairs that a buffer holds
FRAME = 4_096  # sets that a thread takes at a time


def join(sets: Sets, threshold: float, *, marked: float = 0.0, blocks: Ints | None = None, threads: int = 1) -> Found:
    """All pairs with Jaccard similarity ≥ `threshold` (above 0, to 1).

    With `marked` (0 to 1) the marked members of a pair must be that similar by themselves; a set that has none is similar
    only to sets that have none. Sets of one block (a number for each) are not paired. An empty set is similar to nothing.
    """
    size = sets.size
    order = np.argsort(size, kind="stable") if blocks is None else np.lexsort((blocks, size))
    order = order[np.searchsorted(size[order], 1) :]
    ranked, longest = sets.take(order), int(size.max(initial=0))
    prefix = ranked.size - np.ceil(threshold * ranked.size - SLACK).astype(np.int64) + 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(prefix)])
    sketch = np.empty((len(order), 2), dtype=np.uint64)
    lists = lists_of(_keys(ranked, starts, sketch, threads), starts, ranked.size, threshold, threads)
    low = np.searchsorted(ranked.size, np.arange(longest + 2))  # first set of each size
    block = np.arange(len(order)) if blocks is None else blocks[order]
    job = (*ranked, ranked.size, block, run_ends_of(ranked.size, block), sketch, *lists, starts, low, threshold, marked)
    found = shared_out(lambda first, last: _met(job, first, last, longest), len(order), FRAME, threads=threads)
    a, b, similarity = (np.concatenate(column) for column in zip(NONE, *found, strict=True))
    a, b = order[a], order[b]
    a, b = np.minimum(a, b), np.maximum(a, b)
    sorted_ = np.lexsort((b, a))
    return Found(a[sorted_], b[sorted_], similarity[sorted_])


def _keys(ranked: Sets, starts: Ints, sketch: U64, threads: int) -> U64:
    """The prefix of each set, and its sketch into `sketch`."""
    keys, table = np.empty(int(starts[-1]), dtype=np.uint64), _frequencies(ranked)
    most = int(np.diff(starts).max(initial=0))

    def work(first: int, last: int) -> None:
        _prefixes(*ranked, first, last, table, starts, np.empty(most, dtype=np.uint64), keys, sketch)

    shared_out(work, len(ranked.starts), FRAME, threads=threads)
    return keys


def _frequencies(sets: Sets) -> npt.NDArray[np.uint8]:
    """How often members stand in a sample of the sets, by the top bits of their number; 255 for that or more."""
    table = np.zeros(1 << _TABLE_BITS, dtype=np.uint8)
    _sample(*sets, max(1, int(sets.size.sum()) // _SAMPLE), table)
    return table


def _met(job: tuple[Any, ...], first: int, last: int, longest: int) -> Found:
    """The pairs whose larger set is ``first <= rank < last``."""
    pieces: list[Found] = []
    seen, table = np.full(len(job[1]), -1, dtype=np.int32), table_for(longest)
    a, b, similarity = np.empty(PAIRS, np.int64), np.empty(PAIRS, np.int64), np.empty(PAIRS)
    while first < last:
        until, found = _meet(*job, first, last, seen, *table, a, b, similarity)  # type: ignore[call-arg]
        pieces.append(Found(a[:found].copy(), b[:found].copy(), similarity[:found].copy()))
        if until < last:  # the buffers were full: the set that it stopped at is done again, in larger ones if need be
            seen[seen == until], table = -1, table_for(longest)
            size = len(a) * (1 if found else 2)
            a, b, similarity = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size)
        first = until
    return Found(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


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
    sketch: Any,
) -> None:
    """The prefix of each set, rarest first, into ``out[starts[rank]:]``, and the sketches; `best` is scratch."""
    shift = np.uint64(64 - _TABLE_BITS)
    for rank in range(first, last):
        wanted, have = starts[rank + 1] - starts[rank], 0
        low = high = np.uint64(0)
        for i in range(begins[rank], ends[rank]):
            value = values[i]
            bit = np.uint64(1) << ((value >> np.uint64(1)) & np.uint64(63))
            if value & np.uint64(128):
                high ^= bit
            else:
                low ^= bit
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
        sketch[rank, 0], sketch[rank, 1] = low, high
        for i in range(have):
            out[starts[rank] + i] = best[i]


@helper
def _bits(x: Any) -> Any:
    """How many bits are set."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@kernel
def _meet(
    values: Any,
    begins: Any,
    ends: Any,
    size: Any,
    blocks: Any,
    run_ends: Any,
    sketch: Any,
    ids: Any,
    list_starts: Any,
    entries: Any,
    starts: Any,
    low: Any,
    threshold: float,
    marked: float,
    first: int,
    last: int,
    seen: Any,
    slots: Any,
    owner: Any,
    a: Any,
    b: Any,
    similarity: Any,
) -> tuple[int, int]:
    """Pairs of sets ``first <= rank < last`` with smaller ones; how far it came before the buffers were full, and how many."""
    found = 0
    for rank in range(first, last):
        n, loaded, before, mine = size[rank], False, found, -1
        least = low[np.int64(np.ceil(threshold * n - SLACK))]
        room = np.uint64(max(0.0, threshold * n / (1.0 + threshold) * GRAIN))
        for i in range(starts[rank], starts[rank + 1]):
            if ids[i] < 0:
                continue
            largest = np.int64(np.floor((n - (i - starts[rank])) * (1.0 + threshold) / threshold + SLACK)) - n
            most = rank if largest >= n else low[largest + 1]
            end = list_starts[ids[i] + 1]
            at = first_from(entries, list_starts[ids[i]], end, least)
            while at < end:
                entry = entries[at]
                at += 1
                other = np.int64(entry >> np.uint64(32))
                if other >= most:
                    break
                if entry & np.uint64(0xFFFFFFFF) < room or seen[other] == rank:
                    continue
                if blocks[other] == blocks[rank]:
                    at = first_from(entries, at, end, run_ends[other])
                    continue
                seen[other] = rank
                need = np.int64(np.ceil(threshold / (1.0 + threshold) * (n + size[other]) - SLACK))
                apart = _bits(sketch[rank, 0] ^ sketch[other, 0]) + _bits(sketch[rank, 1] ^ sketch[other, 1])
                if apart > n + size[other] - 2 * need:
                    continue
                if not loaded:
                    loaded, mine = True, load(values, begins[rank], ends[rank], rank, slots, owner)
                shared, both, marks = shared_with(values, begins[other], ends[other], rank, need, slots, owner)
                if shared < 0 or (marked > 0 and not alike(both, marks, mine, marked)):
                    continue
                if found == len(a):
                    return rank, before
                a[found], b[found] = rank, other
                similarity[found] = shared / (n + size[other] - shared)
                found += 1
    return last, found
