"""Similar rows: all pairs of sets whose Jaccard similarity |A∩B| / |A∪B| reaches a threshold, and what follows from them.

`pairs` is exact: no pair is missed and none is reported that was not counted out. It is a set-similarity join with a
prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007):

1. Order every set rarest member first. If J(A, B) ≥ t, then |A∩B| ≥ ⌈t·|A|⌉, so A and B share one of the first
   |A| − ⌈t·|A|⌉ + 1 members of A and one of the first |B| − ⌈t·|B|⌉ + 1 of B. Any order will do if all sets use the same
   one; rarest first makes the lists short. Members of one set only are not emitted: most rows emit nothing.
2. Candidates are pairs that meet in a list and whose sizes allow it (t·|B| ≤ |A| ≤ |B|).
3. Each candidate is counted out on its sorted members.

Candidates are made and counted in chunks, so memory follows the answer, not the candidates. But the answer can be
large: a thousand copies of one text are half a million pairs. So join equal sets before the call, and give rows that
need not be compared with one another the same `block`: a block's own pairs are never even made. Where rows share a long
template, a second condition (`Also`) on the part that differs keeps candidates few.

NumPy only.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.text.tokens import Ragged

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CHUNK = 2_000_000  # members or candidates at a time
_SLACK = 1e-9  # t·n is rounded: never ask for one member too many
_OFTEN = 0xFFFF  # frequencies from here on count as equal


class Pairs(NamedTuple):
    """Similar rows, ascending by (a, b)."""

    a: Ints  # a < b
    b: Ints
    similarity: Floats  # above 0, to 1


class Stars(NamedTuple):
    """For each row the kept row that it is dropped for."""

    against: Ints  # -1 where the row is kept, or dead
    similarity: Floats  # to that row; 0 where there is none


class Also(NamedTuple):
    """A second condition on a pair: other sets of the same rows, and the similarity that these must have.

    Two empty sets are similar to nothing here too.
    """

    sets: Ragged
    threshold: float  # above 0, to 1


def pairs(sets: Ragged, threshold: float, *, also: Also | None = None, blocks: Ints | None = None) -> Pairs:
    """All pairs of rows with Jaccard similarity ≥ `threshold` (above 0, to 1) that are not in one block.

    `sets` has distinct ascending members in each row (`bloomery.text.shingles`); an empty set is similar to nothing.
    With `also`, a pair must meet both conditions; candidates are made from the sets that make fewer. `blocks` is a number
    a row; without it each row is a block of its own.
    """
    conditions = [_index(sets, threshold, blocks)]
    if also is not None:
        conditions.append(_index(also.sets, also.threshold, blocks))
    rarest = min(conditions, key=lambda index: int((index.postings.stop - index.postings.start).sum()))
    found = [_NONE]
    for a, b in _candidates(rarest):
        size = np.maximum.reduce([index.size[a] + index.size[b] for index in conditions])
        found += [_reached(conditions, a[i:j], b[i:j]) for i, j in _runs(size)]
    a, b, similarity = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((b, a))
    return Pairs(a[order], b[order], similarity[order])


def similarity(sets: Ragged, a: Ints, b: Ints) -> Floats:
    """The Jaccard similarity of the pairs of rows (a[i], b[i]); 0 where both sets are empty."""
    used, at = np.unique(np.concatenate([a, b]), return_inverse=True)
    members, size = _members(sets.take(used)), np.diff(sets.offsets)[used]
    a, b = at[: len(a)], at[len(a) :]
    return np.concatenate([np.zeros(0), *(_jaccard(members, a[i:j], b[i:j]) for i, j in _runs(size[a] + size[b]))])


_NONE = Pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))


class _Index(NamedTuple):
    """Sets made ready for one condition."""

    members: "_Members"
    size: Ints
    postings: "_Postings"
    threshold: float


def _index(sets: Ragged, threshold: float, blocks: Ints | None) -> _Index:
    members, size = _members(sets), np.diff(sets.offsets)
    return _Index(members, size, _postings(members, size, threshold, blocks), threshold)


def _reached(conditions: list[_Index], a: Ints, b: Ints) -> Pairs:
    """The pairs (a, b) that meet all conditions, with their similarity by the first one."""
    for index in conditions[::-1]:
        similarity = _jaccard(index.members, a, b)
        reached = similarity >= index.threshold
        a, b, similarity = a[reached], b[reached], similarity[reached]
    return Pairs(a, b, similarity)


class _Members(NamedTuple):
    """The sets with their members renumbered 0, 1, ...: equal members have equal numbers."""

    offsets: Ints
    number: npt.NDArray[np.uint32]
    often: npt.NDArray[np.uint16]  # in how many sets the member is, `_OFTEN` for that many or more


def _members(sets: Ragged) -> _Members:
    order = np.argsort(sets.values)
    placed = sets.values[order]
    run = np.cumsum(np.concatenate([[False], placed[1:] != placed[:-1]])[: len(placed)], dtype=np.uint32)
    number, often = np.empty(len(run), dtype=np.uint32), np.empty(len(run), dtype=np.uint16)
    number[order] = run
    often[order] = np.minimum(np.bincount(run), _OFTEN).astype(np.uint16)[run]
    return _Members(sets.offsets, number, often)


class _Postings(NamedTuple):
    """Entries (a set and a member of its prefix), grouped by member: a list. Partners of entry i: start[i] to stop[i].

    Any two sets stand in the same order in every list.
    """

    row: Ints
    start: Ints
    stop: Ints


def _postings(members: _Members, size: Ints, threshold: float, blocks: Ints | None) -> _Postings:
    chosen = [_prefixes(members, size, first, last, threshold) for first, last in _runs(size)]
    place = np.concatenate([np.zeros(0, dtype=np.int64), *chosen])
    row = np.searchsorted(members.offsets, place, side="right") - 1
    by = size if blocks is None else np.unique(blocks, return_inverse=True)[1]
    order = np.lexsort((row, by[row], members.number[place]))
    row, number = row[order], members.number[place][order].astype(np.int64)
    span = int(by.max(initial=0)) + 1
    listed = number * span + by[row]  # ascending
    if blocks is None:  # by size: the larger partners that are not too large
        limit = np.minimum((size[row] / threshold + _SLACK).astype(np.int64), span - 1)
        start = np.arange(1, len(row) + 1)
        stop = np.searchsorted(listed, number * span + limit, side="right")
    else:  # by block: whoever comes after the own block
        start = np.searchsorted(listed, listed, side="right")
        stop = np.searchsorted(number, number, side="right")
    return _Postings(row, start, stop)


def _prefixes(members: _Members, sizes: Ints, first: int, last: int, threshold: float) -> Ints:
    """The places of the prefix members of sets `first` to `last` that are in other sets too."""
    begin, end = members.offsets[first], members.offsets[last]
    size, often = sizes[first:last], members.often[begin:end]
    row = np.repeat(np.arange(last - first), size)
    once = np.bincount(row[often == 1], minlength=last - first)  # they come first in the prefix
    wanted = size - np.ceil(threshold * size - _SLACK).astype(np.int64) + 1 - once
    place = np.flatnonzero((often > 1) & (wanted > 0)[row])
    place = _rarest_first(row[place], often[place], place)
    counts = np.bincount(row[place], minlength=last - first)
    position = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen: Ints = place[position < wanted[row[place]]] + begin
    return chosen


def _rarest_first(row: Ints, often: npt.NDArray[np.uint16], place: Ints) -> Ints:
    """`place` sorted by row, frequency, place, as one sort of packed numbers.

    Members of a set ascend with their place, so equally frequent ones are in the same order in every set.
    """
    bits = np.uint64(int(place[-1]).bit_length() if len(place) else 1)
    packed = (row.astype(np.uint64) << np.uint64(16)) | often
    packed = np.sort((packed << bits) | place.astype(np.uint64))
    placed: Ints = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    return placed


def _candidates(index: _Index) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of sets that share a list and whose sizes allow the threshold, each once.

    All meetings of a pair are found from the one that stands first in the lists, so they are in one chunk.
    """
    (row, start, stop), size = index.postings, index.size
    entries = np.flatnonzero(stop > start)
    entries = entries[np.argsort(row[entries], kind="stable")]
    heads, count = np.unique(row[entries], return_counts=True)
    ends = np.cumsum(count)
    partners = np.add.reduceat((stop - start)[entries], ends - count) if len(heads) else heads
    for i, j in _runs(partners):
        chosen = entries[ends[i] - count[i] : ends[j - 1]]
        met = (stop - start)[chosen]
        partner = row[np.arange(met.sum()) + np.repeat(start[chosen] - (np.cumsum(met) - met), met)]
        met_by = np.repeat(row[chosen], met)
        small, large = np.minimum(size[met_by], size[partner]), np.maximum(size[met_by], size[partner])
        possible = small >= index.threshold * large - _SLACK
        low, high = np.minimum(met_by, partner)[possible], np.maximum(met_by, partner)[possible]
        both = np.unique(low * len(size) + high)
        yield both // len(size), both % len(size)


