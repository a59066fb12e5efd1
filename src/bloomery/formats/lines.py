"""Lines of a text, whatever ends them.

Lines end with LF; CRs before it (CRLF, CRCRLF) belong to the line end. A text whose beginning has CRs and no LF has CR
for a line end. Nothing else ends a line: U+2028, form feeds and the like are text. Line numbers count line ends, so an
editor can jump to them. Lines are given as pieces of the block they stand in, so that the common case costs no Python per
line.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bloomery.formats.encoding import Text
from bloomery.formats.records import Raws
from bloomery.kernels.cuts import cut_lines

_SAMPLE = 1 << 16
BLANK = b" \t\r\n\x0b\x0c"


class Cut(NamedTuple):
    """The line on which a damaged stream ended."""

    number: int
    raw: bytes


class Lines:
    """The lines of `text` as (number of the first, lines without their end); iterate once.

    With ``keep_cr`` CRs before an LF stay on the line (they may be inside a quoted CSV field).
    """

    def __init__(self, text: Text, *, keep_cr: bool = False) -> None:
        head = text.head(_SAMPLE)
        self.end = b"\r" if b"\r" in head and b"\n" not in head else b"\n"
        self.cut: Cut | None = None  # set after the last line if the stream was damaged
        self._text = text
        self._strip = not keep_cr and self.end == b"\n"

    def __iter__(self) -> Iterator[tuple[int, Raws]]:
        number, pending = 1, [b""]
        for block in self._text:
            last = block.rfind(self.end) + 1
            if not last:  # a long line: join its pieces once, at its end
                pending.append(block)
                continue
            lines = self._cut(b"".join([*pending, block[:last]]))
            pending = [block[last:]]
            yield number, lines
            number += len(lines)
        rest = b"".join(pending)
        if self._text.damage:
            self.cut = Cut(number, rest)
        elif rest:
            yield number, self._cut(rest + self.end)

    def _cut(self, block: bytes) -> Raws:
        return Raws(cut_lines(block, self.end, strip_cr=self._strip))
