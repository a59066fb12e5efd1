"""Reading: sources in, batches of rows out, in order and in bounded memory.

    file → bytes (hashed, decompressed) → container → numbered JSON text → format → parts

One thread reads, any thread decodes; what comes out does not depend on how the bytes arrive. What cannot be read
travels in the batch as `Quarantined`, with file, line and reason; nothing is skipped in silence. Row ids are the path
as given and a number: the physical line in line containers (JSON lines, plain text), so that an editor can jump
there, else the record's ordinal, broken records counted. A record that holds several rows (a tree) gives
``file:12#1``, ``file:12#2``, ...
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bloomery.formats.assemble import Assembler, Counted, Counts, Piece
from bloomery.formats.base import Format
from bloomery.formats.files import STDIN
from bloomery.formats.opened import Opened
from bloomery.formats.plan import Lane, plan
from bloomery.formats.rows import prepared
from bloomery.formats.source import Source
from bloomery.schema import Batch, Task

BATCH_ROWS = 40_000


class FileInfo(NamedTuple):
    """A file that was read. `bytes` are those on disk, `sha256` is theirs; `encoding` is "" where a container has none."""

    path: str
    source: int
    container: str
    encoding: str
    bytes: int
    sha256: str
    rows: int
    quarantined: int


class Reader:
    """Reads `sources` as one stream of batches.

    `format` names the format that all rows are to have: a source of another format is converted row by row; a single
    source that fits it is read as it. Everything that can be wrong with the sources as a whole (missing, empty, of
    no or different formats) raises DataError here, before the first batch. Iterating again reads again, save from
    standard input.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        format: str | None = None,  # noqa: A002
        batch_rows: int = BATCH_ROWS,
    ) -> None:
        self.sources = list(sources)
        self._lanes = plan(self.sources, format)
        self._batch_rows = batch_rows
        self._bytes_done = 0
        self._current: Opened | None = None
        self._read: list[FileInfo] = []
        self._counts: Counts = {}
        #: sentences about files, for the report; complete after iteration
        self.notes: list[str] = []
        named = (name for lane in self._lanes for name in lane.files if name != STDIN)
        #: bytes on disk of all files, 0 for standard input
        self.total_bytes = sum(Path(name).stat().st_size for name in named)

    @property
    def formats(self) -> list[Format]:
        """The format of each source's rows, bound to its columns."""
        return [lane.form for lane in self._lanes if lane.form is not None]

    @property
    def format(self) -> str:
        """The name of the format of all rows."""
        return self.formats[0].name

    @property
    def names(self) -> list[str]:
        """The files of all sources."""
        return [name for lane in self._lanes for name in lane.files]

    @property
    def task(self) -> Task:
        """``label`` if that is the task of every source."""
        return "label" if all(lane.task == "label" for lane in self._lanes) else "open"

    @property
    def converted(self) -> list[bool]:
        """For each source, whether its rows are converted to the common format."""
        return [lane.target is not None for lane in self._lanes]

    @property
    def why(self) -> list[str]:
        """For each source, one sentence on what was seen."""
        return [lane.why for lane in self._lanes]

    @property
    def files(self) -> list[FileInfo]:
        """The files read so far; complete after iteration."""
        counts = (self._counts.get((file.source, file.path), (0, 0)) for file in self._read)
        return [
            file._replace(rows=rows, quarantined=lost) for file, (rows, lost) in zip(self._read, counts, strict=True)
        ]

    @property
    def bytes_read(self) -> int:
        """Bytes read from disk so far."""
        return self._bytes_done + (self._current.bytes_read if self._current else 0)

    def __iter__(self) -> Iterator[Batch]:
        yield from self.numbered(piece.decode() for piece in self.pieces())

    def pieces(self) -> Iterator[Piece]:
        """The records as pieces that any thread may decode; what comes of them goes to `numbered`, in this order."""
        self.notes, self._bytes_done, self._read, self._counts = [], 0, [], {}
        for lane in self._lanes:
            assembler = Assembler(lane, self._batch_rows)
            for file, name in enumerate(lane.files):
                yield from self._pieces_of(lane, file, name, assembler)
            yield from assembler.rest()

    def numbered(self, decoded: Iterable[Counted]) -> Iterator[Batch]:
        """The batches of the decoded pieces, their rows numbered over the whole input."""
        first = 0
        for counted in decoded:
            for key, (rows, quarantined) in counted.counts.items():
                before = self._counts.get(key, (0, 0))
                self._counts[key] = (before[0] + rows, before[1] + quarantined)
            batch = counted.numbered(first)
            first += len(batch)
            yield batch

    def _pieces_of(self, lane: Lane, file: int, name: str, assembler: Assembler) -> Iterator[Piece]:
        """The pieces that one file fills; they may hold records of the files before."""
        opened = lane.open_files.pop(name, None) or Opened(name, lane.source)
        self._current = opened
        try:
            for chunk in prepared(lane, opened.chunks()):
                yield from assembler.add(file, chunk)
            digest = opened.finish()
            size = opened.bytes_read
        finally:
            opened.close()
            self._current = None
        self._bytes_done += size
        self._read.append(FileInfo(name, lane.index, opened.container, opened.encoding, size, digest, 0, 0))
        self.notes += [f"{name}: {note}" for note in opened.notes]
