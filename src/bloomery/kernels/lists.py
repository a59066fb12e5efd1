"""Which sets share a key: lists, one a key, of the sets that have it.

Keys are scattered into `PARTS` parts by their lowest bits, so that the hash table of one part stays in the cache. Only as many
parts as `ROOM` holds are there at a time. What has one set only makes no list.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import kernel
from bloomery.kernels.prefetch import soon
from bloomery.kernels.threads import shared_out

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

PARTS = 256
_AHEAD = 16  # keys whose slots are fetched before they are looked at
ROOM = 1 << 22  # keys that are scattered at a time


class Part(NamedTuple):
    """Key k of a part belongs to a set (the high 32 bits of ``places[k]``), in which so many stand before it (the low ones)."""

    keys: U64
    places: U64  # ascending


def parts(keys: U64, starts: Ints, *, ordered: bool, threads: int) -> Iterator[list[Part]]:
    """The parts of the keys of sets, some at a time, each good until the next ones are asked for.

    Set i has the keys ``keys[starts[i]:starts[i + 1]]``.

    Where keys are not `ordered` none stands before another.
    """
    edges = np.linspace(0, len(starts) - 1, max(1, threads) + 1).astype(np.int64)
    frames = list(pairwise(edges.tolist()))
    counts = np.zeros((len(frames), PARTS), dtype=np.int64)
    shared_out(
        lambda k, _: _count(keys, starts[edges[k]], starts[edges[k + 1]], counts[k]), len(frames), 1, threads=threads
    )
    whole = counts.sum(axis=0)
    groups = list(_groups(whole))
    most = max(int(whole[first:last].sum()) for first, last in groups)
    found, places = np.empty((2, most), dtype=np.uint64)  # used again for each group
    for first, last in groups:
        begins = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(whole[first:last])])
        at = np.zeros((len(frames), PARTS), dtype=np.int64)
        at[:, first:last] = begins[:-1] + np.cumsum(counts[:, first:last], axis=0) - counts[:, first:last]

        job = (keys, starts, first, last, ordered, found, places)
        shared_out(lambda k, _, job=job, at=at: _scatter(*frames[k], at[k], *job), len(frames), 1, threads=threads)  # type: ignore[misc]
        yield [Part(found[i:j], places[i:j]) for i, j in pairwise(begins.tolist())]


def _groups(sizes: Ints) -> Iterator[tuple[int, int]]:
    """Runs of parts of about `ROOM` keys."""
    first, held = 0, 0
    for part, size in enumerate(sizes.tolist()):
        if held and held + size > ROOM:
            yield first, part
            first, held = part, 0
        held += size
    yield first, len(sizes)


class Lists(NamedTuple):
    """List i is ``entries[starts[i]:starts[i + 1]]``: places as in `Part`, ascending."""

    entries: U64
    starts: Ints


def lists(part: Part) -> Lists:
    """The lists of the keys in a part that two sets or more have."""
    room = 1 << max(4, int(2 * len(part.keys)).bit_length())
    slots, counts = np.zeros(room, dtype=np.uint64), np.zeros(room, dtype=np.int64)
    entries, starts = np.empty(len(part.keys), dtype=np.uint64), np.zeros(len(part.keys) // 2 + 1, dtype=np.int64)
    found = _lists(*part, slots, counts, np.empty(len(part.keys), dtype=np.int32), entries, starts)
    return Lists(entries[: starts[found]], starts[: found + 1])


@kernel
def _count(keys: Any, first: int, last: int, counts: Any) -> None:
    for i in range(first, last):
        counts[np.int64(keys[i] & np.uint64(PARTS - 1))] += 1


@kernel
def _scatter(
    begin: int,
    end: int,
    at: Any,
    keys: Any,
    starts: Any,
    first: int,
    last: int,
    ordered: bool,
    found: Any,
    places: Any,
) -> None:
    """The keys of the sets `begin` to `end` that are in parts `first` to `last`; ``at[part]`` is where the next one goes."""
    for rank in range(begin, end):
        place = np.uint64(rank) << np.uint64(32)
        for i in range(starts[rank], starts[rank + 1]):
            part = np.int64(keys[i] & np.uint64(PARTS - 1))
            if first <= part < last:
                found[at[part]], places[at[part]] = keys[i], place
                at[part] += 1
            place += np.uint64(ordered)


@kernel
def _lists(keys: Any, places: Any, slots: Any, counts: Any, of: Any, entries: Any, starts: Any) -> int:
    """`slots` and `counts` are a hash table; `of` is scratch: the slot of each key."""
    mask, found = len(slots) - 1, 0
    total: Any = 0
    for i in range(len(keys)):
        if i + _AHEAD < len(keys):
            ahead = np.int64((keys[i + _AHEAD] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
            soon(slots, ahead)
            soon(counts, ahead)
        key = keys[i]
        slot: Any = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
        while counts[slot] and slots[slot] != key:
            slot = (slot + 1) & mask
        slots[slot] = key
        counts[slot] += 1
        of[i] = slot
    for slot in range(len(slots)):
        if counts[slot] > 1:
            total += counts[slot]
            counts[slot] = starts[found]
            found += 1
            starts[found] = total
        else:
            counts[slot] = -1
    for i in range(len(keys)):
        if i + _AHEAD < len(keys):
            soon(counts, of[i + _AHEAD])
        to = counts[of[i]]
        if to >= 0:
            entries[to] = places[i]
            counts[of[i]] = to + 1
    return found
