"""Arrow IPC, streams and files, such as folders written by the ``datasets`` library hold. Numbers count rows.

A stream is a sequence of messages: the schema, dictionaries, record batches. Each record batch is given to Polars by
itself, behind the schema and the dictionaries, so memory is bounded by one batch, and a stream that ends early gives all
batches before. Of the messages only the kind and the length of the body are read here; layout: "Encapsulated message
format" in the Arrow columnar format specification, whose headers are FlatBuffers tables.

A file is such a stream with a table of contents at its end, which Polars needs. Where it is missing (an interrupted
download) the messages before are read as a stream.
"""

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from bloomery.errors import DataError
from bloomery.formats.compress import Stream
from bloomery.formats.frames import chunks, failed, scanned
from bloomery.formats.records import Chunk, damaged

MAGIC = b"ARROW1"
_MARK = b"\xff\xff\xff\xff"
_END = _MARK + b"\x00\x00\x00\x00"
_BATCH = 3
_LARGEST = 1 << 31
_EARLY = "the file ends early, as after an interrupted download; what stands before this point was read"


class _Message(NamedTuple):
    """A message, whole, and its kind."""

    kind: int
    data: bytes


def is_whole_file(path: Path) -> bool:
    """Whether this is an Arrow file with its table of contents."""
    with path.open("rb") as file:
        begins = file.read(len(MAGIC)) == MAGIC
        file.seek(max(0, path.stat().st_size - len(MAGIC)))
        return begins and file.read() == MAGIC and path.stat().st_size > 2 * len(MAGIC)


def read_file(path: Path, *, where: str) -> Iterator[Chunk]:
    """The rows of an Arrow file; DataError if it is none."""
    return scanned(lambda: pl.scan_ipc(path, glob=False), where=where, kind="Arrow")


def read(stream: Stream, *, where: str) -> Iterator[Chunk]:
    """The rows of an Arrow stream, or of a file without its end; DataError if it is neither."""
    source = _Bytes(stream)
    if source.peek(len(MAGIC)) == MAGIC:
        source.take(min(8, len(source.peek(8))))
    preamble, number = b"", 1
    try:
        for message in _messages(source):
            if message.kind != _BATCH:
                preamble += message.data
                continue
            frame = pl.read_ipc_stream(io.BytesIO(preamble + message.data + _END))
            yield from chunks(frame, number)
            number += frame.height
    except EOFError:
        if preamble:
            yield damaged(number, number, stream.damage or _EARLY, b"")
    except (ValueError, struct.error):
        raise _unreadable(where, "damage in the header of a message") from None
    except BaseException as error:
        raise failed(error, where, "Arrow") from None
    if not preamble:
        raise _unreadable(where, "no schema at its beginning")


def _unreadable(where: str, found: str) -> DataError:
    return DataError(f"{where} cannot be read as Arrow", found=found, next="Write or download it again")


class _Bytes:
    """Takes exact numbers of bytes from a stream of blocks."""

    def __init__(self, stream: Stream) -> None:
        self._blocks = iter(stream)
        self._pending = bytearray()

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, fewer at the end."""
        while len(self._pending) < size and (block := next(self._blocks, None)) is not None:
            self._pending += block
        return bytes(self._pending[:size])

    def take(self, size: int) -> bytes:
        """The next `size` bytes; EOFError if they are not there."""
        data = self.peek(size)
        if len(data) < size:
            raise EOFError
        del self._pending[:size]
        return data


def _messages(source: _Bytes) -> Iterator[_Message]:
    """The messages up to the end mark, or the end of the stream, which some writers leave it at."""
    while source.peek(4):
        start = source.take(8) if source.peek(4) == _MARK else _MARK + source.take(4)
        size = struct.unpack_from("<i", start, 4)[0]
        if size == 0:
            return
        if not 0 < size < _LARGEST:
            raise ValueError("a message of impossible size")
        header = source.take(size)
        kind, body = _header(header)
        if not 0 <= body < _LARGEST * 8:
            raise ValueError("a message of impossible size")
        yield _Message(kind, start + header + source.take(body))


def _header(data: bytes) -> tuple[int, int]:
    """Kind and body length from the FlatBuffers table ``Message``: its fields 1 (u8) and 3 (i64)."""
    table = struct.unpack_from("<I", data, 0)[0]
    fields = table - struct.unpack_from("<i", data, table)[0]
    size = struct.unpack_from("<H", data, fields)[0]

    def offset(field: int) -> int:
        at = 4 + 2 * field
        return int(struct.unpack_from("<H", data, fields + at)[0]) if at < size else 0

    kind, body = offset(1), offset(3)
    return (data[table + kind] if kind else 0), (struct.unpack_from("<q", data, table + body)[0] if body else 0)
