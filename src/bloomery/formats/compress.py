"""The bytes of one file: decompressed, in blocks, while what is on disk is counted and hashed.

gzip, bzip2, xz and Zstandard are told from the first bytes, whatever the file is called. Memory is bounded however well
the data compresses. A stream that ends early or turns out damaged gives everything up to that point, and then says so in
`Stream.damage`; whoever reads the blocks decides what that costs (one record, see `bloomery.formats.records`).
"""

import bz2
import gzip
import hashlib
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import zstandard

#: Bytes of a block, about.
BLOCK = 1 << 20
#: Compressed bytes fed at once to a decompressor that cannot bound its output.
_SIP = 4_096
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


class Stream:
    """The decompressed bytes of `file`, in blocks; read them once, by iterating."""

    def __init__(self, file: BinaryIO) -> None:
        self._tap = _Tap(file)
        self._blocks = self._read()
        self._ahead: list[bytes] = []
        #: one sentence when the stream ended early or was damaged, known once the blocks are read
        self.damage: str | None = None

    @property
    def bytes_read(self) -> int:
        """Bytes read from disk so far."""
        return self._tap.count

    @property
    def packed(self) -> bool:
        """Whether the file is compressed."""
        return _unpacker(self._tap) is not _plain

    def head(self, size: int) -> bytes:
        """At least the first `size` bytes (all there are, if fewer), without taking them off the stream."""
        while sum(map(len, self._ahead)) < size:
            block = next(self._blocks, None)
            if block is None:
                break
            self._ahead.append(block)
        self._ahead = [b"".join(self._ahead)]
        return self._ahead[0]

    def __iter__(self) -> Iterator[bytes]:
        while True:
            block = self._ahead.pop(0) if self._ahead else next(self._blocks, None)
            if block is None:
                return
            if block:
                yield block

    def finish(self) -> str:
        """The SHA-256 (hex) of the bytes on disk; reads what nobody has read, and closes the file."""
        while self._tap.read(BLOCK):
            pass
        self._tap.close()
        return self._tap.digest.hexdigest()

    def close(self) -> None:
        """Close the file without reading on."""
        self._tap.close()

    def _read(self) -> Iterator[bytes]:
        try:
            yield from _unpacker(self._tap)(self._tap)
        except (EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # the disk's fault, not the data's
            early = isinstance(error, EOFError)
            what = "ends early, as after an interrupted download" if early else f"is damaged ({error})"
            self.damage = f"the compressed file {what}; what stands before this point was read"


class _Tap(io.RawIOBase):
    """Reads a file, counts and hashes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._first = file.read(10)
        self._peeked = self._first
        self.count = 0
        self.digest = hashlib.sha256()

    def peek(self) -> bytes:
        """The first 10 bytes."""
        return self._first

    def readable(self) -> bool:
        """See `io.RawIOBase`."""
        return True

    def read(self, size: int = -1) -> bytes:
        """See `io.RawIOBase`."""
        ready = self._peeked if size < 0 else self._peeked[:size]
        self._peeked = self._peeked[len(ready) :]
        data = ready + self._file.read(size if size < 0 else size - len(ready))
        self.count += len(data)
        self.digest.update(data)
        return data

    def close(self) -> None:
        """Close the file under it too."""
        self._file.close()
        super().close()


def _unpacker(tap: _Tap) -> Callable[[_Tap], Iterator[bytes]]:
    return next((unpack for magic, unpack in _MAGIC.items() if tap.peek().startswith(magic)), _plain)


def _plain(tap: _Tap) -> Iterator[bytes]:
    while block := tap.read(BLOCK):
        yield block


def _filed(opener: Callable[..., object]) -> Callable[[_Tap], Iterator[bytes]]:
    """Blocks through one of the standard library's file classes; ``read1`` so that nothing read before an error is lost."""

    def unpack(tap: _Tap) -> Iterator[bytes]:
        reader: gzip.GzipFile = opener(tap)  # type: ignore[assignment]
        while block := reader.read1(BLOCK):
            yield block

    return unpack


def _zstd(tap: _Tap) -> Iterator[bytes]:
    """All frames; the end of the file within one is an early end."""
    pending = b""
    frame = zstandard.ZstdDecompressor().decompressobj()
    fresh = True
    while sip := pending or tap.read(_SIP):
        fresh = False
        block = frame.decompress(sip)
        pending = frame.unused_data if frame.eof else b""
        if frame.eof:
            frame, fresh = zstandard.ZstdDecompressor().decompressobj(), True
        if block:
            yield block
    if not fresh:
        raise EOFError


_MAGIC: dict[bytes, Callable[[_Tap], Iterator[bytes]]] = {
    b"\x1f\x8b\x08": _filed(lambda tap: gzip.GzipFile(fileobj=tap)),
    **{b"BZh%d1AY&SY" % level: _filed(bz2.BZ2File) for level in range(1, 10)},
    **{b"BZh%d\x17rE8P\x90" % level: _filed(bz2.BZ2File) for level in range(1, 10)},  # empty streams
    b"\xfd7zXZ\x00": _filed(lzma.LZMAFile),
    b"\x28\xb5\x2f\xfd": _zstd,
}
