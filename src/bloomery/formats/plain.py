"""Plain text: one row a line, ``{"text": line}``. The number of a row is its line; blank lines are no rows."""

from collections.abc import Iterator, Sequence

from bloomery.formats.encoding import Text
from bloomery.formats.lines import Lines
from bloomery.formats.records import Broken, Chunk, damaged, not_utf8, to_json


def read(text: Text) -> Iterator[Chunk]:
    """The rows of a plain text."""
    lines = Lines(text)
    for first, raws in lines:
        yield _chunk([(number, raw) for number, raw in enumerate(raws, first) if raw.strip()])
    if lines.cut:
        yield damaged(lines.cut.number, lines.cut.number, text.damage or "", lines.cut.raw)


def _chunk(lines: Sequence[tuple[int, bytes]]) -> Chunk:
    broken = []
    good: list[tuple[int, bytes]] = []
    for number, raw in lines:
        try:
            good.append((number, to_json({"text": raw.decode("utf-8")})))
        except UnicodeDecodeError:
            broken.append(Broken(number, number, not_utf8(raw) or "", raw))
    numbers = [number for number, _ in good]
    return Chunk(numbers, numbers, [raw for _, raw in good], broken)
