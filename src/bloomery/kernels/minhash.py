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
from bloomery.kernels.meet import Keys, Met, known_of, meet, ranked
from bloomery.kernels.points import mixed
from bloomery.kernels.prefix import COUNT, EVEN, FRAME, MARKED, ODD, sketched
from bloomery.kernels.sets import Found, Ints, Sets
from bloomery.kernels.threads import shared_out

U32 = npt.NDArray[np.uint32]
U64 = npt.NDArray[np.uint64]

PERMUTATIONS = 128
_STEP = 0.001  # of the integrals


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
    return loose_candidates(sets, threshold, marked=marked, blocks=blocks, most=None, threads=threads).found


def loose_candidates(
    sets: Sets, threshold: float, *, marked: float, blocks: Ints | None, most: int | None, threads: int
) -> Met:
    """`candidates` but for crowds (`bloomery.kernels.meet`): lists with more than `most` pairs a set."""
    ranks = ranked(sets, blocks)
    keys, known = banded(ranks.sets, ranks.block, threshold, threads)
    return meet(ranks, keys, known, threshold, marked=marked, most=most, threads=threads)


def banded(sets: Sets, block: Ints, threshold: float, threads: int) -> tuple[Keys, U64]:
    """The keys of sets that are not empty, and what is known of them."""
    cut, known = bands(threshold), known_of(sets, block)
    starts = np.arange(len(block) + 1, dtype=np.int64) * cut.bands
    keys = np.empty(int(starts[-1]), dtype=np.uint64)
    a, b = (numbers[: cut.bands * cut.rows] for numbers in _permutations())

    def work(first: int, last: int) -> None:
        _banded(*sets, first, last, a, b, cut.rows, np.empty(len(a), dtype=np.uint32), keys, known)

    shared_out(work, len(block), FRAME, threads=threads)
    return Keys(keys, starts, False), known


@cache
def _permutations() -> tuple[U32, U32]:
    """The a (odd) and b of each permutation: constants, made by the finaliser of splitmix64."""
    numbers = np.arange(1, 2 * PERMUTATIONS + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        numbers = (numbers ^ (numbers >> np.uint64(shift))) * np.uint64(factor)
    high = (numbers >> np.uint64(32)).astype(np.uint32)
    return high[:PERMUTATIONS] | np.uint32(1), high[PERMUTATIONS:]


@kernel
def _banded(
    values: Any,
    begins: Any,
    ends: Any,
    first: int,
    last: int,
    a: Any,
    b: Any,
    rows: int,
    least: Any,
    out: Any,
    known: Any,
) -> None:
    """The keys of the bands of sets ``first <= i < last``, and their sketches; `least` is scratch."""
    bands_ = len(a) // rows
    for i in range(first, last):
        least.fill(np.uint32(0xFFFFFFFF))
        even, odd, marked, count = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
        for at in range(begins[i], ends[i]):
            _lessen(np.uint32(mixed(values[at]) >> np.uint64(32)), a, b, least)
            even, odd, marked, count = sketched(values[at], even, odd, marked, count)
        known[i, EVEN], known[i, ODD], known[i, MARKED], known[i, COUNT] = even, odd, marked, count
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
