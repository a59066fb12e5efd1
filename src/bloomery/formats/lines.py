"""Lines of a text, whatever ends them.

Lines end with LF; CRs before it (CRLF, CRCRLF) belong to the line end. A text whose beginning has CRs and no LF has CR
for a line end. Nothing else ends a line: U+2028, form feeds and the like are text. Line numbers count line ends, so an
editor can jump to them. Lines are given in lists, as many as a block holds, so that the common case costs no Python per
line.
"""

from collections.abc import Iterator
from typing import NamedTuple

from bloomery.formats.encoding import Text

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

    def __iter__(self) -> Iterator[tuple[int, list[bytes]]]:
        number, pending = 1, [b""]
        for block in self._text:
            if self.end not in block:  # a long line: join its pieces once, at its end
                pending.append(block)
                continue
            lines = b"".join([*pending, block]).split(self.end)
            pending = [lines.pop()]
            yield number, self._stripped(lines, block)
            number += len(lines)
        last = b"".join(pending)
        if self._text.damage:
            self.cut = Cut(number, last)
        elif last:
            yield number, self._stripped([last], last)

    def _stripped(self, lines: list[bytes], block: bytes) -> list[bytes]:
        """CRs off the line ends; `block` may miss the first line's beginning, whose CR then shows in the line."""
        if self._strip and (b"\r" in block or lines[0].endswith(b"\r")):
            return [line.rstrip(b"\r") for line in lines]
        return lines
