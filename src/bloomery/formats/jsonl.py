"""JSON lines: one record a line. The number of a record is its line; blank lines are no records.

Where the first line is a JSON string, the file is one of texts: each string becomes ``{"text": "..."}``.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bloomery.formats.encoding import Text
from bloomery.formats.lines import Lines
from bloomery.formats.records import Chunk, Raws, damaged
from bloomery.kernels.cuts import Cuts

_BLANK = ord(" ")  # white space is this or below


def read(text: Text) -> Iterator[Chunk]:
    """The records of a JSON-lines text, unchecked: each raw is the line as it stands, without its end."""
    strings = text.head(1 << 10).lstrip().startswith(b'"')
    lines = Lines(text)
    for first, raws in lines:
        chunk = _chunk(first, raws)
        yield _wrapped(chunk) if strings else chunk
    if lines.cut:
        yield damaged(lines.cut.number, lines.cut.number, text.damage or "", lines.cut.raw)


def _chunk(first: int, raws: Raws) -> Chunk:
    numbers = range(first, first + len(raws))
    filled = _filled(raws)
    if filled.all():
        return Chunk(numbers, numbers, raws)
    kept = (np.flatnonzero(filled) + first).tolist()
    block, starts, ends = raws.cuts
    return Chunk(kept, kept, Raws(Cuts(block, starts[filled], ends[filled])))


def _filled(raws: Raws) -> npt.NDArray[np.bool_]:
    """Which lines are not blank; only those that begin with white space are looked at."""
    filled = raws.sizes > 0
    data = np.frombuffer(raws.cuts.block, dtype=np.uint8)
    doubtful = np.flatnonzero(filled)
    for at in doubtful[data[raws.cuts.starts[doubtful]] <= _BLANK]:
        filled[at] = bool(raws[int(at)].strip())
    return filled


def _wrapped(chunk: Chunk) -> Chunk:
    """Strings as records; whatever is no string stays, and so does a string that is cut off."""
    lines = (raw.strip() for raw in chunk.raws)
    raws = [b'{"text":' + line + b"}" if line[:1] == line[-1:] == b'"' and line != b'"' else line for line in lines]
    return Chunk(chunk.numbers, chunk.lines, raws)
