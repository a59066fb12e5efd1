"""Pairs of a few chosen sets, the hubs, with many others: for crowds, where all pairs would be too many.

The filters are those of `bloomery.kernels.meet`: size and place, blocks, sketches, then counting out. The keys of the hubs are in
one table, in which each other set looks up its own.

*Salts.* A caller who knows that some pairs cannot count gives each set numbers under which it is written down (`posts`) and under
which it looks (`asks`). Sets meet only where a post of the hub is one of the other's asks.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.bits import bits
from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.meet import OWN, SIZE, Keys
from bloomery.kernels.prefix import COUNT, EVEN, MARKED, ODD
from bloomery.kernels.sets import SLACK
from bloomery.kernels.slots import place_of, stored
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_FRAME = 4_096  # sets that a thread looks up at a time
_PAIRS = 1 << 16  # that a buffer holds at first


class Ragged(NamedTuple):
    """Row i has ``values[starts[i]:starts[i + 1]]``."""

    values: U64
    starts: Ints


class Salts(NamedTuple):
    """Of each set; see above."""

    posts: Ragged
    asks: Ragged


def unsalted(sets: int) -> Salts:
    """All sets may meet."""
    one = Ragged(np.ones(sets, dtype=np.uint64), np.arange(sets + 1))
    return Salts(one, one)


class Indexed(NamedTuple):
    """Sets that are not empty, ready to be looked up."""

    keys: Keys
    known: U64
    salts: Salts


class Candidates(NamedTuple):
    """Pairs that may be similar, in order of `other`."""

    other: Ints
    hub: Ints


def candidates(
    of: Indexed, hubs: Ints, others: Ints, threshold: float, *, marked: float, most: int, threads: int
) -> Candidates | None:
    """Pairs that share a key and may be similar, a pair of two hubs once; None if they are more than `most`."""
    order = hubs[np.argsort(of.known[hubs, OWN], kind="stable")]
    table = _table(of, order)
    of_hub = np.zeros(len(of.known), dtype=np.bool_)
    of_hub[order] = True
    frame = max(_FRAME, len(hubs))  # what a frame remembers of the hubs is made anew for each
    pieces, count, step = [], 0, frame * max(1, threads)
    for first in range(0, len(others), step):
        some = others[first : first + step]
        job = (of.keys, of.known, of.salts.asks, table, of_hub, threshold, marked, most - count)
        found = shared_out(lambda i, j, some=some, job=job: _asked(some[i:j], *job), len(some), frame, threads=threads)  # type: ignore[misc]
        pieces += found
        count += sum(map(len, found))
        if count > most:
            return None
    pairs = np.concatenate([np.zeros(0, dtype=np.uint64), *pieces])
    return Candidates(
        (pairs >> np.uint64(32)).astype(np.int64), order[(pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)]
    )


class _Table(NamedTuple):
    slots: U64
    bits: npt.NDArray[np.uint8]
    list_of: Ints  # the list of the key in each slot
    starts: Ints  # of each list
    row: Ints  # of each hub
    hub: Ints
    before: Ints  # keys of the hub before this one
    block_end: Ints  # where the hubs of its block end in the list


def _table(of: Indexed, hubs: Ints) -> _Table:
    """Who of the hubs, which are in order of their blocks, has which key."""
    posts, keys = of.salts.posts, of.keys
    many = (keys.starts[hubs + 1] - keys.starts[hubs]) * (posts.starts[hubs + 1] - posts.starts[hubs])
    key, place = np.empty((2, int(many.sum())), dtype=np.uint64)
    _post(hubs, keys.values, keys.starts, *posts, key, place)
    order = np.argsort(key, kind="stable")
    key, hub, before = (
        key[order],
        (place >> np.uint64(32)).astype(np.int64)[order],
        place[order] & np.uint64(0xFFFFFFFF),
    )
    new = np.append(True, key[1:] != key[:-1])[: len(key)]
    block = of.known[hubs[hub], OWN]
    ends = np.flatnonzero(np.append(new[1:] | (block[1:] != block[:-1]), True)[: len(key)]) + 1
    slots, bits_, place_ = stored(key[new])
    list_of = np.zeros(len(slots), dtype=np.int64)
    list_of[place_] = np.arange(len(place_))
    starts = np.append(np.flatnonzero(new), len(key))
    block_end = np.repeat(ends, np.diff(ends, prepend=0))
    return _Table(slots, bits_, list_of, starts, hubs, hub, before.astype(np.int64), block_end)


def _asked(
    others: Ints,
    keys: Keys,
    known: U64,
    asks: Ragged,
    table: _Table,
    of_hub: npt.NDArray[np.bool_],
    threshold: float,
    marked: float,
    most: int,
) -> U64:
    """The pairs of some others, other in the high 32 bits; perhaps not all of them if they are more than `most`."""
    seen, out = np.full(len(table.row), -1, dtype=np.int64), np.empty(_PAIRS, dtype=np.uint64)
    pieces, at, total = [np.zeros(0, dtype=np.uint64)], 0, 0
    while at < len(others) and total <= most:
        until, count = _ask(others, at, *keys, known, *asks, *table, of_hub, threshold, marked, seen, out)
        pieces.append(out[:count].copy())
        total += count
        if until < len(others):
            seen[seen == others[until]] = -1  # the buffer was full: this one is done again
            if not count:
                out = np.empty(4 * len(out), dtype=np.uint64)
        at = until
    return np.concatenate(pieces)


@helper
def _salted(key: Any, salt: Any) -> Any:
    """A key without a lowest bit for the table."""
    z = (key ^ salt) * np.uint64(0xBF58476D1CE4E5B9)
    return ((z ^ (z >> np.uint64(29))) * np.uint64(0x94D049BB133111EB)) & ~np.uint64(1)


@kernel
def _post(hubs: Any, keys: Any, starts: Any, posts: Any, post_starts: Any, out: Any, places: Any) -> None:
    at = 0
    for hub in range(len(hubs)):
        row = hubs[hub]
        for i in range(starts[row], starts[row + 1]):
            for p in range(post_starts[row], post_starts[row + 1]):
                out[at] = _salted(keys[i], posts[p])
                places[at] = np.uint64(hub) << np.uint64(32) | np.uint64(i - starts[row])
                at += 1


@kernel
def _ask(
    others: Any,
    at: int,
    keys: Any,
    starts: Any,
    ordered: bool,
    known: Any,
    asks: Any,
    ask_starts: Any,
    slots: Any,
    filter_: Any,
    list_of: Any,
    list_starts: Any,
    rows: Any,
    hubs: Any,
    before: Any,
    block_end: Any,
    of_hub: Any,
    threshold: float,
    marked: float,
    seen: Any,
    out: Any,
) -> tuple[int, int]:
    """Pairs of the others `at` and on; at which one `out` was full, and how many there are."""
    share, apart, count = threshold / (1.0 + threshold), 1.0 - 2.0 * marked / (1.0 + marked), 0
    for k in range(at, len(others)):
        row, old = others[k], count
        n, block, marks = np.float64(known[row, SIZE]), known[row, OWN], known[row, COUNT]
        even, odd, mark = known[row, EVEN], known[row, ODD], known[row, MARKED]
        for i in range(starts[row], starts[row + 1]):
            mine = np.float64(n - (i - starts[row] if ordered else 0))
            for q in range(ask_starts[row], ask_starts[row + 1]):
                slot = place_of(_salted(keys[i], asks[q]), slots, filter_)
                if slot < 0:
                    continue
                entry: Any = list_starts[list_of[slot]]
                end = list_starts[list_of[slot] + 1]
                while entry < end:
                    hub, other = hubs[entry], rows[hubs[entry]]
                    if known[other, OWN] == block:
                        entry = block_end[entry]
                        continue
                    m = np.float64(known[other, SIZE])
                    place = np.float64(before[entry] if ordered else 0)
                    entry += 1
                    if seen[hub] == row or (of_hub[row] and other >= row):
                        continue
                    if min(n, m) < threshold * max(n, m) - SLACK or min(mine, m - place) < share * (n + m) - SLACK:
                        continue
                    seen[hub] = row
                    differ = np.float64(bits(known[other, EVEN] ^ even) + bits(known[other, ODD] ^ odd))
                    if differ > (n + m) * (1.0 - 2.0 * share) + SLACK:
                        continue
                    differ = np.float64(bits(known[other, MARKED] ^ mark))
                    if differ > apart * np.float64(marks + known[other, COUNT]) + SLACK:
                        continue
                    if count == len(out):
                        return k, old
                    out[count] = np.uint64(row) << np.uint64(32) | np.uint64(hub)
                    count += 1
    return len(others), count
