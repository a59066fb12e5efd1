"""Pairs of sets that share a key and may be similar enough, and the count of what they share.

Sets are numbered by size. In each list of sets that share a key, each set meets the smaller ones before it:

1. *Size and place.* A set of n members, in which the key comes behind j others, can share n − j with another at most; sets of n
   and m members must share t/(1+t)·(n+m) (the positional filter of Xiao et al. 2008, "PPJoin"). A pair that is passed over
   because of that meets in the list of the first key they share, or is not similar. Keys without an order have j = 0.
2. *Blocks.* Sets of one block are not paired. Those of one block and size follow each other and are passed over in one step.
3. *Once.* Two sets with the same key before this one have met in its list, and so have those with any earlier key in common.
4. *Sketches.* Parities of each set, of 128 bits for all members and of 64 for the marked ones: two sets that differ in d
   members differ in at most d bits.
5. *Verification.* What is left is sorted, and common members are counted on the sets themselves, up to where too few are left.

*Crowds.* Sets that all resemble one another are n²/2 pairs. Asked to, a list gives up as soon as it has more than `most` pairs
a set; its sets are a crowd, and no pair of two sets that are in crowds is told. Who asked looks these up
(`bloomery.kernels.hubs`). What is a crowd depends on the sets only.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.bits import bits
from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.lists import Lists, lists, parts
from bloomery.kernels.prefetch import soon
from bloomery.kernels.prefix import COUNT, EVEN, MARKED, ODD
from bloomery.kernels.sets import NONE, SLACK, Found, Sets, alike, load, shared_with, table_for
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PAIRS = 1 << 16  # that a buffer holds at first
_HELD = 1 << 22  # pairs that are put together
_FRAME = 1 << 14  # pairs that a thread verifies at a time
_CROWDED = 1 << 22  # pairs that no list may have where crowds are wanted


class Ranked(NamedTuple):
    """Sets by size, then by block."""

    of: int  # sets, empty ones included
    order: Ints  # which set has each rank
    sets: Sets  # in that order
    block: Ints  # in that order


def ranked(sets: Sets, blocks: Ints | None) -> Ranked:
    """The sets that are not empty, ranked; without `blocks` each is a block of its own."""
    size = sets.size
    order = np.argsort(size, kind="stable") if blocks is None else np.lexsort((blocks, size))
    order = order[np.searchsorted(size[order], 1) :]
    return Ranked(len(size), order, sets.take(order), np.arange(len(order)) if blocks is None else blocks[order])


class Keys(NamedTuple):
    """By what sets meet: rank r has the keys ``values[starts[r]:starts[r + 1]]``."""

    values: U64
    starts: Ints
    ordered: bool  # keys stand for members, in an order that all sets use


#: columns of what is known of a rank, behind those of `bloomery.kernels.prefix`
SIZE, OWN = 4, 5


def known_of(sets: Sets, block: Ints) -> U64:
    """What is known of each set, without the sketches, which are for those to fill in who read all members."""
    known = np.zeros((len(block), 6), dtype=np.uint64)
    known[:, SIZE], known[:, OWN] = sets.size, block
    return known


class Met(NamedTuple):
    """What came of it."""

    found: Found
    crowd: npt.NDArray[np.bool_]  # sets of which it is not told which others of them are similar


def meet(
    ranks: Ranked, keys: Keys, known: U64, threshold: float, *, marked: float, most: int | None, threads: int
) -> Met:
    """Pairs of sets that share one of their keys, and are similar; without `most` there are no crowds."""
    job = _Job(ranks, keys, known, threshold, marked, most)
    pieces, held = [NONE], [np.zeros(0, dtype=np.uint64)]
    for some in parts(keys.values, keys.starts, ordered=keys.ordered, threads=threads):
        held += shared_out(lambda k, _, some=some: job.pairs(lists(some[k])), len(some), 1, threads=threads)  # type: ignore[misc]
        if sum(map(len, held)) > _HELD:
            pieces.append(job.verified(np.concatenate(held), threads))
            held = [np.zeros(0, dtype=np.uint64)]
    pieces.append(job.verified(np.concatenate(held), threads))
    a, b, similarity = (np.concatenate(column) for column in zip(*pieces, strict=True))
    if job.crowd.any():
        told = np.flatnonzero(~(job.crowd[a] & job.crowd[b]))
        a, b, similarity = a[told], b[told], similarity[told]
    a, b = ranks.order[a], ranks.order[b]
    a, b = np.minimum(a, b), np.maximum(a, b)
    sorted_ = np.lexsort((b, a))
    a, b, similarity = a[sorted_], b[sorted_], similarity[sorted_]
    new = np.append(True, (a[1:] != a[:-1]) | (b[1:] != b[:-1]))[: len(a)]  # keys without an order may have met twice
    crowd = np.zeros(ranks.of, dtype=np.bool_)
    crowd[ranks.order[job.crowd]] = True
    return Met(Found(a[new], b[new], similarity[new]), crowd)


def verified(sets: Sets, one: Ints, other: Ints, threshold: float, *, marked: float, threads: int) -> Floats:
    """The similarity of each pair, 0 where it is less than asked for; fast where pairs with the same `one` follow each other."""
    similarity, longest = np.zeros(len(one)), int(sets.size.max(initial=0))

    def verify(first: int, last: int) -> None:
        pair = slice(first, last)
        job: tuple[Any, ...] = (one[pair], other[pair], threshold, marked, *table_for(longest))
        _verify(*sets, *job, similarity[pair])  # type: ignore[call-arg]

    shared_out(verify, len(one), _FRAME, threads=threads)
    return similarity


class _Job:
    """What is known of each rank."""

    def __init__(
        self, ranks: Ranked, keys: Keys, known: U64, threshold: float, marked: float, most: int | None
    ) -> None:
        self.sets, self.known, size = ranks.sets, known, ranks.sets.size
        self.low = np.searchsorted(size, np.arange(int(size.max(initial=0)) + 2))  # first rank of each size
        self.keys, self.threshold, self.marked, self.most = keys, threshold, marked, most
        self.crowd = np.zeros(len(known), dtype=np.bool_)

    def pairs(self, found: Lists) -> U64:
        """The pairs of ranks (the larger one in the high 32 bits) that meet in these lists and may be similar."""
        longest = int(np.diff(found.starts).max(initial=0))
        local, room, out = np.empty((longest, 8), np.uint64), np.empty(longest), np.empty(_PAIRS, np.uint64)
        tally = np.zeros(1, dtype=np.int64)  # in memory: as a number of the loop it costs a third more time
        pieces, at = [], 0
        limits = (np.iinfo(np.int64).max, 0) if self.most is None else (_CROWDED, self.most)
        job: tuple[Any, ...] = (self.known, self.low, *self.keys, self.threshold, self.marked, *limits, self.crowd)
        while at < len(found.starts) - 1:
            at, count = _meet(*found, at, *job, tally, local, room, out)  # type: ignore[call-arg]
            pieces.append(out[:count].copy())
            if not count:  # not even one list fits
                out = np.empty(4 * len(out), dtype=np.uint64)
        return np.concatenate([np.zeros(0, dtype=np.uint64), *pieces])

    def verified(self, pairs: U64, threads: int) -> Found:
        """Those of the pairs that are similar, as ranks."""
        pairs.sort()
        larger, smaller = (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)
        if self.crowd.any():
            told = ~(self.crowd[larger] & self.crowd[smaller])
            larger, smaller = larger[told], smaller[told]
        similarity = verified(self.sets, larger, smaller, self.threshold, marked=self.marked, threads=threads)
        reached = similarity > 0
        return Found(larger[reached], smaller[reached], similarity[reached])


#: columns of what is at hand of the sets of a list: rank, parities, marked members, block, where its run of sets of one block
#: and size ends, the key before, where the run of sets with the same key before ends
_RANK, _LOW, _HIGH, _MARKS, _BLOCK, _BLOCK_END, _BEFORE, _BEFORE_END = range(8)
_LONG = 16  # sets of a list from which the keys before are looked at
_NO_KEY = np.uint64(0xFFFFFFFFFFFFFFFF)
_FAR, _NEAR = 32, 16  # entries ahead: first what is known of a set and where its keys are, then the keys


@helper
def _fetch(entries: Any, i: Any, flat: Any, keys: Any, starts: Any) -> None:
    """What is known of sets that stand further on, in this list or a later one: these reads are what a list waits for."""
    if i + _FAR < len(entries):
        width = len(flat) // (len(starts) - 1)
        rank = np.int64(entries[i + _FAR] >> np.uint64(32))
        soon(starts, rank)
        soon(flat, width * rank)
        soon(flat, width * rank + width - 1)
        rank = np.int64(entries[i + _NEAR] >> np.uint64(32))
        soon(keys, starts[rank] + np.int64(entries[i + _NEAR] & np.uint64(0xFFFFFFFF)))


@helper
def _gather(
    entries: Any,
    first: Any,
    last: Any,
    known: Any,
    flat: Any,
    keys: Any,
    starts: Any,
    threshold: float,
    local: Any,
    room: Any,
) -> Any:
    """Into `local` the sets that can be the smaller one of a pair; how many these are."""
    count = np.int64(0)
    for i in range(first, last):
        _fetch(entries, i, flat, keys, starts)
        rank, j = np.int64(entries[i] >> np.uint64(32)), np.int64(entries[i] & np.uint64(0xFFFFFFFF))
        size = np.float64(known[rank, SIZE])
        room[count] = size / (1.0 + threshold) - j + SLACK
        if room[count] >= size * threshold / (1.0 + threshold):
            local[count, _RANK], local[count, _LOW], local[count, _HIGH] = (
                np.uint64(rank),
                known[rank, EVEN],
                known[rank, ODD],
            )
            local[count, _MARKS], local[count, _BLOCK] = known[rank, MARKED], known[rank, OWN]
            local[count, _BEFORE] = keys[starts[rank] + j - 1] if j > 0 and last - first >= _LONG else _NO_KEY
            count += 1
    end: Any = count
    before: Any = count
    for i in range(count - 2, -1, -1):
        one, other = np.int64(local[i, _RANK]), np.int64(local[i + 1, _RANK])
        if local[i, _BLOCK] != local[i + 1, _BLOCK] or known[one, SIZE] != known[other, SIZE]:
            local[i + 1, _BLOCK_END], end = np.uint64(end), i + 1
        else:
            local[i + 1, _BLOCK_END] = np.uint64(end)
        local[i + 1, _BEFORE_END] = np.uint64(before)
        if local[i, _BEFORE] != local[i + 1, _BEFORE]:
            before = i + 1
    if count:
        local[0, _BLOCK_END], local[0, _BEFORE_END] = np.uint64(end), np.uint64(before)
    return count


@helper
def _met_before(keys: Any, a: Any, a_end: Any, b: Any, b_end: Any) -> bool:
    """Whether two ascending runs of keys have one in common."""
    if a < a_end and b < b_end and keys[a_end - 1] == keys[b_end - 1]:
        return True
    while a < a_end and b < b_end:
        if keys[a] == keys[b]:
            return True
        if keys[a] < keys[b]:
            a += 1
        else:
            b += 1
    return False


@helper
def _place_in(keys: Any, first: Any, last: Any, key: Any) -> Any:
    """Where the key stands."""
    while first < last and keys[first] != key:
        first += 1
    return first


@helper
def _crowded(entries: Any, first: Any, last: Any, crowd: Any, least: Any) -> bool:
    """Whether all sets of a list, if it has more than `least`, are known to be in crowds: it has nothing to tell."""
    if last - first <= least:
        return False
    while first < last and crowd[np.int64(entries[first] >> np.uint64(32))]:
        first += 1
    return bool(first == last)


@kernel
def _meet(
    entries: Any,
    list_starts: Any,
    at: int,
    known: Any,
    low: Any,
    keys: Any,
    starts: Any,
    ordered: bool,
    threshold: float,
    marked: float,
    most_pairs: int,
    most_each: int,
    crowd: Any,
    tally: Any,
    local: Any,
    room: Any,
    out: Any,
) -> tuple[int, int]:
    """Pairs from the lists `at` and on; up to which list it came before `out` was full, and how many pairs there are.

    A list with more than `most_pairs`, or than `most_each` a set if that is not 0, that may be similar is a crowd.
    """
    flat = known.ravel()
    share, apart, count = threshold / (1.0 + threshold), 1.0 - 2.0 * marked / (1.0 + marked), 0
    for k in range(at, len(list_starts) - 1):
        if most_each and _crowded(entries, list_starts[k], list_starts[k + 1], crowd, 2 * most_each):
            continue
        before, first, tally[0] = count, 0, 0
        most = min(most_pairs, most_each * (list_starts[k + 1] - list_starts[k])) if most_each else most_pairs
        smaller = _gather(
            entries, list_starts[k], list_starts[k + 1], known, flat, keys, starts, threshold, local, room
        )
        for entry in range(list_starts[k] + 1, list_starts[k + 1]):
            if tally[0] > most:
                break
            rank, j = np.int64(entries[entry] >> np.uint64(32)), np.int64(entries[entry] & np.uint64(0xFFFFFFFF))
            place, n, block, marks = (
                starts[rank] + j,
                np.float64(known[rank, SIZE]),
                known[rank, OWN],
                known[rank, COUNT],
            )
            least = np.uint64(low[np.int64(np.ceil(threshold * n - SLACK))])
            while first < smaller and local[first, _RANK] < least:
                first += 1
            largest = np.int64(np.floor((n - j) / share - n + SLACK))
            until = np.uint64(rank if largest >= n else low[max(0, largest + 1)])
            need, limit = share * n, np.uint64(np.floor(2.0 * n * (1.0 - 2.0 * share) + SLACK))
            key = keys[place - 1] if j > 0 and ordered else _NO_KEY - np.uint64(1)
            a, b, c = known[rank, EVEN], known[rank, ODD], known[rank, MARKED]
            i: Any = first
            while i < smaller and local[i, _RANK] < until:
                if local[i, _BLOCK] == block:
                    i = np.int64(local[i, _BLOCK_END])
                elif local[i, _BEFORE] == key:
                    i = np.int64(local[i, _BEFORE_END])
                else:
                    if room[i] >= need and bits(local[i, _LOW] ^ a) + bits(local[i, _HIGH] ^ b) <= limit:
                        other = np.int64(local[i, _RANK])
                        differ = np.float64(bits(local[i, _MARKS] ^ c))
                        if differ <= apart * np.float64(marks + known[other, COUNT]) + SLACK:
                            begin = starts[other]
                            tally[0] += 1
                            stop = _place_in(keys, begin, starts[other + 1], keys[place]) if ordered else begin
                            if not _met_before(keys, begin, stop, starts[rank], place if ordered else starts[rank]):
                                if count == len(out):
                                    return k, before
                                out[count] = np.uint64(rank) << np.uint64(32) | np.uint64(other)
                                count += 1
                    i += 1
        if tally[0] > most:
            count = before
            for entry in range(list_starts[k], list_starts[k + 1]):
                crowd[np.int64(entries[entry] >> np.uint64(32))] = True
    return len(list_starts) - 1, count


@kernel
def _verify(
    values: Any,
    begins: Any,
    ends: Any,
    larger: Any,
    smaller: Any,
    threshold: float,
    marked: float,
    slots: Any,
    owner: Any,
    similarity: Any,
) -> None:
    """The similarity of each pair; 0 where it is less than asked for. Pairs with the same larger set follow each other."""
    last, mine = -1, -1
    for k in range(len(larger)):
        rank, other = larger[k], smaller[k]
        if rank != last:
            last, mine = rank, load(values, begins[rank], ends[rank], rank, slots, owner)
        both_sizes = ends[rank] - begins[rank] + ends[other] - begins[other]
        need = np.int64(np.ceil(threshold / (1.0 + threshold) * both_sizes - SLACK))
        shared, both, marks = shared_with(values, begins[other], ends[other], rank, need, slots, owner)
        if shared >= 0 and (marked <= 0 or alike(both, marks, mine, marked)):
            similarity[k] = shared / (both_sizes - shared)
