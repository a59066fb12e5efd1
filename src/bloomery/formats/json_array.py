"""JSON files: an array of records, records one after the other (pretty-printed, too), or an object around one array.

The file is never parsed as a whole. A scan of its brackets (`bloomery.formats.structure`) cuts it into elements; each is
minified (`msgspec.json.format`, which leaves every number and string as written) and checked later, like a line of JSON
lines. So one bad element costs one element, and memory is bounded by the largest element.

Where a bracket or quote is missing, the cut itself goes wrong and swallows what follows. Then the scan starts afresh
where the next element begins (`bloomery.formats.resync`). Rescanning is bounded by a budget; beyond it a broken piece
costs all it swallowed.

An array of strings is read as texts, ``{"text": "..."}``. An object that holds exactly one list of objects under a name
that is no column of a known format (``{"version": 1, "data": [...]}``) is a wrapper: the rows are the list's elements.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from bloomery.formats.encoding import Text
from bloomery.formats.records import Broken, Chunk
from bloomery.formats.resync import beginning, next_element
from bloomery.formats.structure import Structure
from bloomery.formats.verdict import CUT_OFF, decode

#: An element larger than this is cut off and quarantined.
MAX_ELEMENT = 32 << 20
_HEAD = 1 << 20
_BUDGET = 1 << 28
_SPACE = b" \t\r\n,"
#: lists of objects that are a record's own, not a wrapper's
_OF_RECORDS = frozenset(
    (
        *(
            "messages",
            "conversations",
            "conversation",
            "tools",
            "functions",
            "prompt",
            "completion",
            "chosen",
            "rejected",
        ),
        *("replies", "instances", "tokens", "history", "turns", "dialog", "dialogue", "spans", "entities"),
    )
)
_KEY_BEFORE = re.compile(rb'"((?:[^"\\]|\\.){0,200}+)"\s*:\s*\Z')


def read(text: Text, note: Callable[[str], None]) -> Iterator[Chunk]:
    """The records of a JSON text; `note` is told what a reader of the report should know about the file."""
    head = text.head(_HEAD)
    wrapped = _wrapped(head)
    if wrapped:
        note(f"it is one object: the rows are its list {wrapped.key!r}, what else it holds is left out")
    skip = wrapped.start if wrapped else 0
    cutter = _Cutter(1 if wrapped or head.lstrip()[:1] == b"[" else 0, once=wrapped is not None)
    for block in text:
        yield cutter.feed(block[skip:])
        skip = 0
    chunk = cutter.finish()
    if text.damage or cutter.rest:
        reason = text.damage or "the file ends in the middle of a record"
        chunk.broken.append(Broken(cutter.number + 1, cutter.line, reason, cutter.rest))
    elif cutter.open:
        note("its array is never closed: the file may have been cut off after the last record")
    yield chunk


class _Cutter:
    """Cuts blocks into elements: what stands between commas and brackets at `level`."""

    def __init__(self, level: int, *, once: bool) -> None:
        self.number, self.line = 0, 1  # of the last element; where the pending one begins
        self.rest = b""
        self._level, self._once, self._done = level, once, False
        self._structure = Structure()
        self._pending = b""
        self._beginning: re.Pattern[bytes] | None = None
        self._strings = False
        self._budget = _BUDGET
        self._begin()

    @property
    def open(self) -> bool:
        """Whether the array has not been closed."""
        return self._level > 0 and not self._done and self._structure.depth >= self._level

    def feed(self, block: bytes) -> Chunk:
        """The elements that end in `block`."""
        self._begin()
        self._budget += 4 * len(block)
        self._feed(block)
        while len(self._pending) > MAX_ELEMENT:
            self._give_up()
        return self._chunk

    def finish(self) -> Chunk:
        """What is left when the file has ended: elements after a piece that was never closed; `rest` is the last one."""
        self._begin()
        while not self._done and (again := self._resynced(self._pending, len(self._pending))) is not None:
            self._pending = b""
            self._feed(again)
        rest = b"" if self._done else self._pending.strip(_SPACE)
        raw = _minified(rest) if self._level == 0 and rest else None
        if raw is not None:
            self._take(self._pending, rest, raw)
        elif rest:
            self.line += _lines_before(self._pending)
            self.rest = rest
        return self._chunk

    def _begin(self) -> None:
        self._chunk = Chunk([], [])

    def _feed(self, block: bytes | None) -> None:
        while block is not None and not self._done:
            block = self._cut(block)

    def _cut(self, block: bytes) -> bytes | None:
        """Take the elements that end in `block`; returns the bytes to scan afresh where the cut went wrong."""
        data, shift, start = self._pending + block, len(self._pending), 0
        for at, whole, last in self._cuts(block):
            end = shift + at + whole
            piece = data[start:end]
            if (again := self._piece(piece, len(data))) is not None:
                self._pending = b""
                return again + data[end:]
            start = shift + at + 1
            if last and self._once:
                self._done = True
                break
        self._pending = data[start:]
        return None

    def _cuts(self, block: bytes) -> list[tuple[int, bool, bool]]:
        """Where pieces end: offset, whether the byte there belongs to the piece, whether the list ends with it."""
        marks = self._structure.scan(block)
        comma = marks.char == 0x2C
        closes = (marks.char == 0x5D) | (marks.char == 0x7D)
        level = marks.depth == self._level
        ends = closes & (marks.depth == self._level - 1)
        hits = np.flatnonzero(level & (comma | closes | (self._level > 0)) | ends)
        whole = (level & closes)[hits]
        return list(zip(marks.at[hits].tolist(), whole.tolist(), ends[hits].tolist(), strict=True))

    def _piece(self, piece: bytes, cost: int) -> bytes | None:
        """A piece between cuts: blank, an element, or broken; then the bytes to scan afresh, if there is where."""
        element = piece.strip(_SPACE)
        if not element:
            self.line += piece.count(b"\n")
            return None
        raw = _minified(element)
        if raw is None and (again := self._resynced(piece, cost)) is not None:
            return again
        self._take(piece, element, raw)
        return None

    def _take(self, piece: bytes, element: bytes, raw: bytes | None) -> None:
        """An element; if it is no JSON (`raw` is None) it goes on as it stands, and its reason is found later."""
        self.number += 1
        if self.number == 1:
            self._strings = element.startswith(b'"')
        if self._beginning is None and raw is not None:
            self._beginning = beginning(element)
        if self._strings and raw is not None and raw.startswith(b'"'):
            raw = b'{"text":' + raw + b"}"
        self._chunk.add(self.number, self.line + _lines_before(piece), element if raw is None else raw)
        self.line += piece.count(b"\n")

    def _resynced(self, piece: bytes, cost: int) -> bytes | None:
        """Quarantine a broken piece up to where the next element begins; the bytes from there on, to scan afresh."""
        blank = len(piece) - len(piece.lstrip(_SPACE))
        if self._beginning is None or self._budget < cost or blank == len(piece):
            return None
        self._budget -= cost
        at = next_element(piece[blank:], self._beginning)
        if at is None:
            return None
        broken = piece[: blank + at]
        said = decode(broken.strip(_SPACE))
        known = isinstance(said, str) and said != CUT_OFF
        self._break(broken, str(said) if known else "no valid JSON: a bracket or a quote is missing")
        return piece[blank + at :]

    def _give_up(self) -> None:
        """The pending element is too large: quarantine it, up to the next beginning if there is one."""
        pending, self._pending = self._pending, b""
        again = self._resynced(pending, len(pending))
        if again is None:
            self._break(pending, f"a record larger than {MAX_ELEMENT >> 20} MiB, or a bracket is missing")
        else:
            self._feed(again)

    def _break(self, piece: bytes, reason: str) -> None:
        self.number += 1
        line = self.line + _lines_before(piece)
        self._chunk.broken.append(Broken(self.number, line, reason, piece.strip(_SPACE)))
        self.line += piece.count(b"\n")
        self._structure = Structure(self._level)


class _Wrapped(NamedTuple):
    """The list inside a wrapping object: its key and the offset of its bracket."""

    key: str
    start: int


def _wrapped(head: bytes) -> _Wrapped | None:
    """The one list of objects in a wrapping object, judged by the beginning of the file."""
    if head.lstrip()[:1] != b"{":
        return None
    marks = Structure().scan(head)
    closed = np.flatnonzero(marks.depth == 0)
    if len(closed) and head[int(marks.at[closed[0]]) + 1 :].strip():
        return None  # another value follows: records one after the other
    lists = []
    for at in marks.at[(marks.char == 0x5B) & (marks.depth == 2)].tolist():
        key = _KEY_BEFORE.search(head, max(0, at - 300), at)
        if key and head[at + 1 : at + 1000].lstrip()[:1] == b"{":
            lists.append(_Wrapped(key[1].decode("utf-8", "replace"), at))
    if len(lists) != 1 or lists[0].key in _OF_RECORDS:
        return None
    return lists[0]


def _minified(element: bytes) -> bytes | None:
    """`element` without white space between tokens, None if it is no JSON."""
    try:
        return bytes(msgspec.json.format(element, indent=-1))
    except (msgspec.DecodeError, RecursionError):
        return None


def _lines_before(piece: bytes) -> int:
    """Line ends before the first telling byte of `piece`."""
    return piece.count(b"\n", 0, len(piece) - len(piece.lstrip(_SPACE)))
