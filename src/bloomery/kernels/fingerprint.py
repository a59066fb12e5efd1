"""One 64-bit number for a whole sequence of numbers (`bloomery.text.fingerprint` tells what for)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel

U64 = npt.NDArray[np.uint64]


def fingerprint(values: U64, offsets: npt.NDArray[np.int64], keep: npt.NDArray[np.bool_] | None = None) -> U64:
    """A number for each row ``values[offsets[i]:offsets[i + 1]]``, of the values that `keep` (one Boolean each) leaves.

    With m the finaliser of splitmix64: m(Σ m(vₖ + m(k)) xor the number of values), k from 0.
    """
    out = np.empty(len(offsets) - 1, dtype=np.uint64)
    _fingerprint(values, offsets, np.zeros(0, dtype=np.bool_) if keep is None else keep, keep is not None, out)
    return out


@helper
def mix(z: Any) -> Any:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014)."""
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@kernel
def _fingerprint(values: Any, offsets: Any, keep: Any, some: bool, out: Any) -> None:
    for row in range(len(out)):
        total, k = np.uint64(0), np.uint64(0)
        for i in range(offsets[row], offsets[row + 1]):
            if not some or keep[i]:
                total += mix(values[i] + mix(k))
                k += np.uint64(1)
        out[row] = mix(total ^ k)
