"""CSV and TSV: a header line, then records whose values all stay strings.

Quoted fields may hold line ends (kept as they are), delimiters and doubled quotes. A record with too many or too few
fields is quarantined; so is one whose quotes are wrong, and then reading goes on at the next line, so that a quote that is
never closed costs one line and not the rest of the file. In TSV, where many writers never quote, such a line is read
with its quotes as they stand if the number of fields is right.

The delimiter of a .csv is the one of ``, ; tab |`` that cuts the first records into the same number of fields, more than
one. Rows are ``{"column": "value", ...}``; a column without a name is ``column_3`` (its place); a column named twice is an
error, since one of the two would be lost.
"""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bloomery.errors import DataError
from bloomery.formats.encoding import Text
from bloomery.formats.lines import Lines
from bloomery.formats.records import CHUNK, Broken, Chunk, not_utf8, to_json
from bloomery.text.counted import counted

#: Characters after which an open quote is taken for a mistake.
MAX_RECORD = 8 << 20
_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 16


class _Record(NamedTuple):
    """Fields (None where the quotes are wrong), the line it starts on, and its text."""

    fields: list[str] | None
    line: int
    text: str


def read(text: Text, *, where: str, tabs: bool = False) -> Iterator[Chunk]:
    """The records of a CSV text (`tabs`: of a TSV text); `where` names the file in errors. Numbers count records."""
    delimiter = "\t" if tabs else sniff(text.head(_SAMPLE))
    lines = _Lines(text)
    records = _records(lines, delimiter)
    header = _header(next(records, None), where)
    chunk, number = Chunk([], []), 0
    for number, record in enumerate(records, 1):
        _add(chunk, number, record, header, unquoted=delimiter if tabs else None)
        if len(chunk.raws) + len(chunk.broken) >= CHUNK:
            yield chunk
            chunk = Chunk([], [])
    if text.damage:
        chunk.broken.append(Broken(number + 1, lines.number, text.damage, lines.cut))
    yield chunk


def sniff(head: bytes) -> str:
    """The delimiter of a CSV text that begins with `head`; a comma where nothing tells.

    >>> sniff(b"a;b\\n1,5;2\\n")
    ';'
    """
    lines = head.decode("utf-8", "replace").splitlines(keepends=True)
    lines = lines[:-1] if len(head) >= _SAMPLE and len(lines) > 1 else lines
    return max(_DELIMITERS, key=lambda one: _evenness(lines[:100], one))


def _evenness(lines: Sequence[str], delimiter: str) -> float:
    """The share of records with as many fields as the header, 0 where that is one field."""
    try:
        counts = [len(fields) for fields in csv.reader(lines, delimiter=delimiter) if fields]
    except csv.Error:
        return 0.0
    return sum(count == counts[0] for count in counts) / len(counts) if counts and counts[0] > 1 else 0.0


class _Lines:
    """The lines of a text as strings with their ends, one by one; bytes that are no UTF-8 as half surrogates.

    `number` is that of the line given last. Lines can be put back.
    """

    def __init__(self, text: Text) -> None:
        self.number = 0
        self.cut = b""
        self._lines = Lines(text, keep_cr=True)
        self._source = self._read()
        self._again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self.number += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Give these lines again."""
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)

    def _read(self) -> Iterator[str]:
        end = self._lines.end.decode()
        for _, lines in self._lines:
            for line in lines:
                yield line.decode("utf-8", "surrogateescape") + end
        if self._lines.cut:
            self.number += 1
            self.cut = self._lines.cut.raw


def _records(lines: _Lines, delimiter: str) -> Iterator[_Record]:
    """The records, blank lines left out."""
    csv.field_size_limit(MAX_RECORD * 2)
    while True:
        start = lines.number + 1
        taken: list[str] = []
        try:
            fields: list[str] | None = next(csv.reader(_Tee(lines, taken), delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error:
            lines.put_back(taken[1:])
            fields, taken = None, taken[:1]
        if fields != []:
            yield _Record(fields, start, "".join(taken))


class _Tee:
    """Notes the lines that one record takes, and stops a record that grows too large."""

    def __init__(self, lines: _Lines, taken: list[str]) -> None:
        self._lines, self._taken, self._size = lines, taken, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._size > MAX_RECORD:
            raise csv.Error
        line = next(self._lines)
        self._taken.append(line)
        self._size += len(line)
        return line


def _header(record: _Record | None, where: str) -> list[str]:
    """Column names; DataError if they cannot be told apart."""
    if record is None:
        return []
    reason = not_utf8(record.text.encode("utf-8", "surrogateescape"))
    if record.fields is None or reason:
        what = reason or "a quote in it is never closed"
        raise DataError(f"The header of {where} cannot be read: {what}", expected="a first line with the column names")
    names = [name or f"column_{at}" for at, name in enumerate(record.fields, 1)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(
            f"{where} has the column {twice!r} twice",
            expected="a first line with a name of its own for each column",
            found=", ".join(map(repr, names[:20])),
            next="Rename one of them in the file",
        )
    return names


def _add(chunk: Chunk, number: int, record: _Record, header: list[str], *, unquoted: str | None) -> None:
    fields = record.fields
    if fields is None and unquoted:
        fields = record.text.rstrip("\r\n").split(unquoted)
        fields = fields if len(fields) == len(header) else None
    reason = _reason(record, fields, header)
    if reason or fields is None:
        raw = record.text.rstrip("\r\n").encode("utf-8", "surrogateescape")
        chunk.broken.append(Broken(number, record.line, reason or "", raw))
        return
    chunk.add(number, record.line, to_json(dict(zip(header, fields, strict=True))))


def _reason(record: _Record, fields: list[str] | None, header: list[str]) -> str | None:
    """Why a record cannot be used."""
    if not record.text.isascii():
        reason = not_utf8(record.text.encode("utf-8", "surrogateescape"))
        if reason:
            return reason
    if fields is None:
        return "a quote is opened and not closed, or text follows a closing quote"
    if len(fields) != len(header):
        return f"{counted(len(fields), 'field')} where the header has {len(header)}"
    return None
