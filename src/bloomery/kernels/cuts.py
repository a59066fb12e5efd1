"""Pieces of blocks of bytes: what a line is before anybody has copied it.

`cut_lines` finds the lines of a block, `together` copies pieces of many blocks into one `Flat`, and `lines_of` writes
chosen texts one a line, which is how rows leave again.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.kernels.flat import Flat
from bloomery.kernels.jit import kernel
from bloomery.kernels.views import bytes_at, views

_CR, _LF = 13, 10


class Cuts(NamedTuple):
    """Piece i is ``block[starts[i]:ends[i]]``."""

    block: bytes
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]


def cut_lines(block: bytes, end: bytes, *, strip_cr: bool) -> Cuts:
    """The lines of `block`, which is empty or ends with `end` (one byte), without their ends.

    With `strip_cr`, the CRs before each end are left out too.

    >>> cuts = cut_lines(b"ab\\r\\n\\nc\\n", b"\\n", strip_cr=True)
    >>> cuts.starts.tolist(), cuts.ends.tolist()
    ([0, 4, 5], [2, 4, 6])
    """
    count = block.count(end)
    starts, ends = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    _cut(np.frombuffer(block, dtype=np.uint8), end[0], strip_cr, starts, ends)
    return Cuts(block, starts, ends)


def together(pieces: Sequence[Cuts]) -> Flat:
    """The pieces of all blocks, one after the other."""
    offsets = np.zeros(sum(len(piece.starts) for piece in pieces) + 1, dtype=np.int64)
    if pieces:
        np.cumsum(np.concatenate([piece.ends - piece.starts for piece in pieces]), out=offsets[1:])
    data, at = np.empty(int(offsets[-1]), dtype=np.uint8), 0
    for piece in pieces:
        _copy(np.frombuffer(piece.block, dtype=np.uint8), piece.starts, piece.ends, data, int(offsets[at]))
        at += len(piece.starts)
    return Flat(data, offsets)


def lines_of(texts: pl.Series, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """The chosen texts (String or Binary; a Boolean a text), each with a line end behind it.

    >>> lines_of(pl.Series(["a", "bc", "d"]), np.array([True, True, False])).tobytes()
    b'a\\nbc\\n'
    """
    found = views(texts)
    mine = found.take(np.flatnonzero(chosen))
    out = np.empty(int(mine.size.sum()) + mine.height, dtype=np.uint8)
    _copy_lines(mine.address, mine.size, out)
    return out


@kernel
def _cut(data: Any, end: int, strip_cr: bool, starts: Any, ends: Any) -> None:
    count, start = 0, 0
    for i in range(len(data)):
        if data[i] == end:
            stop = i
            while strip_cr and stop > start and data[stop - 1] == _CR:
                stop -= 1
            starts[count], ends[count] = start, stop
            count += 1
            start = i + 1


@kernel
def _copy(data: Any, starts: Any, ends: Any, out: Any, at: int) -> None:
    for i in range(len(starts)):
        size = ends[i] - starts[i]
        for k in range(size):
            out[at + k] = data[starts[i] + k]
        at += size


@kernel
def _copy_lines(address: Any, size: Any, out: Any) -> None:
    at = 0
    for i in range(len(size)):
        text = bytes_at(address[i], size[i])
        for k in range(size[i]):
            out[at + k] = text[k]
        out[at + size[i]] = _LF
        at += size[i] + 1
