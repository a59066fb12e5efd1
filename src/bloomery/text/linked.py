"""Which rows hang together by similar pairs, without all of the pairs.

`bloomery.text.similar.pairs` gives n²/2 of them where n rows all resemble one another; a tree of n − 1 would do. So pairs within
a crowd are left out at first. Then rows of the crowd are looked up among those not looked up yet, some at a time and more each
time; rows that are known to hang together are a block, and not compared again. Of two similar rows the one that comes first
finds the other, or they hang together already: the components are those of all pairs.
"""

import numpy as np
import numpy.typing as npt

from bloomery.kernels.hubs import Indexed, candidates, unsalted
from bloomery.kernels.join import rarest
from bloomery.kernels.meet import OWN, verified
from bloomery.kernels.sets import Sets
from bloomery.kernels.threads import cores
from bloomery.text.similar import Pairs, added, components, loose_pairs

Ints = npt.NDArray[np.int64]

MOST = 32  # pairs a row from which rows are a crowd
_LEAST = 8  # rows that are looked up at a time, at the least
_ROOM = 1 << 16  # pairs that are always looked at together


def linked(sets: Sets, threshold: float) -> Pairs:
    """Pairs of sets with Jaccard similarity ≥ `threshold` that have the same `components` as all of them."""
    found, crowd = loose_pairs(sets, threshold, most=MOST)
    rows = np.flatnonzero(crowd)
    chosen = sets.take(rows)
    keys, known = rarest(chosen, np.arange(len(rows)), threshold, cores())
    indexed, at, many = Indexed(keys, known, unsalted(len(rows))), 0, _LEAST
    while at < len(rows):
        known[:, OWN] = components(found, len(crowd))[rows]
        hubs, others = np.arange(at, min(at + many, len(rows))), np.arange(at, len(rows))
        most = max(_ROOM, _LEAST * len(others))
        likely = candidates(indexed, hubs, others, threshold, marked=0.0, most=most, threads=cores())
        if likely is None:
            many = max(many // 2, _LEAST)
            continue
        similarity = verified(chosen, *likely, threshold, marked=0.0, threads=cores())
        good = similarity > 0
        a, b = rows[likely.other[good]], rows[likely.hub[good]]
        found = added(found, Pairs(np.minimum(a, b), np.maximum(a, b), similarity[good]))
        at, many = at + len(hubs), 4 * many
    return found
