"""The records of a file, whatever its container: a number, an object, or the reason why there is none."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from bloomery.formats.base import Record
from bloomery.formats.files import expand
from bloomery.formats.opened import Opened
from bloomery.formats.source import Source
from bloomery.formats.verdict import decode


class Records(NamedTuple):
    """What a file holds."""

    good: list[tuple[str, Record]]  #: number (the line in a file of lines, else the record's place from 1) and record
    broken: list[tuple[str, str]]  #: number and reason of those that cannot be read
    files: list[dict[str, Any]]  #: path, container, bytes, sha256
    notes: list[str]


def records(source: Source) -> Records:
    """Everything in the files of `source`, in their order; DataError where a file cannot be read at all."""
    found = Records([], [], [], [])
    names = expand(source.path)
    for at, name in enumerate(names):
        before = "" if len(names) == 1 else f"{at + 1}:"
        opened = Opened(name, source)
        try:
            for number, record in _read(opened):
                if isinstance(record, str):
                    found.broken.append((before + number, record))
                else:
                    found.good.append((before + number, record))
            digest = opened.finish()
        finally:
            opened.close()
        found.files.append({"path": name, "container": opened.container, "bytes": opened.bytes_read, "sha256": digest})
        found.notes.extend(f"{name}: {note}" for note in opened.notes)
    return found


def _read(opened: Opened) -> Iterator[tuple[str, Record | str]]:
    """Number and record, or the reason why it is none."""
    for chunk in opened.chunks():
        for number, raw in zip(chunk.numbers, chunk.raws, strict=True):
            yield str(number), decode(raw.removeprefix(b"\xef\xbb\xbf"))
        for one in chunk.broken:
            yield str(one.number), one.reason
