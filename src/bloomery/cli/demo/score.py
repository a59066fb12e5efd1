"""Planted against found: what a run made of the demo's truth, and what it wrongly took away.

Three questions, a table each: which planted faults were found; which good rows, look-alikes and ordinary ones included,
were removed or changed although they had to stay; and which leaked test items the contamination check saw.

In a cluster of duplicates whose truth names no survivor any one row may stay: if the original went and a copy stayed, the
two change places before they are counted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from bloomery.cli.demo.items import BENCHMARK
from bloomery.cli.demo.truth import KINDS, LEAKS, Kind, Truth

#: Ids shown for a line of the table.
SHOWN = 3
#: What ops may not do to a row that was not planted.
_ORDINARY = Kind("ordinary rows", "kept", ("normalize", "pii"))


class Leaks(NamedTuple):
    """What a contamination check said: ids of test items, as in the truth."""

    contaminated: Collection[str]
    answer_only: Collection[str] = ()


@dataclass
class Line:
    """One kind: rows planted, rows that met the fate they had to, the ids that were missed, and the ids that were harmed."""

    title: str
    expected: str
    planted: int = 0
    found: int = 0
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Removed, changed or flagged although it had to stay as it is."""


class Table(NamedTuple):
    """The three tables, a line a kind."""

    faults: list[Line]
    good: list[Line]
    leaks: list[Line]

    @property
    def planted(self) -> int:
        """Faults that had to be found, those below the threshold not counted."""
        return sum(line.planted for line in self.faults if line.expected != "either")

    @property
    def found(self) -> int:
        """Faults that were found."""
        return sum(line.found for line in self.faults if line.expected != "either")

    @property
    def wrong(self) -> int:
        """Good rows that were removed or changed."""
        return sum(len(line.wrong) for line in [*self.faults, *self.good])


class _Fates(NamedTuple):
    dropped: Mapping[str, str]  # id -> op
    edited: Mapping[str, set[str]]  # id -> ops
    quarantined: Collection[str]


def score(
    truth: Truth,
    ledger: pl.DataFrame,
    quarantined: Collection[str],
    leaks: Leaks | None = None,
    *,
    root: str = "",
) -> Table:
    """Hold a run against the truth.

    `ledger` has the columns of `bloomery.schema.LEDGER_SCHEMA`; `quarantined` are ids. `root` is the demo folder as it
    stands in front of the run's ids (``demo-run/raw/tickets.jsonl:12``); the truth's ids start below it. Without `leaks`
    the third table is empty.
    """
    fates = _fates(truth, ledger, quarantined, root)
    lines = {kind: Line(told.title, told.expected) for kind, told in KINDS.items()}
    for row in truth.planted:
        _judge(lines[row.kind], row.id, Kind("", row.expected, row.by), fates)
    ordinary = Line(_ORDINARY.title, _ORDINARY.expected)
    for row_id in _ordinary_ids(truth):
        _judge(ordinary, row_id, _ORDINARY, fates)
    planted = [line for line in lines.values() if line.planted]
    good = [line for line in planted if line.expected == "kept"]
    faults = [line for line in planted if line.expected != "kept"]
    return Table(faults, [*good, ordinary], [] if leaks is None else _leak_lines(truth, leaks, root))


def _fates(truth: Truth, ledger: pl.DataFrame, quarantined: Collection[str], root: str) -> _Fates:
    """Drops, edits and quarantined rows by the truth's ids, exchangeable duplicates settled."""
    dropped: dict[str, str] = {}
    edited: dict[str, set[str]] = {}
    for row_id, op, action in ledger.select("id", "op", "action").iter_rows():
        below = _below(row_id, root)
        if action == "drop":
            dropped.setdefault(below, op)
        elif action == "edit":
            edited.setdefault(below, set()).add(op)
    for cluster in truth.clusters:
        original = cluster.members[0]
        staying = [member for member in cluster.members[1:] if member not in dropped]
        if cluster.survivor is None and original in dropped and staying:
            dropped[staying[0]] = dropped.pop(original)
    return _Fates(dropped, edited, {_below(row_id, root) for row_id in quarantined})


def _below(row_id: str, root: str) -> str:
    return row_id.removeprefix(f"{root.rstrip('/')}/") if root else row_id


def _ordinary_ids(truth: Truth) -> list[str]:
    """Ids of the rows of the training sources that nobody planted."""
    planted = {row.id for row in truth.planted}
    ids = [f"{file}:{n}" for file, rows in truth.rows.items() if file != BENCHMARK for n in range(1, rows + 1)]
    return [row_id for row_id in ids if row_id not in planted]


