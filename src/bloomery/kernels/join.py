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

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SLACK = 1e-9  # t·n is rounded: never ask for one member too many
_SAMPLE = 2_000_000  # members that the order is made from
_TABLE_BITS = 22
_PARTS = 16  # of the members, each with a hash table of its own
_GRAIN = 64.0  # places are kept in 64ths
_PAIRS = 1 << 20  # pairs that a buffer holds
_FRAME = 4_096  # sets that a thread takes at a time


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


_NONE = Found(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


class _Lists(NamedTuple):
    """Which sets stand in the list of a member of a prefix."""

    ids: npt.NDArray[np.int32]  # of each prefix member, set by set: its list, or -1
    starts: Ints  # of each list, and the end of the last one
    entries: U64  # the set's number (32 bits), and what its size and the member's place leave (32 bits)


def join(sets: Sets, threshold: float, *, marked: float = 0.0, blocks: Ints | None = None, threads: int = 1) -> Found:
    """All pairs with Jaccard similarity ≥ `threshold` (above 0, to 1).

    With `marked` (0 to 1) the marked members of a pair must be that similar by themselves; a set that has none is similar
    only to sets that have none. Sets of one block (a number for each) are not paired. An empty set is similar to nothing.
    """
    size = sets.size
    order = np.argsort(size, kind="stable") if blocks is None else np.lexsort((blocks, size))
    order = order[np.searchsorted(size[order], 1) :]
    ranked, longest = sets.take(order), int(size.max(initial=0))
    prefix = ranked.size - np.ceil(threshold * ranked.size - _SLACK).astype(np.int64) + 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(prefix)])
    sketch = np.empty((len(order), 2), dtype=np.uint64)
    lists = _lists(_keys(ranked, starts, sketch, threads), starts, ranked.size, threshold, threads)
    low = np.searchsorted(ranked.size, np.arange(longest + 2))  # first set of each size
    block = np.arange(len(order)) if blocks is None else blocks[order]
    job = (*ranked, ranked.size, block, _run_ends(ranked.size, block), sketch, *lists, starts, low, threshold, marked)
    found = shared_out(lambda first, last: _met(job, first, last, longest), len(order), _FRAME, threads=threads)
    a, b, similarity = (np.concatenate(column) for column in zip(_NONE, *found, strict=True))
    a, b = order[a], order[b]
    a, b = np.minimum(a, b), np.maximum(a, b)
    sorted_ = np.lexsort((b, a))
    return Found(a[sorted_], b[sorted_], similarity[sorted_])


def jaccard(sets: Sets, a: Ints, b: Ints) -> Floats:
    """The similarity of the pairs of sets (a[i], b[i]); 0 where both are empty."""
    out, longest = np.zeros(len(a)), int(sets.size[a].max(initial=0)) if len(a) else 0
    _jaccard(*sets, a, b, *_table(longest), out)
    return out


def _run_ends(size: Ints, block: Ints) -> Ints:
    """For each set where the run of sets of its size and block ends."""
    last = np.append((size[1:] != size[:-1]) | (block[1:] != block[:-1]), True)[: len(size)]
    ends = np.flatnonzero(last) + 1
    return np.repeat(ends, np.diff(ends, prepend=0))


def _table(longest: int) -> tuple[U64, Ints]:
    """A hash table for one set at a time: a slot is free where its owner is another set."""
    room = 1 << max(4, int(2 * longest).bit_length())
    return np.empty(room, dtype=np.uint64), np.full(room, -1, dtype=np.int64)


def _keys(ranked: Sets, starts: Ints, sketch: U64, threads: int) -> U64:
    """The prefix of each set, and its sketch into `sketch`."""
    keys, table = np.empty(int(starts[-1]), dtype=np.uint64), _frequencies(ranked)
    most = int(np.diff(starts).max(initial=0))

    def work(first: int, last: int) -> None:
        _prefixes(*ranked, first, last, table, starts, np.empty(most, dtype=np.uint64), keys, sketch)

    shared_out(work, len(ranked.starts), _FRAME, threads=threads)
    return keys


def _frequencies(sets: Sets) -> npt.NDArray[np.uint8]:
    """How often members stand in a sample of the sets, by the top bits of their number; 255 for that or more."""
    table = np.zeros(1 << _TABLE_BITS, dtype=np.uint8)
    _sample(*sets, max(1, int(sets.size.sum()) // _SAMPLE), table)
    return table


def _lists(keys: U64, starts: Ints, size: Ints, threshold: float, threads: int) -> _Lists:
    ids = np.empty(len(keys), dtype=np.int32)
    counts = shared_out(lambda part, _: _numbered(keys, part, ids), _PARTS, 1, threads=threads)
    first = np.concatenate([[0], np.cumsum([len(some) for some in counts])])
    list_starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.concatenate(counts))])
    entries = np.empty(int(list_starts[-1]), dtype=np.uint64)
    at = list_starts[:-1].copy()

    def fill(part: int, _: int) -> None:
        _fill(keys, part, int(first[part]), ids, starts, size, threshold, at, entries)

    shared_out(fill, _PARTS, 1, threads=threads)
    return _Lists(ids, list_starts, entries)


