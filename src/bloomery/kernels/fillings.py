"""What two texts have in common unless they are two fillings of one template (`bloomery.kernels.edits.slots`).

Each of two fillings repeats a word that the other has not, or has a good deal less often. So if two texts are not that, one of
them has every word that the other repeats, and its rarest one in particular.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.sets import Sets

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_BITS = 20


def repeated(texts: Sets) -> U64:
    """Of each text the word that it repeats and few texts have, 0 if it repeats none. Texts are words in order."""
    counts, out = np.zeros(1 << _BITS, dtype=np.uint32), np.zeros(len(texts.starts), dtype=np.uint64)
    _repeated(*texts, counts, out)
    return out


def shared(texts: Sets, words: U64) -> tuple[U64, Ints]:
    """The words of each text that are among `words`, each once (and now and then another one); where those of each begin."""
    wanted = np.zeros(1 << _BITS, dtype=np.bool_)
    wanted[(words >> np.uint64(64 - _BITS)).astype(np.int64)] = True
    starts = np.zeros(len(texts.starts) + 1, dtype=np.int64)
    _shared(*texts, wanted, starts, np.zeros(0, dtype=np.uint64))
    starts = np.cumsum(starts)
    out = np.empty(int(starts[-1]), dtype=np.uint64)
    _shared(*texts, wanted, starts.copy(), out)
    return out, starts


@helper
def _slot(word: Any) -> Any:
    return np.int64(word >> np.uint64(64 - _BITS))


@helper
def _first(values: Any, start: Any, at: Any) -> bool:
    """Whether the word stands nowhere before `at`."""
    k: Any = start
    while values[k] != values[at]:
        k += 1
    return bool(k == at)


@kernel
def _repeated(values: Any, starts: Any, ends: Any, counts: Any, out: Any) -> None:
    for row in range(len(starts)):
        for i in range(starts[row], ends[row]):
            counts[_slot(values[i])] += np.uint32(1)
    for row in range(len(starts)):
        for i in range(starts[row], ends[row]):
            word = values[i]
            if not _first(values, starts[row], i) and (
                out[row] == 0 or (counts[_slot(word)], word) < (counts[_slot(out[row])], out[row])
            ):
                out[row] = word


@kernel
def _shared(values: Any, starts: Any, ends: Any, wanted: Any, at: Any, out: Any) -> None:
    """Without room in `out` only counts: into ``at[row + 1]``; else ``at[row]`` is where the next word of the row goes."""
    for row in range(len(starts)):
        for i in range(starts[row], ends[row]):
            if wanted[_slot(values[i])] and _first(values, starts[row], i):
                if len(out):
                    out[at[row]] = values[i]
                    at[row] += 1
                else:
                    at[row + 1] += 1
