"""Arrays by name in a folder, mapped when they are read: NumPy's own files, without pickled objects."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.errors import DataError

Arrays = Mapping[str, npt.NDArray[Any]]


def write_arrays(folder: Path, arrays: Arrays) -> None:
    """Write each array into ``folder/NAME.npy``."""
    folder.mkdir(mode=0o700, parents=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def read_arrays(folder: Path, kinds: Mapping[str, npt.DTypeLike]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of these names and kinds, of one dimension; changes to them stay with the caller.

    DataError if one is missing or of another kind.
    """
    found = {}
    for name, kind in kinds.items():
        path = folder / f"{name}.npy"
        try:
            array = np.load(path, mmap_mode=None if _empty(path) else "c", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise DataError(f"{path} cannot be read", expected="a NumPy array", found=str(error)) from None
        if array.dtype != np.dtype(kind) or array.ndim != 1:
            raise DataError(f"{path} is damaged", expected=f"a list of {np.dtype(kind)}", found=str(array.dtype))
        found[name] = array
    return found


def _empty(path: Path) -> bool:
    """Whether there is nothing to map: a header alone."""
    return path.stat().st_size <= 128