def _numbered(keys: U64, part: int, ids: npt.NDArray[np.int32]) -> Ints:
    """Numbers the lists of one part from 0 in `ids`, -1 for members of one set only; how long each list is."""
    room = 1 << max(4, int(2 * len(keys) / _PARTS).bit_length())
    while True:
        slots, counts = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.int32)
        if _count(keys, part, slots, counts, ids):
            lengths: Ints = _settle(keys, part, counts, ids)
            return lengths
        room *= 2


def _met(job: tuple[Any, ...], first: int, last: int, longest: int) -> Found:
    """The pairs whose larger set is ``first <= rank < last``."""
    pieces: list[Found] = []
    seen, table = np.full(len(job[1]), -1, dtype=np.int32), _table(longest)
    a, b, similarity = np.empty(_PAIRS, np.int64), np.empty(_PAIRS, np.int64), np.empty(_PAIRS)
    while first < last:
        until, found = _meet(*job, first, last, seen, *table, a, b, similarity)  # type: ignore[call-arg]
        pieces.append(Found(a[:found].copy(), b[:found].copy(), similarity[:found].copy()))
        if until < last:  # the buffers were full: the set that it stopped at is done again, in larger ones if need be
            seen[seen == until], table = -1, _table(longest)
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
                room = np.uint64((size[rank] / (1.0 + threshold) - (i - starts[rank])) * _GRAIN + 1.0)
                entries[at[ids[i]]] = np.uint64(rank) << np.uint64(32) | room
                at[ids[i]] += 1


@helper
def _bits(x: Any) -> Any:
    """How many bits are set."""
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@helper
def _first(entries: Any, at: Any, stop: Any, rank: Any) -> Any:
    """The first of ``entries[at:stop]`` whose set is `rank` or comes after it."""
    while at < stop:
        middle = (at + stop) >> 1
        if np.int64(entries[middle] >> np.uint64(32)) < rank:
            at = middle + 1
        else:
            stop = middle
    return at


@helper
def _alike(both: int, one: int, other: int, threshold: float) -> bool:
    """Whether the marked members, `one` and `other` of which `both` are common, are similar; so are no members at all."""
    if one == 0 or other == 0:
        return one == other
    return both / (one + other - both) >= threshold


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
        least = low[np.int64(np.ceil(threshold * n - _SLACK))]
        room = np.uint64(max(0.0, threshold * n / (1.0 + threshold) * _GRAIN))
        for i in range(starts[rank], starts[rank + 1]):
            if ids[i] < 0:
                continue
            largest = np.int64(np.floor((n - (i - starts[rank])) * (1.0 + threshold) / threshold + _SLACK)) - n
            most = rank if largest >= n else low[largest + 1]
            end = list_starts[ids[i] + 1]
            at = _first(entries, list_starts[ids[i]], end, least)
            while at < end:
                entry = entries[at]
                at += 1
                other = np.int64(entry >> np.uint64(32))
                if other >= most:
                    break
                if entry & np.uint64(0xFFFFFFFF) < room or seen[other] == rank:
                    continue
                if blocks[other] == blocks[rank]:
                    at = _first(entries, at, end, run_ends[other])
                    continue
                seen[other] = rank
                need = np.int64(np.ceil(threshold / (1.0 + threshold) * (n + size[other]) - _SLACK))
                apart = _bits(sketch[rank, 0] ^ sketch[other, 0]) + _bits(sketch[rank, 1] ^ sketch[other, 1])
                if apart > n + size[other] - 2 * need:
                    continue
                if not loaded:
                    loaded, mine = True, _load(values, begins[rank], ends[rank], rank, slots, owner)
                shared, both, marks = _shared(values, begins[other], ends[other], rank, need, slots, owner)
                if shared < 0 or (marked > 0 and not _alike(both, marks, mine, marked)):
                    continue
                if found == len(a):
                    return rank, before
                a[found], b[found] = rank, other
                similarity[found] = shared / (n + size[other] - shared)
                found += 1
    return last, found


@helper
def _load(values: Any, first: Any, last: Any, rank: int, slots: Any, owner: Any) -> Any:
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
def _shared(values: Any, first: Any, last: Any, rank: int, need: Any, slots: Any, owner: Any) -> tuple[Any, Any, Any]:
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
        _load(values, begins[a[i]], ends[a[i]], i, slots, owner)
        shared, _, _ = _shared(values, begins[b[i]], ends[b[i]], i, np.int64(0), slots, owner)
        whole = ends[a[i]] - begins[a[i]] + ends[b[i]] - begins[b[i]] - shared
        out[i] = shared / whole if whole else 0.0
