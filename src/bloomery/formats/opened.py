"""One file, opened: its bytes, its container, its records."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from bloomery.errors import DataError, did_you_mean
from bloomery.formats import arrow, conll, csv, json_array, jsonl, parquet, plain, sniff
from bloomery.formats.compress import Stream
from bloomery.formats.encoding import Text
from bloomery.formats.files import STDIN
from bloomery.formats.records import Chunk
from bloomery.formats.source import Source

_HEAD = 1 << 16


class Opened:
    """A file being read. `notes` fills while it is read: sentences about the file that a reader of the report should know."""

    def __init__(self, path: str, source: Source) -> None:
        self.path, self.source = path, source
        self.notes: list[str] = []
        self.container, self.encoding = "", ""
        try:
            self._stream = Stream(_binary(path))
        except OSError as error:
            raise _unreadable(path, error) from None
        try:
            self._chunks = self._open()
        except BaseException as error:
            self.close()
            raise (_unreadable(path, error) if isinstance(error, OSError) else error) from None

    @property
    def bytes_read(self) -> int:
        """Bytes read from disk so far."""
        return self._stream.bytes_read

    def chunks(self) -> Iterator[Chunk]:
        """The records that have not been taken yet, and `DataError` where the file turns out to be unreadable."""
        try:
            yield from self._chunks
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def peek(self, enough: Callable[[Chunk], bool]) -> None:
        """Look at chunks until `enough` says so, without taking them."""
        seen: list[Chunk] = []
        for chunk in self.chunks():
            seen.append(chunk)
            if enough(chunk):
                break
        self._chunks = _chain(seen, self._chunks)

    def finish(self) -> str:
        """SHA-256 of the file; closes it."""
        return self._stream.finish()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _open(self) -> Iterator[Chunk]:
        first = self._stream.head(8)
        if not first:
            self.notes.append("it is empty")
        chosen = self.source.container
        if chosen is not None and chosen not in sniff.CONTAINERS:
            raise DataError(
                f"There is no container {chosen!r}",
                expected=f"one of {', '.join(sniff.CONTAINERS)}",
                next=did_you_mean(
                    chosen, sniff.CONTAINERS, otherwise="Correct --container, or `container:` in the recipe"
                ),
            )
        self.container = chosen or sniff.binary(first) or ""
        if self.container == "parquet" and first:
            return self._parquet()
        if self.container == "arrow" and first:
            return self._arrow()
        text = Text(self._stream, self.source.encoding)
        self.encoding = text.encoding
        self.container = self.container or sniff.container(self.path, text.head(_HEAD))
        return self._text(text)

    def _text(self, text: Text) -> Iterator[Chunk]:
        if self.container in ("csv", "tsv"):
            return csv.read(text, where=self.path, tabs=self.container == "tsv")
        if self.container == "json":
            return json_array.read(text, self.notes.append)
        if self.container in ("parquet", "arrow"):
            return self._wrong_name()
        return {"jsonl": jsonl.read, "txt": plain.read, "conll": conll.read}[self.container](text)

    def _parquet(self) -> Iterator[Chunk]:
        path = Path(self.path)
        if self.path == STDIN or self._stream.packed:
            raise DataError(
                f"{self.path} is Parquet that cannot be read from the middle",
                expected="a Parquet file on disk, not compressed as a whole",
                next="Save it or unpack it, and name the file",
            )
        return parquet.read(path, where=self.path)

    def _arrow(self) -> Iterator[Chunk]:
        path = Path(self.path)
        if self.path != STDIN and not self._stream.packed and arrow.is_whole_file(path):
            return arrow.read_file(path, where=self.path)
        return arrow.read(self._stream, where=self.path)

    def _wrong_name(self) -> Iterator[Chunk]:
        if self._stream.head(1):
            raise DataError(
                f"{self.path} is no {self.container.title()} file, whatever its name says",
                expected="a file that begins with PAR1 or ARROW1",
                found=repr(self._stream.head(8)[:8]),
                next="Name what it is with --container, or `container:` in the recipe",
            )
        yield from ()


def _chain(seen: list[Chunk], rest: Iterator[Chunk]) -> Iterator[Chunk]:
    yield from seen
    yield from rest


def _binary(path: str) -> BinaryIO:
    return sys.stdin.buffer if path == STDIN else Path(path).open("rb")


def _unreadable(path: str, error: OSError) -> DataError:
    return DataError(
        f"{path} cannot be read",
        expected="a readable file",
        found=error.strerror or str(error),
        next="Check its permissions",
    )
