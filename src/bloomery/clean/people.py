"""Decisions by people: rows that somebody brought back or threw out, and that every later run respects.

They stand in ``decisions.jsonl``, one object a line: ``id, digest, action (keep | drop), op, reason, by, at``. The digest
is of the row as it was read, so a decision follows its row when lines move, and does not hit another row that now has
its number. Only a row that `exact` had dropped must have its old id as well: its copies have the same digest. A decision
that finds no row is counted and said.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec
import polars as pl

from bloomery.errors import DataError
from bloomery.schema import Batch


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about one row."""

    id: str
    digest: str
    action: Literal["keep", "drop"]
    op: str = ""  # the op whose decision this overrides
    reason: str = ""
    by: str
    at: str  # ISO 8601 with offset


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
        f"{what} is no decision by people",
        expected="lines as in the decisions.jsonl of an earlier run",
        found=found,
        next="Name that file with --decisions, or decisions: in the recipe",
    )


def dump(decisions: Iterable[Decision]) -> bytes:
    """The bytes of a decisions file."""
    return b"".join(msgspec.json.encode(decision) + b"\n" for decision in decisions)


class People:
    """Decisions of people, ready to be looked up batch by batch."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self.by_digest: dict[str, list[Decision]] = {}
        for decision in decisions:
            self.by_digest.setdefault(decision.digest, []).append(decision)
        self.heard: set[str] = set()  # digests that were found

    def about(self, batch: Batch) -> pl.DataFrame:
        """``n, action, reason, by, at`` of the rows of a batch that somebody decided on."""
        schema = {"n": pl.UInt64} | dict.fromkeys(("action", "reason", "by", "at"), pl.String)
        if not self.by_digest:
            return pl.DataFrame(schema=schema)
        found = []
        for n, row_id, raw in batch.rows.select("n", "id", "raw").iter_rows():
            key = digest(raw)
            matching = [d for d in self.by_digest.get(key, ()) if d.id == row_id or d.op != "exact"]
            if matching:
                decision = matching[-1]  # the latest one stands
                self.heard.add(key)
                found.append((n, decision.action, decision.reason, decision.by, decision.at))
        return pl.DataFrame(found, schema=schema, orient="row")
