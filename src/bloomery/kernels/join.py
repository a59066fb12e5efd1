"""The similarity join: all pairs of sets whose Jaccard similarity reaches a threshold, each counted out.

A prefix filter (Chaudhuri, Ganti, Kaushik 2006; Bayardo, Ma, Srikant 2007), on sets numbered by size:

1. *Order.* Members are ordered by how rare they are (`bloomery.kernels.prefix`).
2. *Prefix.* Sets A, B with J ≥ t share at least ⌈t/(1+t)·(|A|+|B|)⌉ members, so they meet within the first |A| − ⌈t·|A|⌉ + 1
   of A and as many of B. These are the keys by which sets meet (`bloomery.kernels.meet`).

Nothing here depends on the number of threads: pairs come out sorted.
"""

import numpy as np
import numpy.typing as npt

from bloomery.kernels.meet import Keys, Met, known_of, meet, ranked
from bloomery.kernels.prefix import prefixes, rarity
from bloomery.kernels.sets import SLACK, Found, Sets

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


def join(sets: Sets, threshold: float, *, marked: float = 0.0, blocks: Ints | None = None, threads: int = 1) -> Found:
    """All pairs with Jaccard similarity ≥ `threshold` (above 0, to 1).

    With `marked` (0 to 1) the marked members of a pair must be that similar by themselves; a set that has none is similar
    only to sets that have none. Sets of one block (a number for each) are not paired. An empty set is similar to nothing.
    """
    return loose_join(sets, threshold, marked=marked, blocks=blocks, most=None, threads=threads).found


def loose_join(
    sets: Sets, threshold: float, *, marked: float, blocks: Ints | None, most: int | None, threads: int
) -> Met:
    """`join` but for crowds (`bloomery.kernels.meet`): lists with more than `most` pairs a set."""
    ranks = ranked(sets, blocks)
    keys, known = rarest(ranks.sets, ranks.block, threshold, threads)
    return meet(ranks, keys, known, threshold, marked=marked, most=most, threads=threads)


def rarest(sets: Sets, block: Ints, threshold: float, threads: int) -> tuple[Keys, U64]:
    """The keys of sets that are not empty, and what is known of them."""
    prefix = sets.size - np.ceil(threshold * sets.size - SLACK).astype(np.int64) + 1
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(prefix)])
    known = known_of(sets, block)
    return Keys(prefixes(sets, starts, rarity(sets), known, threads), starts, True), known
