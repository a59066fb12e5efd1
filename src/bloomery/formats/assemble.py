"""From chunks to batches: as many rows as fit, decoded, with ids, parts and what was quarantined.

A batch ends at a number of records or of bytes, whichever comes first; where a chunk of a container ends plays no part, so
nothing that comes after can depend on how a file was cut into blocks.

The reading thread only gathers records into a `Piece`. Decoding one needs nothing but the piece, so any thread can do it;
the number of a row, which depends on how many rows before it could be read, is added afterwards, in order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.formats.decode import Decoded, Decoder, Parts
from bloomery.formats.plan import Lane
from bloomery.formats.records import Broken, Chunk, Raws
from bloomery.formats.rows import Converted, order
from bloomery.kernels.cuts import together
from bloomery.kernels.flat import Flat, binaries
from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, Quarantined

#: Bytes of JSON text after which a batch ends.
BATCH_BYTES = 24 << 20
#: (index of the source, path) -> rows, quarantined records
Counts = dict[tuple[int, str], tuple[int, int]]


class Undecoded(NamedTuple):
    """Records of one file, or of a part of it."""

    file: int
    numbers: Sequence[int | str]
    lines: Sequence[int]
    raws: Raws


class Counted(NamedTuple):
    """A batch whose rows are numbered from 0, and how many rows and quarantined records of each file are in it."""

    batch: Batch
    counts: Counts

    def numbered(self, first: int) -> Batch:
        """The batch, its rows numbered from `first`."""
        if not first:
            return self.batch
        shift = (pl.col("n") + first).cast(pl.UInt64)
        return self.batch.with_(rows=self.batch.rows.with_columns(shift), parts=self.batch.parts.with_columns(shift))


class Piece:
    """Records that will be a batch."""

    def __init__(self, lane: Lane, decoder: Decoder) -> None:
        self._lane, self._decoder = lane, decoder
        self._records: list[Undecoded] = []
        self._broken: list[tuple[int, Broken]] = []  # with their file
        self._height = 0
        self.bytes = 0

    def __len__(self) -> int:
        return self._height + len(self._broken)

    def take(self, file: int, chunk: Chunk, start: int, end: int) -> None:
        """Records ``start <= i < end`` of a chunk, and the broken ones among and, after its last record, behind them."""
        if end > start:
            raws = Raws.of(chunk.raws[start:end])
            self._records.append(Undecoded(file, chunk.numbers[start:end], chunk.lines[start:end], raws))
            self._height += end - start
            self.bytes += int(raws.sizes.sum())
        if chunk.broken:
            low = order(chunk.numbers[start]) if start else -1
            high = order(chunk.numbers[end]) if end < len(chunk.raws) else None
            for one in chunk.broken:
                if low <= order(one.number) and (high is None or order(one.number) < high):
                    self._broken.append((file, one))
                    self.bytes += len(one.raw)

    def decode(self) -> Counted:
        """The batch; safe to call on any thread."""
        raws, told = together([records.raws.cuts for records in self._records]), {}
        if self._lane.target is not None:
            assert self._lane.own is not None
            converted = Converted([raws.at(i) for i in range(raws.height)], self._lane.own, self._lane.target)
            raws, told = together([Raws.of(converted.raws).cuts]), converted.faults
        decoded = self._decoder.decode(raws, told)
        keep = np.ones(raws.height, dtype=np.bool_)
        keep[list(decoded.bad)] = False
        assert self._lane.form is not None
        batch = Batch(
            rows=self._rows(raws, decoded, keep),
            parts=_parts(decoded.parts, keep),
            format=self._lane.form.name,
            task=self._lane.task,
            quarantined=self._quarantined(raws, decoded),
        )
        return Counted(batch, self._counts(keep))

    def _rows(self, raws: Flat, decoded: Decoded, keep: npt.NDArray[np.bool_]) -> pl.DataFrame:
        raw = binaries(raws)
        if decoded.mended:
            raw = pl.Series("raw", [decoded.mended.get(at, line) for at, line in enumerate(raw)], dtype=pl.Binary)
        frame = pl.DataFrame({"id": self._ids(), "raw": raw, "fault": _faults(decoded, raws.height)})
        if not keep.all():
            frame = frame.filter(pl.Series(keep))
        return frame.with_columns(
            pl.Series("n", np.arange(frame.height, dtype=np.uint64)),
            source=pl.lit(self._lane.index, dtype=pl.UInt16),
            priority=pl.lit(self._lane.source.priority, dtype=pl.Int32),
            alive=pl.lit(True),
            edited=pl.lit(False),
        ).select(ROWS_SCHEMA.names())

    def _ids(self) -> pl.Series:
        """``path:number`` for each record."""
        names = self._lane.files
        pieces = [
            f"{names[records.file]}:" + pl.Series("id", _numbers(records.numbers)).cast(pl.String)
            for records in self._records
        ]
        return pl.concat(pieces) if pieces else pl.Series("id", [], dtype=pl.String)

    def _quarantined(self, raws: Flat, decoded: Decoded) -> tuple[Quarantined, ...]:
        """What could not be read, by the container or in decoding, in input order."""
        found = list(self._broken)
        ends = np.cumsum([len(records.raws) for records in self._records])
        for index, reason in decoded.bad.items():
            at = int(np.searchsorted(ends, index, side="right"))
            records = self._records[at]
            place = index - (int(ends[at - 1]) if at else 0)
            broken = Broken(records.numbers[place], records.lines[place], reason, raws.at(index))
            found.append((records.file, broken))
        found.sort(key=lambda item: (item[0], order(item[1].number)))
        names = self._lane.files
        return tuple(
            Quarantined(f"{names[file]}:{one.number}", names[file], one.line, one.reason, one.raw)
            for file, one in found
        )

    def _counts(self, keep: npt.NDArray[np.bool_]) -> Counts:
        """Rows and quarantined records by file."""
        counts: Counts = {}
        files = [(records.file, len(records.raws)) for records in self._records]
        start = 0
        for file, size in [*files, *((file, -1) for file, _ in self._broken)]:
            key = (self._lane.index, self._lane.files[file])
            rows, lost = counts.get(key, (0, 0))
            good = int(keep[start : start + size].sum()) if size > 0 else 0
            counts[key] = (rows + good, lost + abs(size) - good)
            start += max(size, 0)
        return counts


class Assembler:
    """Makes the pieces of one source."""

    def __init__(self, lane: Lane, batch_rows: int) -> None:
        assert lane.form is not None and lane.own is not None
        self._lane = lane
        self._batch_rows = batch_rows
        self._decoder = Decoder(lane.form)
        self._piece = Piece(lane, self._decoder)

    def add(self, file: int, chunk: Chunk) -> Iterator[Piece]:
        """The pieces that are full with these records."""
        start = 0
        while True:
            end = start + self._room(chunk, start)
            self._piece.take(file, chunk, start, end)
            start = end
            if len(self._piece) >= self._batch_rows or self._piece.bytes >= BATCH_BYTES:
                yield from self.rest()
            if start >= len(chunk.raws):
                return

    def rest(self) -> Iterator[Piece]:
        """The last piece, if there is one."""
        if len(self._piece):
            piece, self._piece = self._piece, Piece(self._lane, self._decoder)
            yield piece

    def _room(self, chunk: Chunk, start: int) -> int:
        """How many of the records from `start` on fill the piece; at least one if there is one."""
        room = max(self._batch_rows - len(self._piece), 1)
        sizes = Raws.of(chunk.raws[start : start + room]).sizes
        left = BATCH_BYTES - self._piece.bytes
        if int(sizes.sum()) < left:
            return len(sizes)
        return int(np.searchsorted(np.cumsum(sizes), left)) + 1 if len(sizes) else 0


def _numbers(numbers: Sequence[int | str]) -> Sequence[int | str] | npt.NDArray[np.int64]:
    return np.arange(numbers.start, numbers.stop) if isinstance(numbers, range) else numbers


def _faults(decoded: Decoded, size: int) -> pl.Series:
    if not decoded.faults:
        return pl.Series("fault", [None], dtype=pl.String).new_from_index(0, size)
    return pl.Series("fault", [decoded.faults.get(index) for index in range(size)], dtype=pl.String)


def _parts(parts: Parts, keep: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """The parts frame: rows numbered from 0, parts within their row."""
    n = np.cumsum(keep) - 1
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
