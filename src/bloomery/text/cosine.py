"""Rows whose vectors point the same way: all of them, counted out, in bounded memory, the same on any number of threads.

Sums of floats depend on their order, and a matrix product adds in whatever order is fastest there. So vectors are kept as
whole numbers of 16 bits, and what decides is their cosine in whole numbers, to six decimals. The matrix product in float32 only
says which pairs are worth that: its error is at most a known slack (|error| ≤ d · 2⁻²³ for d numbers; Higham, *Accuracy and
Stability of Numerical Algorithms*, 2002, section 3.1, with room to spare), and pairs within the slack are counted out.

Rows are taken best first, a block at a time, and compared with the rows kept so far and with their own block. That gives the
stars of `bloomery.text.similar.stars` without ever having all pairs: fifty thousand fillings of one template are a billion pairs.
It takes n · (rows kept) · d multiplications: a matter of seconds for 20,000 rows, of an hour or more for a million.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.text.similar import Pairs, stars

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int16]

DECIMALS = 6
_LARGEST = 32767
#: rows of a block, rows it is compared with at a time, pairs counted out at a time
_BLOCK, _OTHERS, _PAIRS = 1024, 2048, 4096


def quantised(vectors: npt.NDArray[np.float32]) -> Whole:
    """Vectors as whole numbers, the largest of each ±32767; zeros stay.

    >>> quantised(np.array([[0.6, -0.8], [0, 0]], dtype=np.float32)).tolist()
    [[24575, -32767], [0, 0]]
    """
    largest = np.abs(vectors).max(axis=1, initial=0, keepdims=True).astype(np.float64)
    return np.rint(vectors * (_LARGEST / np.where(largest > 0, largest, 1))).astype(np.int16)


class Side(NamedTuple):
    """What is compared of each row, or of some: one vector."""

    take: Callable[[Ints], Whole]  # the vectors of rows, in that order
    counts: Bools  # the rows that have one


class Guard(NamedTuple):
    """What keeps rows apart that point the same way."""

    terms: npt.NDArray[np.uint64]  # rows with different ones have nothing to do with each other
    apart: Callable[[Ints, Ints], Bools]  # which pairs are twins, not duplicates


class Found(NamedTuple):
    """For each row the kept row that it is a duplicate of, and for kept rows the first kept row that it is a twin of."""

    against: Ints  # -1 where there is none
    similarity: Floats
    twin: Ints
    twin_similarity: Floats


class _Close(NamedTuple):
    """Pairs that reach the threshold: `one` of the block, `other` better than it."""

    one: Ints
    other: Ints
    same: Bools  # duplicates; else twins


def cosine(sides: Sequence[Side], a: Ints, b: Ints) -> Floats:
    """The cosine of each pair of rows on its worst side, to `DECIMALS` decimals; 1 where no side counts."""
    found = np.ones(len(a))
    for first in range(0, len(a), _PAIRS):
        x, y = a[first : first + _PAIRS], b[first : first + _PAIRS]
        for side in sides:
            one, other = (side.take(rows).astype(np.int64) for rows in (x, y))
            dot = np.einsum("ij,ij->i", one, other)
            size = np.sqrt(np.einsum("ij,ij->i", one, one)) * np.sqrt(np.einsum("ij,ij->i", other, other))
            score = np.round(dot / np.where(size > 0, size, 1), DECIMALS)
            worst = found[first : first + _PAIRS]
            np.minimum(worst, score, out=worst, where=side.counts[x])
    return found


def similar_rows(
    sides: Sequence[Side],
    order: Ints,
    guard: Guard,
    threshold: float,
    *,
    tell: Callable[[int], None] = lambda done: None,
) -> Found:
    """The stars among the rows in `order` (best first): duplicates have cosine ≥ `threshold` on every side that counts.

    Rows with the same terms must have the same sides. `tell` gets the rows done so far.
    """
    n = len(guard.terms)
    found = Found(np.full(n, -1, dtype=np.int64), np.zeros(n), np.full(n, -1, dtype=np.int64), np.zeros(n))
    kept = np.zeros(0, dtype=np.int64)
    place = np.zeros(n, dtype=np.int64)
    place[order] = np.arange(len(order))
    for first in range(0, len(order), _BLOCK):
        block = order[first : first + _BLOCK]
        pairs = [_first_twins(close) for close in _against(sides, block, kept, guard, threshold)]
        lost = np.isin(block, np.concatenate([close.one[close.same] for close in pairs] or [kept[:0]]))
        pairs += [_later(close, place) for close in _against(sides, block, block[~lost], guard, threshold)]
        one, other = (np.concatenate([getattr(close, name) for close in pairs]) for name in ("one", "other"))
        same = np.concatenate([close.same for close in pairs])
        _settle(found, sides, one[same], other[same], place)
        stays = found.against[block] < 0
        _note_twins(found, sides, one[~same], other[~same], place)
        kept = np.concatenate([kept, block[stays]])
        tell(first + len(block))
    found.twin[found.against >= 0] = -1
    return found


def _against(sides: Sequence[Side], block: Ints, others: Ints, guard: Guard, threshold: float) -> Iterator[_Close]:
    """The pairs of the block with other rows that reach the threshold, some others at a time."""
    mine = [_unit(side, block) for side in sides]
    slack = max((one.shape[1] + 8) * 2.0**-23 for one in mine)
    for first in range(0, len(others), _OTHERS):
        some = others[first : first + _OTHERS]
        likely = guard.terms[block][:, None] == guard.terms[some][None, :]
        least = np.ones(likely.shape, dtype=np.float32)
        for side, one in zip(sides, mine, strict=True):
            if likely.any():
                product = one @ _unit(side, some).T
                product[~side.counts[block]] = 1
                np.minimum(least, product, out=least)
                likely &= least >= threshold - slack
        i, j = np.nonzero(likely)
        score = least[i, j]
        one_, other = block[i], some[j]
        sure = score >= threshold + slack
        doubt = np.flatnonzero(~sure)
        sure[doubt] = cosine(sides, one_[doubt], other[doubt]) >= threshold
        one_, other = one_[sure], other[sure]
        yield _Close(one_, other, ~guard.apart(one_, other))


def _first_twins(close: _Close) -> _Close:
    """All duplicates, and of each row's twins the first (they come in order)."""
    twins = np.flatnonzero(~close.same)
    first = twins[np.unique(close.one[twins], return_index=True)[1]]
    chosen = np.sort(np.concatenate([np.flatnonzero(close.same), first]))
    return _Close(close.one[chosen], close.other[chosen], close.same[chosen])


