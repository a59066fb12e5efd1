"""JSON lines: one record a line. The number of a record is its line; blank lines are no records.

Where the first line is a JSON string, the file is one of texts: each string becomes ``{"text": "..."}``.
"""

from collections.abc import Iterator

from bloomery.formats.encoding import Text
from bloomery.formats.lines import Lines
from bloomery.formats.records import Chunk, damaged


def read(text: Text) -> Iterator[Chunk]:
    """The records of a JSON-lines text, unchecked: each raw is the line as it stands, without its end."""
    strings = text.head(1 << 10).lstrip().startswith(b'"')
    lines = Lines(text)
    for first, raws in lines:
        chunk = _chunk(first, raws)
        yield _wrapped(chunk) if strings else chunk
    if lines.cut:
        yield damaged(lines.cut.number, lines.cut.number, text.damage or "", lines.cut.raw)


def _chunk(first: int, raws: list[bytes]) -> Chunk:
    numbers = range(first, first + len(raws))
    if all(map(bytes.strip, raws)):
        return Chunk(numbers, numbers, raws)
    there = [(number, raw) for number, raw in zip(numbers, raws, strict=True) if raw.strip()]
    kept = [number for number, _ in there]
    return Chunk(kept, kept, [raw for _, raw in there])


def _wrapped(chunk: Chunk) -> Chunk:
    """Strings as records; whatever is no string stays, and so does a string that is cut off."""
    lines = (raw.strip() for raw in chunk.raws)
    raws = [b'{"text":' + line + b"}" if line[:1] == line[-1:] == b'"' and line != b'"' else line for line in lines]
    return Chunk(chunk.numbers, chunk.lines, raws)
