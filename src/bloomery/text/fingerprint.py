"""One 64-bit number for a whole sequence, and a seeded shuffle that never changes.

Both rest on the finaliser of splitmix64 (Steele, Lea, Flood 2014): a bijection of 64-bit numbers whose output bits each
depend on all input bits. NumPy's own generators may change between versions; this may not, so the same seed gives the
same split for ever.
"""

import numpy as np
import numpy.typing as npt

from bloomery.kernels import fingerprint as kernel
from bloomery.text.tokens import Ragged

U64 = npt.NDArray[np.uint64]


def mix(numbers: U64) -> U64:
    """The splitmix64 finaliser of each number.

    >>> mix(np.array([1], dtype=np.uint64))
    array([10451216379200822465], dtype=uint64)
    """
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def fingerprint(sequences: Ragged, keep: npt.NDArray[np.bool_] | None = None) -> U64:
    """One number a row: equal sequences have equal numbers, others differ but for a chance of about 2**-64 a pair.

    With `keep` (one Boolean a value) only these values count.
    """
    return kernel.fingerprint(sequences.values, sequences.offsets, keep)


def shuffled(seed: int, numbers: U64) -> U64:
    """A sort key for each number that looks random and depends on nothing but `seed` (0 or more) and the number."""
    return mix(numbers ^ mix(np.array([seed % 2**64], dtype=np.uint64)))
