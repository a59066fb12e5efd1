"""Similar rows: all pairs of sets whose Jaccard similarity |A∩B| / |A∪B| reaches a threshold, and what follows from them.

`pairs` is exact: no pair is missed and none is reported that was not counted out (`bloomery.kernels.join`). The answer can
be large: a thousand copies of one text are half a million pairs. So join equal sets before the call, and give rows that need
not be compared with one another the same block.
"""

from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.join import join, loose_join
from bloomery.kernels.meet import Met
from bloomery.kernels.minhash import candidates, loose_candidates
from bloomery.kernels.sets import SLACK, Sets, jaccard
from bloomery.kernels.sets import Found as Pairs
from bloomery.kernels.threads import cores
from bloomery.text.tokens import Ragged

__all__ = [
    "Method",
    "Pairs",
    "Sets",
    "Stars",
    "components",
    "kept",
    "loose_pairs",
    "pairs",
    "sets_of",
    "similarity",
    "stars",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: how pairs are looked for
Method = Literal["exact", "minhash"]


class Stars(NamedTuple):
    """For each row the kept row that it is dropped for."""

    against: Ints  # -1 where the row is kept, or dead
    similarity: Floats  # to that row; 0 where there is none


def sets_of(ragged: Ragged) -> Sets:
    """Rows of distinct numbers as sets, without copying."""
    return Sets(ragged.values, ragged.offsets[:-1], ragged.offsets[1:])


def pairs(
    sets: Sets, threshold: float, *, marked: float = 0.0, blocks: Ints | None = None, method: Method = "exact"
) -> Pairs:
    """All pairs of sets with Jaccard similarity ≥ `threshold` (above 0, to 1), ascending; a < b.

    An empty set is similar to nothing. With `marked` (0 to 1) the marked members must be that similar by themselves as well,
    and a set without any is similar only to sets without any. `blocks` is a number a set: those of one block are not paired.

    ``method="minhash"`` counts out only those that share a band of their signatures (`bloomery.kernels.minhash`), so some of
    these pairs are missed and no others are found.
    """
    search = join if method == "exact" else candidates
    return search(sets, threshold, marked=marked, blocks=blocks, threads=cores())


def loose_pairs(
    sets: Sets,
    threshold: float,
    *,
    most: int,
    marked: float = 0.0,
    blocks: Ints | None = None,
    method: Method = "exact",
) -> Met:
    """`pairs`, but no pair of two rows of a crowd, and the crowd.

    In a crowd are sets that meet more than `most` others each, about, so that listing all pairs would take too long.
    """
    search = loose_join if method == "exact" else loose_candidates
    return search(sets, threshold, marked=marked, blocks=blocks, most=most, threads=cores())


def similarity(sets: Sets, a: Ints, b: Ints, least: float = 0.0) -> Floats:
    """The Jaccard similarity of the pairs of sets (a[i], b[i]); 0 where both are empty.

    Also 0 where their sizes alone keep it below `least`: then a small set is not compared with one of millions.
    """
    size = sets.size
    may = np.flatnonzero(np.minimum(size[a], size[b]) + SLACK >= least * np.maximum(size[a], size[b]))
    out = np.zeros(len(a))
    out[may] = jaccard(sets, a[may], b[may])
    return out


def stars(similar: Pairs, rank: Ints, alive: npt.NDArray[np.bool_]) -> Stars:
    """Greedily, best rank (lowest number, no ties) first: a row is kept unless it is similar to a kept row.

    So every dropped row has a kept one to show for it, and no two kept rows are similar. Chains do not delete what is
    similar to nothing kept: of A~B~C, with A best, B goes and C stays. `against` is the most similar kept row of better
    rank, the better ranked of equally similar ones. Rows with ``alive`` false take no part.
    """
    better, worse, similarity = _directed(similar, rank, alive)
    lost = _lost(better, worse, rank)
    kept = ~lost[better]
    better, worse, similarity = better[kept], worse[kept], similarity[kept]
    order = np.lexsort((rank[better], -similarity, worse))
    rows, first = np.unique(worse[order], return_index=True)
    found = Stars(np.full(len(alive), -1, dtype=np.int64), np.zeros(len(alive)))
    found.against[rows] = better[order][first]
    found.similarity[rows] = similarity[order][first]
    return found


def kept(similar: Pairs, rank: Ints, alive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The living rows that `stars` keeps."""
    return alive & ~_lost(*_directed(similar, rank, alive)[:2], rank)


def _directed(similar: Pairs, rank: Ints, alive: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Floats]:
    """The better and the worse row of each living pair, and its similarity."""
    living = alive[similar.a] & alive[similar.b]
    a, b, similarity = similar.a[living], similar.b[living], similar.similarity[living]
    swap = rank[b] < rank[a]
    return np.where(swap, b, a), np.where(swap, a, b), similarity


def _lost(better: Ints, worse: Ints, rank: Ints) -> npt.NDArray[np.bool_]:
    """The rows that have a kept better one."""
    order = np.argsort(rank[better], kind="stable")
    better, worse = better[order], worse[order]
    lost = np.zeros(len(rank), dtype=bool)
    begins = np.flatnonzero(np.concatenate([[True], better[1:] != better[:-1]])[: len(better)])
    for i, j in pairwise([*begins.tolist(), len(better)]):
        if not lost[better[i]]:
            lost[worse[i:j]] = True
    return lost


def added(one: Pairs, other: Pairs) -> Pairs:
    """The pairs of one, then those of the other."""
    similarity = np.concatenate([one.similarity, other.similarity])
    return Pairs(np.concatenate([one.a, other.a]), np.concatenate([one.b, other.b]), similarity)


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
