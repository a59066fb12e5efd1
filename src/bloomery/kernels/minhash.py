"""Likely similar sets by MinHash, each pair then counted out: none is made up, some are missed.

1. *Signature.* For each of `PERMUTATIONS` permutations of the 32-bit numbers, x → a·x + b with an odd a, the least member of
   the set. Two sets have the same least member with a chance of their Jaccard similarity J (Broder 1997).
2. *Bands.* A signature is cut into b bands of r numbers; sets that agree in a whole band meet. So a pair meets with a chance
   of 1 − (1 − Jʳ)ᵇ (Indyk, Motwani 1998). `bands` chooses b and r by the threshold as datasketch does: they minimise the
   mean of the area below that curve left of the threshold and the area above it right of the threshold.
3. *Verification.* Common members are counted, as in `bloomery.kernels.join`, so what is found has the same numbers there.

At a threshold of 0.8 that is 9 bands of 13 numbers: a pair at 0.8 is found with a chance of 0.40, one at 0.9 with 0.93.
The permutations are constants, so the same pairs are found in every run, on any number of threads.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.join import FRAME, PAIRS
from bloomery.kernels.lists import first_from, lists_of
from bloomery.kernels.points import mixed
from bloomery.kernels.sets import NONE, SLACK, Found, Ints, Sets, alike, load, run_ends_of, shared_with, table_for
from bloomery.kernels.threads import shared_out

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

PERMUTATIONS = 128
_STEP = 0.001  # of the integrals
_ROOM = 1 << 20  # the lists of the join note what a member's place leaves; here that says nothing


class Bands(NamedTuple):
    """How signatures are cut."""

    bands: int
    rows: int  # numbers in a band

    def chance(self, similarity: float) -> float:
        """That two sets of this similarity meet.

        >>> round(Bands(9, 13).chance(0.9), 2)
        0.93
        """
        return float(1 - (1 - similarity**self.rows) ** self.bands)


@cache
def bands(threshold: float, permutations: int = PERMUTATIONS) -> Bands:
    """The bands for a threshold (above 0, to 1), as datasketch chooses them with equal weights.

    >>> bands(0.8)
    Bands(bands=9, rows=13)
    """
    left = np.arange(0.0, threshold, _STEP) + _STEP / 2
    right = np.arange(threshold, 1.0, _STEP) + _STEP / 2
    best, least = Bands(1, 1), np.inf
    for b in range(1, permutations + 1):
        for r in range(1, permutations // b + 1):
            error = (1 - (1 - left**r) ** b).sum() + ((1 - right**r) ** b).sum()
            if error < least:
                best, least = Bands(b, r), error
    return best


def candidates(
    sets: Sets, threshold: float, *, marked: float = 0.0, blocks: Ints | None = None, threads: int = 1
) -> Found:
    """Pairs of `bloomery.kernels.join.join` with the same arguments: those that share a band."""
    size = sets.size
    order = np.argsort(size, kind="stable") if blocks is None else np.lexsort((blocks, size))
    order = order[np.searchsorted(size[order], 1) :]
    ranked, longest, cut = sets.take(order), int(size.max(initial=0)), bands(threshold)
    starts = np.arange(len(order) + 1, dtype=np.int64) * cut.bands
    lists = lists_of(_keys(ranked, cut, threads), starts, np.full(len(order), _ROOM), threshold, threads)
    low = np.searchsorted(ranked.size, np.arange(longest + 2))  # first set of each size
    block = np.arange(len(order)) if blocks is None else blocks[order]
    job = (*ranked, ranked.size, block, run_ends_of(ranked.size, block), *lists, cut.bands, low, threshold, marked)
    found = shared_out(lambda first, last: _met(job, first, last, longest), len(order), FRAME, threads=threads)
    a, b, similarity = (np.concatenate(column) for column in zip(NONE, *found, strict=True))
    a, b = order[a], order[b]
    a, b = np.minimum(a, b), np.maximum(a, b)
    sorted_ = np.lexsort((b, a))
    return Found(a[sorted_], b[sorted_], similarity[sorted_])


@cache
def _permutations() -> tuple[U32, U32]:
    """The a (odd) and b of each permutation: constants, made by the finaliser of splitmix64."""
    numbers = np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    high = (numbers >> np.uint64(32)).astype(np.uint32)
    return high[:PERMUTATIONS] | np.uint32(1), high[PERMUTATIONS:]


def _keys(sets: Sets, cut: Bands, threads: int) -> U64:
    """A number for each band of each set, equal for equal bands."""
    out = np.empty(len(sets.starts) * cut.bands, dtype=np.uint64)
    a, b = (numbers[: cut.bands * cut.rows] for numbers in _permutations())

    def work(first: int, last: int) -> None:
        _banded(*sets, first, last, a, b, cut.rows, np.empty(len(a), dtype=np.uint32), out)

    shared_out(work, len(sets.starts), FRAME, threads=threads)
    return out


def _met(job: tuple[Any, ...], first: int, last: int, longest: int) -> Found:
    """The pairs whose larger set is ``first <= rank < last``."""
    pieces: list[Found] = []
    seen, room = np.full(len(job[1]), -1, dtype=np.int32), PAIRS
    while first < last:
        a, b, similarity = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
        until, found = _meet(*job, first, last, seen, *table_for(longest), a, b, similarity)  # type: ignore[call-arg]
        pieces.append(Found(a[:found].copy(), b[:found].copy(), similarity[:found].copy()))
        seen[seen == until] = -1  # if the buffers were full, that set is done again, in larger ones if need be
        first, room = until, room if found else 2 * room
    return Found(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


@kernel
def _banded(
    values: Any, begins: Any, ends: Any, first: int, last: int, a: Any, b: Any, rows: int, least: Any, out: Any
) -> None:
    """The keys of the bands of sets ``first <= i < last``; `least` is scratch."""
    bands_ = len(a) // rows
    for i in range(first, last):
        least[:] = np.uint32(0xFFFFFFFF)
        for at in range(begins[i], ends[i]):
            _lessen(np.uint32(mixed(values[at]) >> np.uint64(32)), a, b, least)
        for band in range(bands_):
            key = np.uint64(band)
            for k in range(band * rows, (band + 1) * rows):
                key = mixed(key + np.uint64(least[k]))
            out[i * bands_ + band] = key >> np.uint64(8)  # the lowest bit of a mixed number is 0


@helper
def _lessen(x: Any, a: Any, b: Any, least: Any) -> None:
    """Each permutation's least member, now that there is `x`."""
    for k in range(len(a)):
        least[k] = min(least[k], np.uint32(a[k] * x + b[k]))


@kernel
def _meet(
    values: Any,
    begins: Any,
    ends: Any,
    size: Any,
    blocks: Any,
    run_ends: Any,
    ids: Any,
    list_starts: Any,
    entries: Any,
    bands_: int,
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
        for i in range(rank * bands_, (rank + 1) * bands_):
            if ids[i] < 0:
                continue
            end = list_starts[ids[i] + 1]
            at = first_from(entries, list_starts[ids[i]], end, least)
            while at < end:
                other = np.int64(entries[at] >> np.uint64(32))
                at += 1
                if other >= rank:
                    break
                if seen[other] == rank:
                    continue
                if blocks[other] == blocks[rank]:
                    at = first_from(entries, at, end, run_ends[other])
                    continue
                seen[other] = rank
                need = np.int64(np.ceil(threshold / (1.0 + threshold) * (n + size[other]) - SLACK))
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
