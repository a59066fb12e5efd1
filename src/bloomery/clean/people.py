"""Decisions by people: rows that somebody brought back or threw out, and that every later run respects.

They stand in ``decisions.jsonl`` (`bloomery.store.decisions`), as do those of a check that asked for rows to be dropped. Only a
row that `exact` had dropped must have its old id as well: its copies have the same digest. A decision that finds no row is
counted and said.
"""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bloomery.errors import DataError
from bloomery.schema import Batch
from bloomery.store import Decision, digest, load


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


def decisions_in(named: Sequence[str | Path | None], replaced: Path | None) -> list[Decision]:
    """The decisions of these files and, if there is one, of the run that is replaced; DataError for a file that is missing."""
    files = [Path(path) for path in named if path is not None]
    for path in files:
        if not path.exists():
            raise DataError(f"The decisions file {path} does not exist", next="Check the path")
    files += [replaced / "decisions.jsonl"] if replaced is not None else []
    return list(dict.fromkeys(decision for path in files for decision in load(path)))
