"""Bringing dropped rows back: a decision by a person, dated, that later runs respect.

The row goes back to its place in ``data.jsonl`` as it stood when it was dropped, after the edits (not the drops) of the
ops that came later: with a recipe that scrubs last, a restored row is scrubbed too. Ledger, counts, report,
``decisions.jsonl`` and copies in other containers follow. Files are replaced one by one, each whole; the row files change
before the manifest, and an interrupted restore is mended by running it again.
"""

import getpass
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import polars as pl

from bloomery.clean.clusters import write_clusters
from bloomery.clean.lookup import Found, find, format_of
from bloomery.clean.moving import add_to_ledger, move
from bloomery.clean.ops import build, entry_name
from bloomery.clean.recount import recount, summary_of, write
from bloomery.clean.result import CleanResult
from bloomery.clean.tally import Counts, add_counts, bins, count
from bloomery.clean.walk import edit_only
from bloomery.errors import DataError
from bloomery.formats.write import encode
from bloomery.schema import LEDGER_SCHEMA, PARTS_SCHEMA, ROWS_SCHEMA, Batch
from bloomery.store import Decision, dump, load, write_atomic
from bloomery.text.counted import counted


def restore(run: CleanResult, ids: Sequence[str], *, reason: str = "", by: str | None = None) -> CleanResult:
    """Bring the dropped rows `ids` back. `by` defaults to the user's login name.

    Raises DataError if an id is unknown or its row was not dropped; then nothing has changed.
    """
    found = [_dropped(run, row_id) for row_id in dict.fromkeys(ids)]
    who, at = by or getpass.getuser(), datetime.now(UTC).isoformat(timespec="seconds")
    told = [msgspec.json.decode(f.json, type=_Line) for f in found]
    now = {f.id: _current(run, f, line) for f, line in zip(found, told, strict=True)}
    lines = {row_id: current.line for row_id, current in now.items()}
    decisions = [
        Decision(id=f.id, digest=line.digest, action="keep", op=line.op, reason=reason, by=who, at=at)
        for f, line in zip(found, told, strict=True)
    ]
    scrubbed = [f.id for f, line in zip(found, told, strict=True) if lines[f.id] != bytes(line.row)]
    edited = {*scrubbed, *run.rows.filter("edited")["id"]}
    drops = run.ledger.filter((pl.col("action") == "drop") & pl.col("id").is_in(list(lines)))
    lengths: Counts = {}
    for current in now.values():
        add_counts(lengths, current.lengths)
    move(run, lines, edited=scrubbed)
    _write_ledger(run, decisions)
    write_clusters(run.folder)
    path = run.folder / "decisions.jsonl"
    write_atomic(path, dump([*load(path), *decisions]))
    summary = summary_of(run)
    recount(summary, lengths, drops)
    _count_rows(run, summary, found, told, edited)
    write(run, summary, run.manifest["recipe"])
    return CleanResult(run.folder)


class _Line(msgspec.Struct):
    id: str
    op: str
    reason: str
    digest: str
    row: msgspec.Raw


class _Current(NamedTuple):
    """A row as it goes back."""

    line: bytes
    lengths: Counts


def _dropped(run: CleanResult, row_id: str) -> Found:
    found = find(run, row_id)
    if found.fate != "dropped":
        raise DataError(f"{row_id} cannot be restored", expected="a dropped row", found=f"a row that was {found.fate}")
    if msgspec.json.decode(found.json)["reason"] == "not_convertible":
        form = run.manifest["format"]["name"]
        raise DataError(
            f"{row_id} cannot be restored", expected=f"a row that can be {form}", found="one that cannot be converted"
        )
    return found


def _current(run: CleanResult, found: Found, line: _Line) -> _Current:
    """The row after the edits of the ops that come after the one that dropped it."""
    ops = build(run.manifest["recipe"]["clean"])
    names = [entry_name(op) for op in ops]
    later = ops[names.index(line.op) + 1 :] if line.op in names else ops
    fmt = format_of(run, found)
    raw = bytes(line.row)
    parsed = fmt.parse(msgspec.json.decode(raw))
    rows = pl.DataFrame([(0, found.id, 0, 0, raw, parsed.fault, True, False)], schema=ROWS_SCHEMA, orient="row")
    parts = [(0, k, part.role, part.text) for k, part in enumerate(parsed.parts)]
    bound = run.manifest["format"]
    batch = Batch(rows, pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row"), bound["name"], bound["task"])
    batch = edit_only(batch, later)
    return _Current(encode(batch, [fmt])[0], count(bins(batch)))


def _write_ledger(run: CleanResult, decisions: Sequence[Decision]) -> None:
    """Add the decisions to the ledger, each after the last line of its row."""
    new = pl.DataFrame(
        [(d.id, "person", "keep", d.reason, None, None, None, d.by, d.at) for d in decisions],
        schema=LEDGER_SCHEMA,
        orient="row",
    )
    add_to_ledger(run, new)


def _count_rows(
    run: CleanResult, summary: dict[str, Any], found: Sequence[Found], told: Sequence[_Line], edited: Collection[str]
) -> None:
    """Counts, examples and notes of the summary after the move."""
    for row, line in zip(found, told, strict=True):
        for counts in (summary["counts"], summary["sources"][row.source]):
            counts["kept"] += 1
            counts["dropped"] -= 1
            counts["edited"] += row.id in edited
        _uncount(summary["ops"], line)
    gone = {row.id for row in found}
    summary["examples"] = [e for e in summary["examples"] if e["id"] not in gone]
    total = run.ledger.filter((pl.col("op") == "person") & (pl.col("action") == "keep")).height + len(found)
    note = "restored by people, see decisions.jsonl"
    summary["notes"] = [n for n in summary["notes"] if note not in n] + [f"{counted(total, 'row')} {note}"]


def _uncount(ops: list[dict[str, Any]], line: _Line) -> None:
    """One row fewer for the op that had dropped it, one more alive from there on."""
    names = [op["op"] for op in ops]
    at = names.index(line.op) if line.op in names else 0
    if line.op in names:
        ops[at]["dropped"] -= 1
        ops[at]["reasons"][line.reason] -= 1
    for op in ops[at:]:
        op["remaining"] += 1
