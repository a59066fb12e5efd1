"""Which of many stored sets are similar to a few new ones, without looking at the rest.

The prefix filter of `bloomery.kernels.join` for two sides. The stored side is prepared once: the prefix of each set becomes
postings, one number each (32 bits of the member's hash, then the set's rank), sorted. They may lie on disk: a new set touches
only the postings of its own prefix, and of the stored sets only those that pass the size, the place and the sketch.

- *Order.* Members by how often they stand in a sample of the stored sets, then by their number. The order is stored with the
  postings, since both sides must use the same one.
- *Rank.* Stored sets are ranked by size and block, so the sizes that can be similar are a range of ranks, and the sets of a
  block are passed over in one step.
- *Candidates only.* Two members may share a hash. Whoever asks counts out each candidate (`verified`).

Stored numbers may come from a damaged file: ranks are checked where they are used.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.bits import bits
from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.prefix import COUNT, EVEN, ODD, prefixes, rarity
from bloomery.kernels.sets import NONE, SLACK, Found, Sets, alike, load, shared_with, table_for
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_TOP_BITS = 16
_FRAME = 1_024  # sets that a thread takes at a time
_PAIRS = 1 << 18  # candidates that are counted out together


class Postings(NamedTuple):
    """Stored sets, by rank: ascending in size, then in block."""

    order: Ints  # the number of the set of each rank
    size: Ints
    block: U64
    run_ends: Ints  # rank at which the sets of this size and block end
    sketch: U64  # 128-bit parity, two numbers a set
    low: Ints  # first rank of each size from 0 on
    often: npt.NDArray[np.uint8]  # how often members stand in a sample, by the top bits of their number
    entries: U64  # 32 bits of a member's hash, 32 bits of rank; ascending
    top: Ints  # where the entries of each value of the top 16 bits begin


def postings(sets: Sets, block: U64, threshold: float, *, threads: int) -> Postings:
    """The postings of the sets that have members, for searches at `threshold` or above."""
    order = np.lexsort((block, sets.size))
    order = order[np.searchsorted(sets.size[order], 1) :]
    ranked, block = sets.take(order), block[order]
    size = ranked.size
    often = rarity(ranked)
    keys, _, sketch = _prefixes(ranked, threshold, often, threads)
    entries = np.sort(keys)
    tops = np.arange(1, (1 << _TOP_BITS), dtype=np.uint64) << np.uint64(64 - _TOP_BITS)
    top = np.concatenate([[0], np.searchsorted(entries, tops), [len(entries)]]).astype(np.int64)
    low = np.searchsorted(size, np.arange(int(size.max(initial=0)) + 2)).astype(np.int64)
    return Postings(order, size, block, _run_ends(size, block), sketch.ravel(), low, often, entries, top)


def sound(stored: Postings, sets: int) -> bool:
    """Whether the parts fit one another, so that no search can leave them; `sets` are numbered from 0."""
    rows = len(stored.order)
    lengths = {len(part) for part in (stored.size, stored.block, stored.run_ends)} == {rows}
    tables = len(stored.top) == (1 << _TOP_BITS) + 1 and len(stored.often) == 1 << (len(stored.often).bit_length() - 1)
    if not (lengths and tables and len(stored.sketch) == 2 * rows and len(stored.low) > 1 and rows <= sets):
        return False
    if rows and not 0 <= int(stored.order.min()) <= int(stored.order.max()) < sets:
        return False
    return all(
        part[0] == 0 and part[-1] == last and bool((np.diff(part) >= 0).all())
        for part, last in ((stored.low, rows), (stored.top, len(stored.entries)))
    )


def search(
    stored: Postings,
    new: Sets,
    verify: Callable[[Ints, Ints], Floats],
    threshold: float,
    *,
    blocks: U64 | None = None,
    threads: int = 1,
) -> Found:
    """The pairs (new set, number of a stored set) for which ``verify(a, b)`` gives 0 or more, and what it gave.

    `verify` sees all pairs with Jaccard similarity ≥ `threshold`, and others; those of one block it does not see, if `blocks`
    has one for each new set. Called from several threads, with pairs in order of a.
    """
    keys, starts, sketch = _prefixes(new, threshold, stored.often, threads)
    blocked = blocks is not None
    own = blocks if blocks is not None else np.zeros(len(starts), dtype=np.uint64)
    job = (starts, keys, new.size, own, sketch.ravel(), *stored[1:6], *stored[7:], threshold, blocked)

    def work(first: int, last: int) -> Found:
        return _searched(job, first, last, stored.order, verify)

    pieces = shared_out(work, len(new.starts), _FRAME, threads=threads)
    return Found(*(np.concatenate(column) for column in zip(NONE, *pieces, strict=True)))


def verified(one: Sets, other: Sets, a: Ints, b: Ints, threshold: float, marked: float) -> Floats:
    """The similarity of the sets one[a[i]] and other[b[i]], -1 where it, or that of the marked members, is too low.

    Pairs are in order of a. With `marked` at 0 marks do not count.
    """
    out = np.empty(len(a))
    longest = int(one.size[a].max(initial=0)) if len(a) else 0
    _verified(*one, *other, a, b, threshold, marked, *table_for(longest), out)
    return out


def _run_ends(size: Ints, block: U64) -> Ints:
    """For each set where the run of sets of its size and block ends."""
    last = np.append((size[1:] != size[:-1]) | (block[1:] != block[:-1]), True)[: len(size)]
    ends = np.flatnonzero(last) + 1
    return np.repeat(ends, np.diff(ends, prepend=0))


def _prefixes(sets: Sets, threshold: float, often: npt.NDArray[np.uint8], threads: int) -> tuple[U64, Ints, U64]:
    """The prefix of each set as entries, where each begins, and the sketches."""
    length = np.minimum(sets.size - np.ceil(threshold * sets.size - SLACK).astype(np.int64) + 1, sets.size)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(length)])
    known = np.zeros((len(length), COUNT + 1), dtype=np.uint64)
    keys = prefixes(sets, starts, often, known, threads)
    keys ^= keys >> np.uint64(29)
    keys *= np.uint64(0x9E3779B97F4A7C15)
    keys &= ~np.uint64(0xFFFFFFFF)
    keys |= np.repeat(np.arange(len(length), dtype=np.uint64), length)
    return keys, starts, np.ascontiguousarray(known[:, [EVEN, ODD]])


def _searched(
    job: tuple[Any, ...], first: int, last: int, order: Ints, verify: Callable[[Ints, Ints], Floats]
) -> Found:
    """The pairs of the new sets ``first <= a < last``, a buffer of candidates at a time."""
    pieces: list[Found] = [NONE]
    seen = np.full(len(order), -1, dtype=np.int64)
    a, b = np.empty(_PAIRS, dtype=np.int64), np.empty(_PAIRS, dtype=np.int64)
    while first < last:
        until, found = _candidates(*job, first, last, seen, a, b)  # type: ignore[call-arg]
        numbers = np.asarray(order[b[:found]])
        similarity = verify(a[:found], numbers)
        good = similarity >= 0
        pieces.append(Found(a[:found][good], numbers[good], similarity[good]))
        if until < last:  # the buffer was full: the set that it stopped at is done again, in a larger one if need be
            seen[seen == until] = -1
            if not found:
                a, b = np.empty(2 * len(a), dtype=np.int64), np.empty(2 * len(b), dtype=np.int64)
        first = until
    return Found(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


@helper
def _from(entries: Any, at: Any, stop: Any, wanted: Any) -> Any:
    """The first of ``entries[at:stop]`` that is `wanted` or more."""
    while at < stop:
        middle = (at + stop) >> 1
        if entries[middle] < wanted:
            at = middle + 1
        else:
            stop = middle
    return at


@kernel
def _candidates(
    starts: Any,
    keys: Any,
    size: Any,
    block: Any,
    sketch: Any,
    sizes: Any,
    blocks: Any,
    run_ends: Any,
    sketches: Any,
    low: Any,
    entries: Any,
    top: Any,
    threshold: float,
    blocked: bool,
    first: int,
    last: int,
    seen: Any,
    a: Any,
    b: Any,
) -> tuple[int, int]:
    """Candidates of the new sets ``first <= rank < last``; how far it came before the buffers were full, and how many."""
    found, longest = 0, len(low) - 2
    for rank in range(first, last):
        n, before = size[rank], found
        least = np.int64(np.ceil(threshold * n - SLACK))
        if least > longest:
            continue
        for i in range(starts[rank], starts[rank + 1]):
            room = np.int64(np.floor((n - (i - starts[rank])) * (1.0 + threshold) / threshold + SLACK)) - n
            if room < least:
                break
            head = keys[i] >> np.uint64(32) << np.uint64(32)
            slot = np.int64(keys[i] >> np.uint64(48))
            end, stop = top[slot + 1], head | np.uint64(low[min(room, longest) + 1])
            at = _from(entries, top[slot], end, head | np.uint64(low[least]))
            while at < end and entries[at] < stop:
                other = np.int64(entries[at] & np.uint64(0xFFFFFFFF))
                at += 1
                if other >= len(sizes) or seen[other] == rank:
                    continue
                if blocked and blocks[other] == block[rank]:
                    at = _from(entries, at, end, head | np.uint64(run_ends[other]))
                    continue
                seen[other] = rank
                need = np.int64(np.ceil(threshold / (1.0 + threshold) * (n + sizes[other]) - SLACK))
                apart = np.int64(bits(sketch[2 * rank] ^ sketches[2 * other]))
                apart += np.int64(bits(sketch[2 * rank + 1] ^ sketches[2 * other + 1]))
                if apart > n + sizes[other] - 2 * need:
                    continue
                if found == len(a):
                    return rank, before
                a[found], b[found] = rank, other
                found += 1
    return last, found


@kernel
def _verified(
    values: Any,
    begins: Any,
    ends: Any,
    others: Any,
    other_begins: Any,
    other_ends: Any,
    a: Any,
    b: Any,
    threshold: float,
    marked: float,
    slots: Any,
    owner: Any,
    out: Any,
) -> None:
    stamp, mine = -1, 0
    for i in range(len(a)):
        x, y = a[i], b[i]
        if i == 0 or x != a[i - 1]:
            stamp, mine = i, load(values, begins[x], ends[x], i, slots, owner)
        n, m = ends[x] - begins[x], other_ends[y] - other_begins[y]
        need = np.int64(np.ceil(threshold / (1.0 + threshold) * (n + m) - SLACK))
        shared, both, marks = shared_with(others, other_begins[y], other_ends[y], stamp, need, slots, owner)
        good = shared >= 0 and (marked == 0 or alike(both, marks, mine, marked))
        out[i] = shared / (n + m - shared) if good else -1.0
