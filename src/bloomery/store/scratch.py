"""Numbers that are too many for memory: in a file that has no name, mapped when it is read.

What a dataset op remembers of each row may be as large as the input. It goes to disk while the input is read, and the kernel
maps it back page by page. The file is gone with the process, however that ends.
"""

import tempfile
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]


class Scratch:
    """A growing list of 64-bit numbers in `folder`, until the block ends. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # lives as long as this object
        self._lock = Lock()
        self._length = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, values: U64) -> int:
        """Add numbers; the place of the first of them."""
        with self._lock:
            first = self._length
            self._file.write(np.ascontiguousarray(values).data.cast("B"))
            self._length += len(values)
        return first

    def values(self) -> U64:
        """All numbers; changes to them stay with the caller (a kernel takes one kind of array, and others can be written to)."""
        self._file.flush()
        if not self._length:
            return np.zeros(0, dtype=np.uint64)
        return np.memmap(self._file, dtype=np.uint64, mode="c", shape=(self._length,))
