"""How many tokens must be changed, added or taken away to make one sequence into another (Levenshtein 1966)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


def edits(values: U64, starts: Ints, ends: Ints, a: Ints, b: Ints, most: Ints) -> Ints:
    """The edits between sequences a[i] and b[i] (sequence k is ``values[starts[k]:ends[k]]``).

    Counting stops where more than most[i] are needed; then the result is most[i] + 1.
    """
    out = np.empty(len(a), dtype=np.int64)
    longest = int((ends - starts).max(initial=0)) + 2
    _edits(values, starts, ends, a, b, most, np.empty(longest, np.int64), np.empty(longest, np.int64), out)
    return out


def occurrences(values: U64, starts: Ints, ends: Ints) -> tuple[U64, Ints, Ints]:
    """Sequences as sets that keep count: values, starts and ends of new sequences.

    Each value with a number for its first, second, ... occurrence mixed in, so two of the sets share as many members as the
    multisets of the sequences. The lowest bit of a value does not count; it is 0 in the result.
    """
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(ends - starts)])
    out = np.empty(int(offsets[-1]), dtype=np.uint64)
    _occurrences(values, starts, ends, out, offsets)
    return out, offsets[:-1], offsets[1:]


def slots(values: U64, starts: Ints, ends: Ints, a: Ints, b: Ints) -> npt.NDArray[np.bool_]:
    """Whether each of the two sequences a[i] and b[i] holds some value at least two times more often than the other does.

    So do two fillings of one template, in which the same word stands for another at several places.
    """
    out = np.empty(len(a), dtype=np.bool_)
    _slots(values, starts, ends, a, b, out)
    return out


@helper
def _more(values: Any, first: Any, last: Any, other: Any, end: Any) -> bool:
    """Whether some value of ``values[first:last]`` is there two times more often than in ``values[other:end]``."""
    for i in range(first, last):
        more = 0
        for k in range(first, last):
            more += values[k] == values[i]
        if more > 1:
            for k in range(other, end):
                more -= values[k] == values[i]
            if more > 1:
                return True
    return False


@kernel
def _slots(values: Any, starts: Any, ends: Any, a: Any, b: Any, out: Any) -> None:
    for i in range(len(a)):
        x, x_end, y, y_end = starts[a[i]], ends[a[i]], starts[b[i]], ends[b[i]]
        out[i] = _more(values, x, x_end, y, y_end) and _more(values, y, y_end, x, x_end)


@kernel
def _edits(values: Any, starts: Any, ends: Any, a: Any, b: Any, most: Any, above: Any, row: Any, out: Any) -> None:
    """Only cells within `most` of the diagonal can be on a path of that many edits."""
    for pair in range(len(a)):
        x, y = starts[a[pair]], starts[b[pair]]
        n, m, limit = ends[a[pair]] - x, ends[b[pair]] - y, most[pair]
        far = limit + 1
        if abs(n - m) > limit:
            out[pair] = far
            continue
        for j in range(m + 1):
            above[j] = min(j, far)
        for i in range(1, n + 1):
            low, high = max(1, i - limit), min(m, i + limit)
            row[low - 1] = min(i, far) if low == 1 else far
            least = row[low - 1]
            for j in range(low, high + 1):
                best = above[j - 1] + (0 if values[x + i - 1] == values[y + j - 1] else 1)
                if j < i + limit:
                    best = min(best, above[j] + 1)
                best = min(best, row[j - 1] + 1, far)
                row[j] = best
                least = min(least, best)
            if least >= far:
                above[m] = far
                break
            for j in range(low - 1, high + 1):
                above[j] = row[j]
        out[pair] = above[m]


@kernel
def _occurrences(values: Any, starts: Any, ends: Any, out: Any, offsets: Any) -> None:
    for row in range(len(starts)):
        for i in range(starts[row], ends[row]):
            before = np.uint64(0)
            for k in range(starts[row], i):
                if values[k] >> np.uint64(1) == values[i] >> np.uint64(1):
                    before += np.uint64(1)
            to = offsets[row] + i - starts[row]
            out[to] = (values[i] & ~np.uint64(1)) + before * np.uint64(0x9E3779B97F4A7C16)
