"""Decisions about single rows, in a file that later runs respect: ``decisions.jsonl``, one object a line.

``id, digest, action (keep | drop), op, reason, by, at``. The digest is of the row as it was read, so a decision follows its row
when lines move, and does not hit another row that now has its number. People decide so (`bloomery.clean.people`), and so does
a check of the training data (`bloomery.contamination`), which leaves `at` empty: the same check writes the same bytes.
"""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec

from bloomery.errors import DataError


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one row."""

    id: str
    digest: str
    action: Literal["keep", "drop"]
    op: str = ""  # the op whose decision this overrides, or that decided
    reason: str = ""
    by: str
    at: str  # ISO 8601 with offset; empty where a check decided


def digest(raw: bytes) -> str:
    """Identity of a row's content: BLAKE2b, 128 bits, hexadecimal."""
    return blake2b(raw, digest_size=16).hexdigest()


def load(path: Path) -> list[Decision]:
    """Decisions of a file; an empty list if the file does not exist. DataError on a line that is none."""
    if not path.exists():
        return []
    decisions = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise _unfit(str(path), error.strerror or str(error)) from None
    for number, line in enumerate(lines, start=1):
        try:
            decisions.append(msgspec.json.decode(line, type=Decision))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise _unfit(f"Line {number} of {path}", f"one that cannot be read: {error}") from None
    return decisions


def _unfit(what: str, found: str) -> DataError:
    return DataError(
        f"{what} is no decision",
        expected="lines as in the decisions.jsonl of an earlier run",
        found=found,
        next="Name that file with --decisions, or decisions: in the recipe",
    )


def dump(decisions: Iterable[Decision]) -> bytes:
    """The bytes of a decisions file."""
    return b"".join(msgspec.json.encode(decision) + b"\n" for decision in decisions)
