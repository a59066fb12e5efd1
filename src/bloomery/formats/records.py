"""What a container hands on: numbered records as JSON text, and what it could not read.

A container (JSON lines, CSV, Parquet, ...) knows nothing of formats. It gives `Chunk` after `Chunk`: for each record its
number (the physical line in line containers, else its ordinal from 1, broken records counted), the line it starts on, and
its JSON text. Whether that text is a good record is decided later, in one place for all containers
(`bloomery.formats.decode`); what a container itself cannot make sense of is `Broken`, with its reason.

A stream that ends early (a truncated download) costs its last record: everything before is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, overload

import msgspec
import numpy as np

from bloomery.kernels.cuts import Cuts

#: Records a container puts into a chunk, about.
CHUNK = 2_000


class Broken(NamedTuple):
    """A record that could not be read."""

    number: int | str
    line: int
    reason: str
    raw: bytes


class Raws(Sequence[bytes]):
    """Records as pieces of one block of bytes: a list of bytes of which none is made before it is asked for."""

    __slots__ = ("cuts",)

    def __init__(self, cuts: Cuts) -> None:
        self.cuts = cuts

    @classmethod
    def of(cls, raws: Sequence[bytes]) -> "Raws":
        """Any records; those of a list are put into a block."""
        if isinstance(raws, Raws):
            return raws
        ends = np.cumsum(np.fromiter(map(len, raws), dtype=np.int64, count=len(raws)))
        return cls(Cuts(b"".join(raws), np.concatenate([np.zeros(1, dtype=np.int64), ends])[: len(raws)], ends))

    def __len__(self) -> int:
        return len(self.cuts.starts)

    @overload
    def __getitem__(self, at: int) -> bytes: ...
    @overload
    def __getitem__(self, at: slice) -> "Raws": ...
    def __getitem__(self, at: int | slice) -> "bytes | Raws":
        block, starts, ends = self.cuts
        if isinstance(at, slice):
            return Raws(Cuts(block, starts[at], ends[at]))
        return block[starts[at] : ends[at]]

    def __iter__(self) -> Iterator[bytes]:
        block = self.cuts.block
        return (block[start:end] for start, end in zip(self.cuts.starts.tolist(), self.cuts.ends.tolist(), strict=True))

    @property
    def sizes(self) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        """Bytes of each."""
        return self.cuts.ends - self.cuts.starts


@dataclass(slots=True)
class Chunk:
    """Some records in input order; the three sequences are aligned."""

    numbers: Sequence[int | str] = ()
    lines: Sequence[int] = ()
    raws: "Raws | list[bytes]" = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)

    def add(self, number: int | str, line: int, raw: bytes) -> None:
        """One record more, for chunks that were made of lists."""
        assert isinstance(self.numbers, list) and isinstance(self.lines, list) and isinstance(self.raws, list)
        self.numbers.append(number)
        self.lines.append(line)
        self.raws.append(raw)


def to_json(record: Any) -> bytes:
    """A record of a container other than JSON as one JSON line.

    Dates and times become ISO 8601 strings, binary becomes base64, decimals keep their digits, and NaN and infinities,
    which JSON does not have, become null.
    """
    return _ENCODE(record)


def damaged(number: int, line: int, damage: str, raw: bytes) -> Chunk:
    """The one entry that says a stream ended early; `raw` is the record it cut through."""
    return Chunk(broken=[Broken(number, line, damage, raw)])


def not_utf8(raw: bytes) -> str | None:
    """Why `raw` is not UTF-8 and what to do, None if it is.

    >>> not_utf8(b"caf\\xe9")
    'byte 0xe9 at position 3 is not UTF-8; if the file is in another encoding, name it: `encoding: latin-1`, or --encoding'
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = raw[error.start]
        hint = "if the file is in another encoding, name it: `encoding: latin-1`, or --encoding"
        return f"byte 0x{bad:02x} at position {error.start} is not UTF-8; {hint}"
    return None


def _plain(value: object) -> object:
    """What msgspec does not know: the array types of data frames."""
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


_ENCODE = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number").encode