def _unit(side: Side, rows: Ints) -> npt.NDArray[np.float32]:
    vectors = side.take(rows).astype(np.float32)
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    return (vectors / np.where(length > 0, length, 1)[:, None]).astype(np.float32)


def _later(close: _Close, place: Ints) -> _Close:
    """Within a block: the pairs whose other row comes before the one."""
    chosen = place[close.other] < place[close.one]
    return _Close(close.one[chosen], close.other[chosen], close.same[chosen])


def _settle(found: Found, sides: Sequence[Side], one: Ints, other: Ints, place: Ints) -> None:
    """The stars of a block: rows that were kept before are similar to none of each other."""
    rows, local = np.unique(np.concatenate([one, other]), return_inverse=True)
    a, b = local[: len(one)], local[len(one) :]
    close = stars(Pairs(a, b, cosine(sides, one, other)), place[rows], np.ones(len(rows), dtype=np.bool_))
    lost = np.flatnonzero(close.against >= 0)
    found.against[rows[lost]] = rows[close.against[lost]]
    found.similarity[rows[lost]] = close.similarity[lost]


def _note_twins(found: Found, sides: Sequence[Side], one: Ints, other: Ints, place: Ints) -> None:
    """The first kept row that each kept row is a twin of."""
    chosen = (found.against[one] < 0) & (found.against[other] < 0)
    one, other = one[chosen], other[chosen]
    order = np.lexsort((place[other], one))
    rows, first = np.unique(one[order], return_index=True)
    found.twin[rows] = other[order][first]
    found.twin_similarity[rows] = cosine(sides, rows, found.twin[rows])
