"""Runs of tokens as 64-bit numbers.

A run t₁ … t_w is the polynomial Σ tᵢ·Kʷ⁻ⁱ⁺¹ modulo 2⁶⁴, rolled from one run to the next, plus its width, through the
finaliser of splitmix64. Tokens are well-mixed numbers already (`bloomery.kernels.words`), so two different runs share a
number with a chance of about 2⁻⁶³.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.points import mixed

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_K = 0x9E3779B97F4A7C15


def ngrams(values: U64, offsets: Ints, width: int) -> tuple[U64, Ints]:
    """The runs of `width` tokens of each row, in order, with their offsets; none where a row has fewer tokens."""
    ends = np.zeros(len(offsets), dtype=np.int64)
    np.cumsum(np.maximum(np.diff(offsets) - (width - 1), 0), out=ends[1:])
    out = np.empty(int(ends[-1]), dtype=np.uint64)
    _ngrams(values, offsets, width, out, ends)
    return out, ends


def shingles(values: U64, offsets: Ints, width: int, marked: npt.NDArray[np.bool_] | None = None) -> tuple[U64, Ints]:
    """The distinct runs of `width` tokens of each row, in order of appearance, with their offsets.

    A row with fewer tokens than that gives one run of all of them. With `marked` (one Boolean a token) the lowest bit of a
    run says whether all its tokens are marked; without it the bit is 0.
    """
    counts = np.diff(offsets)
    room = int(np.where(counts < width, counts > 0, counts - (width - 1)).sum())
    out, ends = np.empty(room, dtype=np.uint64), np.zeros(len(offsets), dtype=np.int64)
    slots = np.zeros(1 << max(4, int(2 * counts.max(initial=1)).bit_length()), dtype=np.uint64)
    owner = np.zeros(len(slots), dtype=np.int64)
    marks = np.zeros(0, dtype=np.bool_) if marked is None else marked
    total = _shingles(values, offsets, width, marks, slots, owner, out, ends)
    return out[:total], ends


@helper
def power_of(width: int) -> Any:
    """What the first token of a run has been multiplied with when the run is complete."""
    power = np.uint64(1)
    for _ in range(width):
        power *= np.uint64(_K)
    return power


@helper
def rolled(h: Any, value: Any, gone: Any, power: Any) -> Any:
    """The run with one token more, and without the token that is `gone` from its beginning (0 for none)."""
    return (h + value - gone * power) * np.uint64(_K)


@helper
def added(value: Any, marked: bool, owns: int, mask: int, slots: Any, owner: Any, out: Any, total: int) -> int:
    """`value`, with a bit that tells whether it is `marked`, to ``out[total]`` and into the table, unless it is there.

    `slots` and `owner` are a hash table for one row at a time: a slot is free where `owner` is not `owns`.
    """
    value = value | np.uint64(1) if marked else value
    slot = np.int64(value >> np.uint64(20)) & mask
    while owner[slot] == owns and slots[slot] != value:
        slot = (slot + 1) & mask
    if owner[slot] == owns:
        return total
    owner[slot], slots[slot], out[total] = owns, value, value
    return total + 1


@helper
def mask_for(size: Any) -> Any:
    """The mask of a table for `size` numbers."""
    room: Any = np.int64(16)
    while room < 2 * size:
        room *= 2
    return room - 1


@kernel
def _ngrams(values: Any, offsets: Any, width: int, out: Any, ends: Any) -> None:
    power = power_of(width)
    for row in range(len(offsets) - 1):
        h, to = np.uint64(0), ends[row]
        for at in range(offsets[row], offsets[row + 1]):
            h = rolled(h, values[at], values[at - width] if at - offsets[row] >= width else np.uint64(0), power)
            if at - offsets[row] >= width - 1:
                out[to] = mixed(h + np.uint64(width))
                to += 1


@kernel
def _shingles(values: Any, offsets: Any, width: int, marks: Any, slots: Any, owner: Any, out: Any, ends: Any) -> int:
    power, total = power_of(width), 0
    for row in range(len(offsets) - 1):
        first, last = offsets[row], offsets[row + 1]
        size, mask = min(width, last - first), mask_for(last - first)
        h, run = np.uint64(0), 0
        for at in range(first, last):
            h = rolled(h, values[at], values[at - size] if at - first >= size else np.uint64(0), power)
            run = run + 1 if len(marks) and marks[at] else 0
            if at - first >= size - 1:
                total = added(mixed(h + np.uint64(size)), run >= size, row + 1, mask, slots, owner, out, total)
        ends[row + 1] = total
    return total
