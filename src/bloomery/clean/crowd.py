"""Rows of which each resembles so many others that listing all pairs would take too long: the crowd of `near`.

*What is dropped is the same.* A row is dropped if it is similar to a kept row of better rank. So of two rows of the crowd a
pair matters only if one of them is kept. Rows of the crowd that nothing shows to be dropped are taken best first, some at a
time; those that are similar to none of the better ones among them become *hubs*, and a hub is looked up against all of the
crowd. This goes on until each row of the crowd is a hub or dropped. Then the verdicts are those that all pairs would give: take
the first row, by rank, that has another verdict. If it should be dropped, then for a kept better row; both are hubs, and their
pair is known. If it should be kept, it is dropped for a row that is kept here, and so there.

*For which row.* The most similar one of the kept rows that it was compared with. A row that has `ENOUGH` kept better rows is
compared with no more of them, but for hubs; up to that number it is the most similar of all.

*Guards.* Template twins are not similar, and a crowd of them would be hubs all of them. So short rows meet only where their
telling words are equal and one may hold the words that the other repeats (`bloomery.kernels.fillings`). Twins are reported of
the crowd as of a block: a row beside the best and the previous one of those that share one of its keys.

Nothing here depends on the number of threads or the order of rows.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.clean.short import Short, both, differ, least_shared, unchanged
from bloomery.kernels.edits import occurrences
from bloomery.kernels.fillings import repeated, shared
from bloomery.kernels.hubs import Indexed, Ragged, Salts, candidates, unsalted
from bloomery.kernels.join import rarest
from bloomery.kernels.meet import verified
from bloomery.kernels.minhash import banded
from bloomery.kernels.sets import NONE
from bloomery.kernels.threads import cores
from bloomery.text.fingerprint import mix
from bloomery.text.similar import Method, Pairs, Sets, kept

Ints = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

MOST = 32  # pairs a row from which rows are a crowd
ENOUGH = 16  # kept better rows
_LEAST = 8  # rows that are taken at a time, at the least
_ROOM = 1 << 16  # pairs that are always looked at together
_KEYS = 4  # by which twins are looked for

_LONG, _SHORT = np.uint64(1), np.uint64(2)
_HAS, _LACKS, _ANY = (np.uint64(k) for k in (3, 4, 5))


class Likeness(NamedTuple):
    """How rows are compared, as options of `near` say."""

    threshold: float
    answer: float
    short: float | None
    method: Method
    twins: bool

    @property
    def guards(self) -> bool:
        """Whether short rows may be kept apart by `differ`."""
        return self.twins and self.short is not None


class _Search(NamedTuple):
    """One way of being similar."""

    rows: Ints  # of the crowd, those that can be similar so
    place: Ints  # of each of the crowd among these, or -1
    indexed: Indexed
    threshold: float
    marked: float
    score: Callable[[Ints, Ints], Floats]  # of pairs of these rows; below 0 where they are not similar


class Crowd:
    """The rows of a crowd; all row numbers outside of it are those of the nodes."""

    def __init__(self, nodes: Ints, sets: Sets, few: Short, block: Ints, how: Likeness) -> None:
        """`nodes` are in the crowd; the others count over them."""
        self.nodes, self.few, self.block, self.how = nodes, few, block, how
        self.hub = np.zeros(len(nodes), dtype=np.bool_)
        self.many = _LEAST  # rows that are taken next
        apart = block if how.twins else np.arange(len(nodes))
        salts = _salts(few) if how.guards else unsalted(len(nodes))
        self.searches = [_by_runs(sets, apart, salts, how)]
        if how.short is not None and few.rows.any():
            self.searches.append(_by_words(few, apart, salts, how.short))

    def more(self, known: Pairs, best: Ints, alive: Bools) -> Pairs | None:
        """Pairs that are missing from the `known` ones; None if what these keep is what all pairs would."""
        lasting = kept(known, best, alive)
        local = np.flatnonzero(lasting[self.nodes] & ~self.hub)
        if not len(local):
            return None
        local = local[np.argsort(best[self.nodes[local]])]
        others = np.flatnonzero(self.hub | (self._shown(known, lasting, best) < ENOUGH))
        while True:
            some = local[: self.many]
            inner = self._between(some, some)
            hubs = some if inner is None else some[_stay(inner, some)]
            outer = None if inner is None else self._between(hubs, others)
            if outer is not None:
                break
            self.many = max(self.many // 2, _LEAST)
        self.many *= 4 if len(hubs) == len(some) else 2
        self.hub[hubs] = True
        return Pairs(*_ordered(self.nodes[outer.a], self.nodes[outer.b]), outer.similarity)

    def _shown(self, known: Pairs, lasting: Bools, best: Ints) -> Ints:
        """How many kept better rows each of the crowd is known to be similar to."""
        worse = np.concatenate([b[lasting[a] & (best[a] < best[b])] for a, b in (known[:2], known[1::-1])])
        return np.bincount(worse, minlength=len(lasting))[self.nodes]

    def _between(self, hubs: Ints, others: Ints) -> Pairs | None:
        """The similar pairs of hubs with others, ascending; None if too many would have to be looked at."""
        most, found = max(_ROOM, _LEAST * (len(hubs) + len(others))), []
        for search in self.searches:
            h, o = (places[places >= 0] for places in (search.place[hubs], search.place[others]))
            likely = candidates(
                search.indexed, h, o, search.threshold, marked=search.marked, most=most, threads=cores()
            )
            if likely is None:
                return None
            score = search.score(*likely)
            good = score >= 0
            a, b = _ordered(search.rows[likely.other[good]], search.rows[likely.hub[good]])
            found.append(Pairs(a, b, score[good]))
        pairs = both(found[0], found[-1])
        if self.how.guards:
            same = ~differ(self.few, pairs.a, pairs.b)
            pairs = Pairs(pairs.a[same], pairs.b[same], pairs.similarity[same])
        return pairs

    def twins(self, lasting: Bools, best: Ints) -> Pairs:
        """Pairs of the crowd, kept and alike but for a guard: each row with the best and the previous one that share a key."""
        if not self.how.guards:
            return NONE
        a, b = (
            np.concatenate(column)
            for column in zip(*(self._beside(s, lasting, best) for s in self.searches), strict=True)
        )
        score = np.full(len(a), -1.0)
        for search in self.searches[::-1]:
            can = np.flatnonzero((search.place[a] >= 0) & (search.place[b] >= 0))
            here = search.score(search.place[a[can]], search.place[b[can]])
            score[can] = np.where(here >= 0, here, score[can])
        good = np.flatnonzero(score >= 0)
        good = good[differ(self.few, a[good], b[good])]
        return Pairs(self.nodes[a[good]], self.nodes[b[good]], score[good])

    def _beside(self, search: _Search, lasting: Bools, best: Ints) -> tuple[Ints, Ints]:
        rows = search.rows
        there = np.flatnonzero(lasting[self.nodes[rows]] & self.few.rows[rows])
        keys = search.indexed.keys
        at = np.maximum(keys.starts[there + 1][:, None] - np.arange(1, _KEYS + 1), keys.starts[there][:, None])
        key, row = keys.values[at].ravel(), np.repeat(rows[there], _KEYS)
        order = np.lexsort((best[self.nodes[row]], key))
        key, row = key[order], row[order]
        first = row[np.searchsorted(key, key)]
        before = np.concatenate([row[:1], row[:-1]])
        a, b = (
            np.concatenate([first, np.where(key == np.concatenate([key[:1], key[:-1]]), before, row)]),
            np.tile(row, 2),
        )
        apart = self.block[a] != self.block[b]
        pairs = np.unique(a[apart] * np.int64(len(self.nodes)) + b[apart])
        return pairs // len(self.nodes), pairs % len(self.nodes)


def _ordered(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    return np.minimum(a, b), np.maximum(a, b)


def _stay(inner: Pairs, some: Ints) -> Bools:
    """Which of some rows, best first, are similar to no better one of them that stays."""
    place = np.zeros(int(some.max()) + 1, dtype=np.int64)
    place[some] = np.arange(len(some))
    pairs = Pairs(*_ordered(place[inner.a], place[inner.b]), inner.similarity)
    return kept(pairs, np.arange(len(some)), np.ones(len(some), dtype=np.bool_))


def _by_runs(sets: Sets, block: Ints, salts: Salts, how: Likeness) -> _Search:
    """Rows are similar by their word runs."""
    keyed = rarest if how.method == "exact" else banded
    keys, known = keyed(sets, block, how.threshold, cores())

    def score(a: Ints, b: Ints) -> Floats:
        found = verified(sets, a, b, how.threshold, marked=how.answer, threads=cores())
        return np.where(found > 0, found, -1.0)

    every = np.arange(len(block))
    return _Search(every, every, Indexed(keys, known, salts), how.threshold, how.answer, score)


def _by_words(few: Short, block: Ints, salts: Salts, least: float) -> _Search:
    """Short rows are similar by their words."""
    rows = np.flatnonzero(few.rows)
    place = np.full(len(block), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    words = few.words.take(rows)
    keys, known = rarest(Sets(*occurrences(*words)), block[rows], least_shared(least), cores())
    salts = Salts(*(_taken(one, rows) for one in salts))

    def score(a: Ints, b: Ints) -> Floats:
        return unchanged(words, a, b, least)

    return _Search(rows, place, Indexed(keys, known, salts), least_shared(least), 0.0, score)


def _salts(few: Short) -> Salts:
    """Salts that two rows have in common unless a guard keeps them apart for certain."""
    rows = few.rows
    said = mix(few.variables)
    word = repeated(few.words)
    words, starts = shared(few.words, np.unique(word[word > 0]))
    said_of = np.repeat(said, np.diff(starts))
    own, has = mix(said ^ mix(word ^ _HAS)), mix(said_of ^ mix(words ^ _HAS))
    lacks, wanting = mix(said ^ mix(word ^ _LACKS)), mix(said_of ^ mix(words ^ _LACKS))
    none, every = (
        mix(said ^ mix(np.zeros(1, dtype=np.uint64) ^ _HAS)),
        mix(said ^ mix(np.zeros(1, dtype=np.uint64) ^ _ANY)),
    )
    # a hub whose word the other has (or that repeats none), or another whose word the hub has (or that repeats none)
    posts = _gathered(rows, [_SHORT, own, every], Ragged(wanting, starts), [_LONG])
    asks = _gathered(rows, [_LONG, none, np.where(word > 0, lacks, every)], Ragged(has, starts), [_LONG, _SHORT])
    return Salts(posts, asks)


def _gathered(short: Bools, few: list[U64 | np.uint64], more: Ragged, long: list[np.uint64]) -> Ragged:
    """For short rows `few` columns and `more`, for the others `long`."""
    lengths = np.where(short, len(few) + np.diff(more.starts), len(long))
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    values = np.empty(int(starts[-1]), dtype=np.uint64)
    for rows, columns in ((np.flatnonzero(short), few), (np.flatnonzero(~short), long)):
        for k, column in enumerate(columns):
            values[starts[rows] + k] = np.broadcast_to(column, len(short))[rows]
    row = np.repeat(np.arange(len(short)), np.diff(more.starts))
    values[starts[row] + len(few) + np.arange(len(row)) - more.starts[row]] = more.values
    return Ragged(values, starts)


def _taken(of: Ragged, rows: Ints) -> Ragged:
    lengths = np.diff(of.starts)[rows]
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
    at = np.arange(int(starts[-1])) + np.repeat(of.starts[rows] - starts[:-1], lengths)
    return Ragged(of.values[at], starts)
