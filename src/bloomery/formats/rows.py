"""From the records of a file to rows: trees become one row a path, other formats become the wanted one.

Both work on JSON text with every number's literal kept (`bloomery.formats.lossless`). A record that is no JSON goes on as
it stands, and is quarantined where all records are checked.
"""

from collections.abc import Iterator, Sequence

from bloomery.formats import lossless
from bloomery.formats.base import Format, Record
from bloomery.formats.convert import convert_record
from bloomery.formats.dialogue import Loss
from bloomery.formats.plan import Lane
from bloomery.formats.records import Chunk
from bloomery.formats.verdict import decode


class Converted:
    """JSON texts in the wanted format; those that lose something stay as they are, with a fault by index."""

    def __init__(self, raws: Sequence[bytes], own: Format, target: str) -> None:
        self.raws = list(raws)
        self.faults: dict[int, str] = {}
        for index, raw in enumerate(raws):
            record = _loaded(raw)
            if record is None:
                continue
            try:
                self.raws[index] = lossless.dumps(convert_record(record, own, target))
            except (Loss, ValueError):
                self.faults[index] = own.parse(record).fault or "not_convertible"


def prepared(lane: Lane, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The chunks of a file, records that hold several rows taken apart."""
    own = lane.own
    if own is None or not (own.expands or own.whole_file):
        yield from chunks
    elif own.whole_file:
        yield _expanded(own, _joined(chunks))
    else:
        for chunk in chunks:
            yield _expanded(own, chunk)


def _expanded(own: Format, chunk: Chunk) -> Chunk:
    """Each record as its rows; numbers become ``"12#1"``."""
    found = Chunk([], [], [], chunk.broken)
    line_of: dict[str, int] = {}
    good: list[tuple[int, Record]] = []
    bad: list[tuple[str, bytes]] = []
    for number, line, raw in zip(chunk.numbers, chunk.lines, chunk.raws, strict=True):
        line_of[str(number)] = line
        record = _loaded(raw)
        if record is None:
            bad.append((str(number), raw))
        else:
            good.append((int(number), record))
    rows = [(number, lossless.dumps(record)) for number, record in own.expand(good)]
    for number, raw in sorted([*rows, *bad], key=lambda row: order(row[0])):
        found.add(number, line_of[number.split("#")[0]], raw)
    return found


def order(number: int | str) -> int:
    """The place of a record in its file."""
    return number if isinstance(number, int) else int(number.split("#")[0])


def _joined(chunks: Iterator[Chunk]) -> Chunk:
    whole = Chunk([], [], [])
    for chunk in chunks:
        for number, line, raw in zip(chunk.numbers, chunk.lines, chunk.raws, strict=True):
            whole.add(number, line, raw)
        whole.broken += chunk.broken
    return whole


def _loaded(raw: bytes) -> Record | None:
    """The record in `raw`, None if it is none (the reason is found later)."""
    if isinstance(decode(raw), str):
        return None
    try:
        return lossless.loads(raw)
    except ValueError:
        return None
