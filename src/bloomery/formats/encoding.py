"""Text on its way to UTF-8: byte order marks, UTF-16, Latin-1 and the like.

A byte order mark decides; else the encoding the user named. UTF-8 passes as it is (the mark stripped), since each record
is checked later, where a bad byte costs one record. Other encodings are decoded block by block; what cannot be decoded
becomes half of a surrogate pair, which is not UTF-8 either, so that again it costs the record it stands in and no other.
"""

import codecs
from collections.abc import Iterator

from bloomery.errors import DataError
from bloomery.formats.compress import Stream

#: byte order mark -> encoding; the longer ones first, UTF-16's mark begins UTF-32's
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_POISON = "bloomery.poison"


class Text:
    """The text of a stream as blocks of UTF-8; read them once, by iterating."""

    def __init__(self, stream: Stream, encoding: str = "utf-8") -> None:
        self._stream = stream
        first = stream.head(4)
        mark = next((mark for mark in _MARKS if first.startswith(mark)), b"")
        self.encoding = _MARKS.get(mark) or known(encoding)
        self._blocks = self._decode(mark)
        self._ahead = b""

    @property
    def damage(self) -> str | None:
        """See `Stream.damage`."""
        return self._stream.damage

    def head(self, size: int) -> bytes:
        """At least the first `size` bytes (all there are, if fewer), without taking them off."""
        blocks = [self._ahead]
        while sum(map(len, blocks)) < size:
            block = next(self._blocks, None)
            if block is None:
                break
            blocks.append(block)
        self._ahead = b"".join(blocks)
        return self._ahead

    def __iter__(self) -> Iterator[bytes]:
        if self._ahead:
            ahead, self._ahead = self._ahead, b""
            yield ahead
        yield from self._blocks

    def _decode(self, mark: bytes) -> Iterator[bytes]:
        blocks = iter(self._stream)
        first = next(blocks, b"").removeprefix(mark)
        if self.encoding == "utf-8":
            yield first
            yield from blocks
            return
        decoder = codecs.getincrementaldecoder(self.encoding)(_POISON)
        block: bytes | None = first
        while block is not None:
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
            block = next(blocks, None)
        yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")


def known(encoding: str) -> str:
    """The name Python has for a text encoding; DataError if it has none.

    >>> known("Latin-1")
    'iso8859-1'
    """
    try:
        codec = codecs.lookup(encoding)
        b"a".decode(encoding)
    except (LookupError, UnicodeDecodeError):
        codec = None
    if codec is None or not codec._is_text_encoding:
        raise DataError(
            f"The encoding {encoding!r} is unknown",
            expected="the name of a text encoding such as utf-8, utf-16, latin-1 or cp1252",
            next="Correct --encoding, or `encoding:` in the recipe",
        )
    return codec.name


def _poison(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\udcff", error.end


codecs.register_error(_POISON, _poison)