def _judge(line: Line, row_id: str, kind: Kind, fates: _Fates) -> None:
    """Count one row on its line."""
    op = fates.dropped.get(row_id)
    gone = op is not None or row_id in fates.quarantined
    touched = bool(fates.edited.get(row_id, set()) & set(kind.by))
    if kind.expected == "kept":
        met, harmed = not gone and not touched, gone or touched
    elif kind.expected == "edited":
        met, harmed = touched and not gone, gone
    elif kind.expected == "quarantined":
        met, harmed = row_id in fates.quarantined or op in kind.by, False
    else:
        met, harmed = op in kind.by, False
    line.planted += 1
    line.found += met
    if harmed:
        line.wrong.append(row_id)
    elif not met and kind.expected != "either":
        line.missed.append(row_id)


def _leak_lines(truth: Truth, leaks: Leaks, root: str) -> list[Line]:
    """A line for each kind of leak, and one for the clean test items."""
    flagged = {_below(row_id, root) for row_id in leaks.contaminated}
    answers = {_below(row_id, root) for row_id in leaks.answer_only}
    lines = {kind: Line(told.title, told.expected) for kind, told in LEAKS.items()}
    for leak in truth.leaks:
        line = lines[leak.kind]
        met = leak.id in (flagged if leak.expected == "contaminated" else answers)
        line.planted += 1
        line.found += met
        if leak.expected == "answer_only" and leak.id in flagged:
            line.wrong.append(leak.id)
        elif not met:
            line.missed.append(leak.id)
    leaked = {leak.id for leak in truth.leaks}
    clean = [f"{BENCHMARK}:{n}" for n in range(1, truth.rows[BENCHMARK] + 1) if f"{BENCHMARK}:{n}" not in leaked]
    wrong = [row_id for row_id in clean if row_id in flagged or row_id in answers]
    return [*lines.values(), Line("clean test items", "clean", len(clean), len(clean) - len(wrong), [], wrong)]


def render(table: Table) -> RenderableType:
    """The tables for a terminal (`rich`)."""
    parts: list[RenderableType] = [
        _faults_table(table.faults),
        Text(),
        _good_table("Good rows that had to stay", table.good, "rows", "stayed", "wrongly removed or changed"),
    ]
    if table.leaks:
        parts += [Text(), _faults_table(table.leaks, "Test items that stand in the training data", "wrongly flagged")]
    return Group(*parts, Text(), verdict(table))


def verdict(table: Table) -> Text:
    """The whole in a sentence."""
    good = sum(line.planted for line in table.good)
    text = Text.assemble(
        (f"{table.found:,} of {table.planted:,}", _colour(table.found == table.planted)),
        " planted faults found; ",
        (f"{table.wrong:,}", _colour(table.wrong == 0)),
        f" of {good + sum(line.planted for line in table.faults if line.expected == 'edited'):,} good rows wrongly touched",
    )
    if table.leaks:
        found, planted = (sum(getattr(line, name) for line in table.leaks[:-1]) for name in ("found", "planted"))
        text.append("; ").append(f"{found} of {planted}", _colour(found == planted)).append(" leaked test items found")
    return text.append(".")


def _faults_table(
    lines: Sequence[Line], title: str = "What was planted, and had to be found", wrong: str = "wrongly removed"
) -> RichTable:
    grid = _grid(title, "kind", "planted", "found", "missed", wrong)
    for line in lines:
        if line.expected == "either":
            share = Text(f"{line.found}", "dim")
            grid.add_row(line.title, str(line.planted), share, Text("not counted: below 0.8", "dim"), "")
        else:
            found = Text(f"{line.found}", _colour(not line.missed and not line.wrong))
            grid.add_row(line.title, str(line.planted), found, _ids(line.missed), _ids(line.wrong))
    return grid


def _good_table(title: str, lines: Sequence[Line], *heads: str) -> RichTable:
    grid = _grid(title, "kind", *heads)
    for line in lines:
        grid.add_row(
            line.title, f"{line.planted:,}", Text(f"{line.found:,}", _colour(not line.wrong)), _ids(line.wrong)
        )
    return grid


def _grid(title: str, *heads: str) -> RichTable:
    """A plain table: words to the left, the two numbers to the right."""
    grid = RichTable(title=Text(title, "bold"), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for at, head in enumerate(heads):
        grid.add_column(head, justify="right" if at in {1, 2} else "left", header_style="dim", overflow="fold")
    return grid


def _ids(ids: Sequence[str]) -> Text:
    """How many, and the first few."""
    if not ids:
        return Text("–", "dim")
    more = f" … (+{len(ids) - SHOWN})" if len(ids) > SHOWN else ""
    return Text.assemble(
        (f"{len(ids)}: ", "bold red"), ", ".join(row_id.removeprefix("raw/") for row_id in ids[:SHOWN]) + more
    )


def _colour(good: bool) -> str:
    return "green" if good else "bold red"
