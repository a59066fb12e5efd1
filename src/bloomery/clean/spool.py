"""The spool: batches on disk between two passes, as Arrow files that are mapped, not loaded.

A dataset op needs all rows before it can decide, but the text of a large input does not fit in memory. So a pass writes
each batch with what was decided on it so far, and the next pass maps it back. The folder holds personal data: it lives
inside the run's partial folder, readable by its owner, and goes with it.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import Batch, Task


class Spooled(NamedTuple):
    """A batch on disk: rows ``first <= n < end``."""

    number: int
    first: int
    end: int
    format: str
    task: Task


class Spool:
    """Batches on disk, in order."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.folder = folder
        self.batches: list[Spooled] = []

    def save(self, number: int, batch: Batch, ledger: pl.DataFrame) -> Spooled:
        """Write batch `number` and its ledger lines. Safe to call from several threads."""
        batch.rows.write_ipc(self._file(number, "rows"))
        batch.parts.write_ipc(self._file(number, "parts"))
        ledger.write_ipc(self._file(number, "ledger"))
        first = int(batch.rows["n"][0]) if len(batch) else 0
        return Spooled(number, first, first + len(batch), batch.format, batch.task)

    def load(self, spooled: Spooled) -> tuple[Batch, pl.DataFrame]:
        """The batch and its ledger lines."""
        rows = pl.read_ipc(self._file(spooled.number, "rows"))
        parts = pl.read_ipc(self._file(spooled.number, "parts"))
        ledger = pl.read_ipc(self._file(spooled.number, "ledger"))
        return Batch(rows, parts, spooled.format, spooled.task), ledger

    def ids(self, wanted: npt.NDArray[np.uint64]) -> pl.DataFrame:
        """``n, id`` of the wanted rows (sorted, distinct)."""
        return self._pick("rows", wanted).select("n", "id")

    def texts(self, wanted: npt.NDArray[np.uint64]) -> pl.DataFrame:
        """``n, part, role, text`` of the wanted rows (sorted, distinct)."""
        return self._pick("parts", wanted)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _pick(self, what: str, wanted: npt.NDArray[np.uint64]) -> pl.DataFrame:
        keys = pl.DataFrame({"n": pl.Series(wanted, dtype=pl.UInt64)})
        found: list[pl.DataFrame] = []
        for spooled in self.batches:
            low, high = np.searchsorted(wanted, [spooled.first, spooled.end])
            if low < high:
                frame = pl.scan_ipc(self._file(spooled.number, what)).join(
                    keys[int(low) : int(high)].lazy(), on="n", how="semi", maintain_order="left"
                )
                found.append((frame.select("n", "id") if what == "rows" else frame).collect())
        return pl.concat(found) if found else pl.DataFrame(schema={"n": pl.UInt64, "id": pl.String})

    def _file(self, number: int, what: str) -> Path:
        return self.folder / f"{number:06}-{what}.arrow"


def slice_by_row(frame: pl.DataFrame, numbers: npt.NDArray[np.uint64], first: int, end: int) -> pl.DataFrame:
    """The lines of `frame` (sorted by n, whose values are `numbers`) with ``first <= n < end``."""
    low, high = np.searchsorted(numbers, [first, end])
    return frame[int(low) : int(high)]


def concat_bools(pieces: Sequence[npt.NDArray[np.bool_]]) -> npt.NDArray[np.bool_]:
    """One array from many, also from none."""
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.bool_)
