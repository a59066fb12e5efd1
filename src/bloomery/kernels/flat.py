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
from numba import carray, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from bloomery.kernels.jit import kernel

_INLINE = 12  # bytes that a view holds itself


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
    if texts.null_count():
        texts = texts.fill_null("" if texts.dtype == pl.String else b"")
    if texts.n_chunks() > 1:
        texts = texts.rechunk()
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    if not len(texts):
        return Flat(np.zeros(0, dtype=np.uint8), offsets)
    array = na.c_array_stream(texts).get_next()
    view = array.view()
    views = np.frombuffer(view.buffer(1), dtype=np.int32).reshape(-1, 4)[array.offset : array.offset + len(texts)]
    buffers = [np.frombuffer(view.buffer(k), dtype=np.uint8) for k in range(2, array.n_buffers - 1)]
    addresses = np.array([buffer.ctypes.data for buffer in buffers] or [0], dtype=np.uintp)
    np.cumsum(views[:, 0], out=offsets[1:])
    data = np.empty(int(offsets[-1]), dtype=np.uint8)
    _gather(views, views.reshape(-1).view(np.uint8), addresses, data, offsets)
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


@intrinsic
def _pointer(context: Any, address: Any) -> Any:
    """An address as a pointer to bytes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    signature: Any = types.CPointer(types.uint8)  # type: ignore[no-untyped-call]
    return signature(types.uintp), generate


@kernel
def _gather(views: Any, inline: Any, addresses: Any, data: Any, offsets: Any) -> None:
    """Copy every text behind `views` (length, prefix, buffer, offset: int32 each) to its place in `data`."""
    for i in range(len(views)):
        size, to = views[i, 0], offsets[i]
        if size <= _INLINE:
            for k in range(size):
                data[to + k] = inline[16 * i + 4 + k]
        else:
            source = carray(_pointer(addresses[views[i, 2]]), 1)  # type: ignore[call-arg]
            start = views[i, 3]
            for k in range(size):
                data[to + k] = source[start + k]