def _jaccard(members: _Members, a: Ints, b: Ints) -> Floats:
    """The similarity of each pair (a, b): members are sorted pair by pair, and neighbours compared."""
    size = np.diff(members.offsets)
    sets = np.concatenate([a, b])
    pair = np.repeat(np.tile(np.arange(len(a), dtype=np.uint64), 2), size[sets])
    begins = members.offsets[sets] - (np.cumsum(size[sets]) - size[sets])
    place = np.arange(len(pair)) + np.repeat(begins, size[sets])
    packed = np.sort((pair << np.uint64(32)) | members.number[place])
    twice = packed[1:][packed[1:] == packed[:-1]] >> np.uint64(32)
    shared = np.bincount(twice.astype(np.int64), minlength=len(a))
    similarity: Floats = shared / np.maximum(size[a] + size[b] - shared, 1)
    return similarity


def _runs(sizes: Ints) -> Iterator[tuple[int, int]]:
    """Runs first:last of rows whose sizes add up to at most a chunk, or of one row."""
    ends = np.cumsum(sizes)
    first = 0
    while first < len(sizes):
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + _CHUNK, side="right")), first + 1)
        yield first, last
        first = last


def stars(similar: Pairs, rank: Ints, alive: npt.NDArray[np.bool_]) -> Stars:
    """Greedily, best rank (lowest number, no ties) first: a row is kept unless it is similar to a kept row.

    So every dropped row has a kept one to show for it, and no two kept rows are similar. Chains do not delete what is
    similar to nothing kept: of A~B~C, with A best, B goes and C stays. `against` is the most similar kept row of better
    rank, the better ranked of equally similar ones. Rows with ``alive`` false take no part.
    """
    living = alive[similar.a] & alive[similar.b]
    a, b, similarity = similar.a[living], similar.b[living], similar.similarity[living]
    swap = rank[b] < rank[a]
    better, worse = np.where(swap, b, a), np.where(swap, a, b)
    order = np.lexsort((worse, rank[better]))
    better, worse, similarity = better[order], worse[order], similarity[order]
    dropped = np.zeros(len(alive), dtype=bool)
    begins = np.flatnonzero(np.concatenate([[True], better[1:] != better[:-1]])[: len(better)])
    for i, j in pairwise([*begins.tolist(), len(better)]):
        if not dropped[better[i]]:
            dropped[worse[i:j]] = True
    return _most_similar(better, worse, similarity, rank, dropped)


def _most_similar(better: Ints, worse: Ints, similarity: Floats, rank: Ints, dropped: npt.NDArray[np.bool_]) -> Stars:
    stars_ = ~dropped[better]
    better, worse, similarity = better[stars_], worse[stars_], similarity[stars_]
    order = np.lexsort((rank[better], -similarity, worse))
    rows, first = np.unique(worse[order], return_index=True)
    found = Stars(np.full(len(dropped), -1, dtype=np.int64), np.zeros(len(dropped)))
    found.against[rows] = better[order][first]
    found.similarity[rows] = similarity[order][first]
    return found


def components(similar: Pairs, n: int) -> Ints:
    """The connected component of each of `n` rows, as the lowest row number in it.

    Every round hooks each root that has a lower neighbour to one, and shortens all paths, so rounds grow as log n.
    """
    root = np.arange(n)
    while True:
        a, b = root[similar.a], root[similar.b]
        apart = a != b
        if not apart.any():
            return root
        np.minimum.at(root, np.maximum(a, b)[apart], np.minimum(a, b)[apart])
        while not np.array_equal(shorter := root[root], root):
            root = shorter
