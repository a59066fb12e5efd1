"""Texts where they stand: for each its address and its size. Nothing is copied.

Data frames keep strings as views: short ones within the view, long ones in one of many buffers. A kernel gets at text i
with ``bytes_at(address[i], size[i])``, for as long as the `Views` (or the series) is alive.
"""

import ctypes
from typing import Any, NamedTuple

import nanoarrow as na
import numpy as np
import numpy.typing as npt
import polars as pl
from numba import carray, config, types  # type: ignore[attr-defined]
from numba.extending import intrinsic

from bloomery.kernels.jit import helper, kernel

_INLINE = 12  # bytes that a view holds itself


class Views(NamedTuple):
    """Text i is `size[i]` bytes from `address[i]` on."""

    address: npt.NDArray[np.uintp]
    size: npt.NDArray[np.int64]  # bytes
    owner: Any  # holds the memory

    @property
    def height(self) -> int:
        """How many texts there are."""
        return len(self.size)

    def take(self, places: npt.NDArray[np.int64]) -> "Views":
        """The texts at these places, in that order."""
        return Views(self.address[places], self.size[places], self.owner)


def views(texts: pl.Series) -> Views:
    """The texts (String or Binary) of a series; null counts as empty.

    >>> views(pl.Series(["é", None, "abc"])).size.tolist()
    [2, 0, 3]
    """
    if texts.null_count():
        texts = texts.fill_null("" if texts.dtype == pl.String else b"")
    if texts.n_chunks() > 1:
        texts = texts.rechunk()
    address, size = np.zeros(len(texts), dtype=np.uintp), np.zeros(len(texts), dtype=np.int64)
    if not len(texts):
        return Views(address, size, None)
    array = na.c_array_stream(texts).get_next()
    view = array.view()
    found = np.frombuffer(view.buffer(1), dtype=np.int32).reshape(-1, 4)[array.offset : array.offset + len(texts)]
    buffers = [np.frombuffer(view.buffer(k), dtype=np.uint8) for k in range(2, array.n_buffers - 1)]
    starts = np.array([buffer.ctypes.data for buffer in buffers] or [0], dtype=np.uintp)
    _place(found, np.uintp(found.ctypes.data), starts, address, size)
    return Views(address, size, array)


if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def pointer(address: Any) -> Any:
        """An address as a pointer to bytes."""
        return ctypes.cast(int(address), ctypes.POINTER(ctypes.c_uint8))

else:

    @intrinsic
    def pointer(context: Any, address: Any) -> Any:
        """An address as a pointer to bytes."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

        signature: Any = types.CPointer(types.uint8)  # type: ignore[no-untyped-call]
        return signature(types.uintp), generate


@helper
def bytes_at(address: Any, size: Any) -> Any:
    """The bytes of one text, for use in kernels."""
    return carray(pointer(address), (size,))


@kernel
def _place(found: Any, base: Any, starts: Any, address: Any, size: Any) -> None:
    """Addresses from views (length, prefix, buffer, offset: int32 each), the first of which stands at `base`."""
    for i in range(len(found)):
        size[i] = found[i, 0]
        if found[i, 0] <= _INLINE:
            address[i] = base + np.uintp(16 * i + 4)
        else:
            address[i] = starts[found[i, 2]] + np.uintp(found[i, 3])
