"""What a container hands on: numbered records as JSON text, and what it could not read.

A container (JSON lines, CSV, Parquet, ...) knows nothing of formats. It gives `Chunk` after `Chunk`: for each record its
number (the physical line in line containers, else its ordinal from 1, broken records counted), the line it starts on, and
its JSON text. Whether that text is a good record is decided later, in one place for all containers
(`bloomery.formats.decode`); what a container itself cannot make sense of is `Broken`, with its reason.

A stream that ends early (a truncated download) costs its last record: everything before is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

#: Records a container puts into a chunk, about.
CHUNK = 2_000


class Broken(NamedTuple):
    """A record that could not be read."""

    number: int | str
    line: int
    reason: str
    raw: bytes


@dataclass(slots=True)
class Chunk:
    """Some records in input order; the three sequences are aligned."""

    numbers: Sequence[int | str] = ()
    lines: Sequence[int] = ()
    raws: list[bytes] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)


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
    'byte 0xe9 at position 3 is not UTF-8; if the file is in another encoding, name it, e.g. `encoding: latin-1`'
    """
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = raw[error.start]
        hint = "if the file is in another encoding, name it, e.g. `encoding: latin-1`"
        return f"byte 0x{bad:02x} at position {error.start} is not UTF-8; {hint}"
    return None


def _plain(value: object) -> object:
    """What msgspec does not know: the array types of data frames."""
    if isinstance(value, Iterable):
        return list(value)
    return str(value)


_ENCODE = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number").encode
