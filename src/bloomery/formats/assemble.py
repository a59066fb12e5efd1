"""From chunks to batches: as many rows as fit, decoded, with ids, parts and what was quarantined.

A batch ends at a number of records or of bytes, whichever comes first; where a chunk of a container ends plays no part, so
nothing that comes after can depend on how a file was cut into blocks.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.formats.decode import Decoded, Decoder, Parts
from bloomery.formats.plan import Lane
from bloomery.formats.records import Broken, Chunk
from bloomery.formats.rows import Converted, order
from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, Quarantined

#: Bytes of JSON text after which a batch ends.
BATCH_BYTES = 16 << 20


class Pending:
    """Records waiting for their batch."""

    def __init__(self) -> None:
        self.numbers: list[int | str] = []
        self.lines: list[int] = []
        self.raws: list[bytes] = []
        self.broken: list[tuple[int, Broken]] = []  # with their file
        self.files: list[tuple[int, int]] = []  # file, and how many of the records are its, in order
        self.bytes = 0

    def __len__(self) -> int:
        return len(self.raws) + len(self.broken)

    def take(self, file: int, chunk: Chunk, start: int, end: int) -> None:
        """Records ``start <= i < end`` of a chunk, and the broken ones among and, after its last record, behind them."""
        self.numbers.extend(chunk.numbers[start:end])
        self.lines.extend(chunk.lines[start:end])
        self.raws.extend(chunk.raws[start:end])
        self.files.append((file, end - start))
        self.bytes += sum(map(len, chunk.raws[start:end]))
        if chunk.broken:
            low = order(chunk.numbers[start]) if start else -1
            high = order(chunk.numbers[end]) if end < len(chunk.raws) else None
            for one in chunk.broken:
                if low <= order(one.number) and (high is None or order(one.number) < high):
                    self.broken.append((file, one))
                    self.bytes += len(one.raw)


class Assembler:
    """Makes the batches of one source; `first` is the number of its first row."""

    def __init__(self, lane: Lane, first: int, batch_rows: int) -> None:
        assert lane.form is not None and lane.own is not None
        self.rows = first  # rows given so far, over all sources
        self.counts = [(0, 0) for _ in lane.files]  # rows and quarantined records of each file
        self._lane = lane
        self._form, self._own = lane.form, lane.own
        self._batch_rows = batch_rows
        self._decoder = Decoder(lane.form)
        self._pending = Pending()

    def add(self, file: int, chunk: Chunk) -> Iterator[Batch]:
        """The batches that are full with these records."""
        start = 0
        while True:
            end = start + self._room(chunk, start)
            self._pending.take(file, chunk, start, end)
            start = end
            if self._full():
                yield from self.rest()
            if start >= len(chunk.raws):
                return

    def rest(self) -> Iterator[Batch]:
        """The last batch, if there is one."""
        if len(self._pending):
            pending, self._pending = self._pending, Pending()
            yield self._batch(pending)

    def _room(self, chunk: Chunk, start: int) -> int:
        """How many of the records from `start` on fill the batch; at least one if there is one."""
        room = max(self._batch_rows - len(self._pending), 1)
        sizes = [len(raw) for raw in chunk.raws[start : start + room]]
        left = BATCH_BYTES - self._pending.bytes
        if sum(sizes) < left:
            return len(sizes)
        return int(np.searchsorted(np.cumsum(sizes), left)) + 1 if sizes else 0

    def _full(self) -> bool:
        return len(self._pending) >= self._batch_rows or self._pending.bytes >= BATCH_BYTES

    def _batch(self, pending: Pending) -> Batch:
        told: dict[int, str] = {}
        raws = pending.raws
        if self._lane.target is not None:
            converted = Converted(raws, self._own, self._lane.target)
            raws, told = converted.raws, converted.faults
        column = pl.Series("raw", raws, dtype=pl.Binary)
        decoded = self._decoder.decode(raws, column, told)
        if decoded.mended:
            column = pl.Series("raw", [decoded.mended.get(at, raw) for at, raw in enumerate(raws)], dtype=pl.Binary)
        keep = np.ones(len(raws), dtype=np.bool_)
        keep[list(decoded.bad)] = False
        ids = self._ids(pending)
        quarantined = self._quarantined(pending, decoded)
        self._count(pending, keep)
        first, self.rows = self.rows, self.rows + int(keep.sum())
        return Batch(
            rows=self._frame(column, ids, decoded, keep, first),
            parts=_parts(decoded.parts, keep, first),
            format=self._form.name,
            task=self._lane.task,
            quarantined=quarantined,
        )

    def _ids(self, pending: Pending) -> pl.Series:
        """``path:number`` for each record."""
        numbers = pl.Series("id", pending.numbers, dtype=None if pending.numbers else pl.String).cast(pl.String)
        if not pending.files:
            return numbers
        start, pieces = 0, []
        for file, count in pending.files:
            pieces.append(f"{self._lane.files[file]}:" + numbers.slice(start, count))
            start += count
        return pl.concat(pieces).alias("id")

    def _frame(
        self, raw: pl.Series, ids: pl.Series, decoded: Decoded, keep: npt.NDArray[np.bool_], first: int
    ) -> pl.DataFrame:
        frame = pl.DataFrame({"id": ids, "raw": raw, "fault": _faults(decoded, len(raw))})
        if not keep.all():
            frame = frame.filter(pl.Series(keep))
        lane = self._lane
        return frame.with_columns(
            pl.Series("n", np.arange(first, first + frame.height, dtype=np.uint64)),
            source=pl.lit(lane.index, dtype=pl.UInt16),
            priority=pl.lit(lane.source.priority, dtype=pl.Int32),
            alive=pl.lit(True),
            edited=pl.lit(False),
        ).select(ROWS_SCHEMA.names())

    def _quarantined(self, pending: Pending, decoded: Decoded) -> tuple[Quarantined, ...]:
        """What could not be read, by the container or in decoding, in input order."""
        owners = _owners(pending)
        found = [(file, one) for file, one in pending.broken]
        for index, reason in decoded.bad.items():
            found.append(
                (int(owners[index]), Broken(pending.numbers[index], pending.lines[index], reason, pending.raws[index]))
            )
        found.sort(key=lambda item: (item[0], order(item[1].number)))
        names = self._lane.files
        return tuple(
            Quarantined(f"{names[file]}:{one.number}", names[file], one.line, one.reason, one.raw)
            for file, one in found
        )

    def _count(self, pending: Pending, keep: npt.NDArray[np.bool_]) -> None:
        """Rows and quarantined records by file."""
        owners = _owners(pending)
        for file in {file for file, _ in pending.files}:
            mine = owners == file
            rows = int(keep[mine].sum())
            lost = int(mine.sum()) - rows + sum(owner == file for owner, _ in pending.broken)
            self.counts[file] = (self.counts[file][0] + rows, self.counts[file][1] + lost)


def _faults(decoded: Decoded, size: int) -> pl.Series:
    if not decoded.faults:
        return pl.Series("fault", [None], dtype=pl.String).new_from_index(0, size)
    return pl.Series("fault", [decoded.faults.get(index) for index in range(size)], dtype=pl.String)


def _owners(pending: Pending) -> npt.NDArray[np.int64]:
    """The file of each record."""
    files = np.array([file for file, _ in pending.files], dtype=np.int64)
    return np.repeat(files, [count for _, count in pending.files])


def _parts(parts: Parts, keep: npt.NDArray[np.bool_], first: int) -> pl.DataFrame:
    """The parts frame: rows numbered over the whole input, parts within their row."""
    n = np.cumsum(keep) - 1 + first
    index = np.arange(len(parts.row))
    begins = np.concatenate([[True], parts.row[1:] != parts.row[:-1]]) if len(index) else np.zeros(0, dtype=np.bool_)
    part = index - np.maximum.accumulate(np.where(begins, index, 0)) if len(index) else index
    return pl.DataFrame(
        {
            "n": pl.Series(n[parts.row].astype(np.uint64)),
            "part": pl.Series(part.astype(np.uint16)),
            "role": parts.role,
            "text": parts.text,
        },
        schema=PARTS_SCHEMA,
    )
