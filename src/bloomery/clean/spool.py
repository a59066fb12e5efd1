"""The spool: batches on disk between the walk and the output, as Arrow files that are read one by one.

A dataset op needs all rows before it can decide, but a large input does not fit in memory. So the walk writes each batch
with what was decided on it so far, and the output reads it back. The folder holds personal data: it lives inside the run's
partial folder, readable by its owner, and goes with it.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.lines import LINES_SCHEMA
from bloomery.clean.walk import STOOD_SCHEMA, Walked

_FRAMES = ("rows", "lines", "stood")
_RECORDS = 4_096  # rows that are read together where few are wanted
_FEW = 8  # rows


class Spooled(NamedTuple):
    """A batch on disk: rows ``first <= n < end``."""

    number: int
    first: int
    end: int


class Loaded(NamedTuple):
    """What `bloomery.clean.walk.Walked` has under these names."""

    rows: pl.DataFrame
    lines: pl.DataFrame
    stood: pl.DataFrame


class Spool:
    """Batches on disk, in order."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.batches: list[Spooled] = []

    def save(self, number: int, walked: Walked) -> Spooled:
        """Write batch `number`. Safe to call from several threads."""
        for name in _FRAMES:
            frame: pl.DataFrame = getattr(walked, name)
            if name == "rows" or frame.height:
                frame.write_ipc(self._file(number, name), record_batch_size=_RECORDS)
        return Spooled(number, walked.first, walked.first + walked.height)

    def load(self, spooled: Spooled) -> Loaded:
        """The batch."""
        return Loaded(*(self._read(spooled.number, name) for name in _FRAMES))

    def rows(self, wanted: npt.NDArray[np.uint64], columns: Sequence[str]) -> pl.DataFrame:
        """``n`` and some columns of the wanted rows (sorted, distinct)."""
        found: list[pl.DataFrame] = []
        for spooled in self.batches:
            low, high = np.searchsorted(wanted, [spooled.first, spooled.end])
            if low < high:
                places = (wanted[low:high] - np.uint64(spooled.first)).astype(np.int64)
                frame = self._some(spooled.number, places, list(columns))
                found.append(frame.insert_column(0, pl.Series("n", wanted[low:high])))
        return pl.concat(found) if found else pl.DataFrame(schema={"n": pl.UInt64} | dict.fromkeys(columns, pl.String))

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _some(self, number: int, places: npt.NDArray[np.int64], columns: list[str]) -> pl.DataFrame:
        """Columns of the rows at these places of a batch; of few rows only the records around them are read."""
        if len(places) > _FEW:
            return pl.read_ipc(self._file(number, "rows"), columns=columns)[places]
        rows = pl.scan_ipc(self._file(number, "rows")).select(columns)
        return pl.concat([rows.slice(place, 1) for place in places.tolist()]).collect()

    def _read(self, number: int, name: str) -> pl.DataFrame:
        file = self._file(number, name)
        return (
            pl.read_ipc(file)
            if file.exists()
            else pl.DataFrame(schema=LINES_SCHEMA if name == "lines" else STOOD_SCHEMA)
        )

    def _file(self, number: int, what: str) -> Path:
        return self.folder / f"{number:06}-{what}.arrow"


def slice_by_row(frame: pl.DataFrame, numbers: npt.NDArray[np.uint64], first: int, end: int) -> pl.DataFrame:
    """The lines of `frame` (sorted by n, whose values are `numbers`) with ``first <= n < end``."""
    low, high = np.searchsorted(numbers, [first, end])
    return frame[int(low) : int(high)]


def concatenated(pieces: Sequence[npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
    """One array from many, also from none."""
    return np.concatenate([np.zeros(0, dtype=np.uint64), *pieces])
