"""Texts as two arrays, which is what kernels read: all bytes one after the other, and where each text ends.

Data frames keep strings as views: short ones within the view, long ones in one of many buffers. `flat` copies them
together at memory speed, `strings` makes a series from flat texts without copying the long ones.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import nanoarrow as na
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.kernels.jit import kernel
from bloomery.kernels.views import bytes_at, views


class Flat(NamedTuple):
    """Text i is ``data[offsets[i]:offsets[i + 1]]``."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]  # one more than there are texts; starts with 0

    @property
    def height(self) -> int:
        """How many texts there are."""
        return len(self.offsets) - 1

    def at(self, i: int) -> bytes:
        """The bytes of text `i`."""
        return self.data[self.offsets[i] : self.offsets[i + 1]].tobytes()


def flat(texts: pl.Series) -> Flat:
    """The texts (String or Binary) of a series; null counts as empty.

    >>> flat(pl.Series(["é", None, "abc"])).offsets.tolist()
    [0, 2, 2, 5]
    """
    found = views(texts)
    offsets = np.zeros(found.height + 1, dtype=np.int64)
    np.cumsum(found.size, out=offsets[1:])
    data = np.empty(int(offsets[-1]), dtype=np.uint8)
    _gather(found.address, found.size, data, offsets)
    return Flat(data, offsets)


def flat_of(texts: Sequence[bytes]) -> Flat:
    """Texts given one by one.

    >>> flat_of([b"a", b"", b"bc"]).offsets.tolist()
    [0, 1, 1, 3]
    """
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)), out=offsets[1:])
    return Flat(np.frombuffer(b"".join(texts), dtype=np.uint8), offsets)


def strings(texts: Flat, name: str = "text") -> pl.Series:
    """A String series. The bytes must be UTF-8; they are shared, so they must not be written to any more."""
    return _series(texts, na.large_string(), name)


def binaries(texts: Flat, name: str = "raw") -> pl.Series:
    """A Binary series; the bytes are shared, so they must not be written to any more."""
    return _series(texts, na.large_binary(), name)


def _series(texts: Flat, dtype: Any, name: str) -> pl.Series:
    buffers = [None, np.ascontiguousarray(texts.offsets), np.ascontiguousarray(texts.data)]
    return pl.Series(name, na.c_array_from_buffers(dtype, texts.height, buffers))


@kernel
def _gather(address: Any, size: Any, data: Any, offsets: Any) -> None:
    """Copy every text to its place in `data`."""
    for i in range(len(size)):
        source, to = bytes_at(address[i], size[i]), data[offsets[i] : offsets[i + 1]]
        for k in range(len(to)):
            to[k] = source[k]
