"""Scoring: planted against found, wrongly removed, exchangeable duplicates, leaks."""

import io

import polars as pl
import pytest
from rich.console import Console

from bloomery.cli.demo.score import Leaks, Line, Table, render, score, verdict
from bloomery.cli.demo.truth import Cluster, Expected, Leak, Planted, Truth
from bloomery.schema import LEDGER_SCHEMA

A, B = "raw/a.jsonl", "raw/benchmark.jsonl"


def truth(*planted: Planted, clusters: tuple[Cluster, ...] = (), leaks: tuple[Leak, ...] = (), rows: int = 4) -> Truth:
    return Truth(7, {A: rows, B: 3}, {}, planted, clusters, leaks)


def ledger(*lines: tuple[str, str, str]) -> pl.DataFrame:
    """Lines of id, op, action."""
    records = [{"id": i, "op": op, "action": action, "reason": "r"} for i, op, action in lines]
    return pl.DataFrame(records, schema=LEDGER_SCHEMA)


def row(n: int, kind: str, expected: Expected, *by: str) -> Planted:
    return Planted(f"{A}:{n}", kind, expected, by)


def line(table: Table, title: str) -> Line:
    return next(line for line in [*table.faults, *table.good, *table.leaks] if line.title == title)


def counts(line: Line) -> tuple[int, int, int, int]:
    return line.planted, line.found, len(line.missed), len(line.wrong)


def test_a_fault_dropped_by_its_op_is_found_and_one_that_stays_is_missed() -> None:
    table = score(
        truth(row(1, "refusal", "dropped", "signals"), row(2, "refusal", "dropped", "signals")),
        ledger((f"{A}:1", "signals", "drop")),
        (),
    )
    assert counts(line(table, "refusals")) == (2, 1, 1, 0)
    assert line(table, "refusals").missed == [f"{A}:2"]
    assert (table.found, table.planted, table.wrong) == (1, 2, 0)


def test_a_fault_dropped_by_an_unrelated_op_is_not_found() -> None:
    table = score(truth(row(1, "refusal", "dropped", "signals")), ledger((f"{A}:1", "near", "drop")), ())
    assert counts(line(table, "refusals")) == (1, 0, 1, 0)


def test_an_ordinary_row_that_was_dropped_edited_or_quarantined_is_wrong() -> None:
    drops = ledger((f"{A}:1", "near", "drop"), (f"{A}:2", "pii", "edit"))
    table = score(truth(), drops, {f"{A}:3"})
    assert counts(line(table, "ordinary rows")) == (4, 1, 0, 3)
    assert table.wrong == 3


def test_an_unreadable_row_counts_as_found_by_quarantine_or_by_its_fallback() -> None:
    planted = [row(1, "ragged", "quarantined", "structure"), row(2, "ragged", "quarantined", "structure")]
    table = score(truth(*planted), ledger((f"{A}:2", "structure", "drop")), {f"{A}:1"})
    assert counts(line(table, "table rows with too many or too few cells")) == (2, 2, 0, 0)


def test_a_scrubbed_row_is_found_and_one_removed_after_scrubbing_is_wrong() -> None:
    planted = [row(n, "email", "edited", "pii") for n in (1, 2, 3)]
    lines = ledger((f"{A}:1", "pii", "edit"), (f"{A}:2", "pii", "edit"), (f"{A}:2", "near", "drop"))
    table = score(truth(*planted), lines, ())
    assert counts(line(table, "e-mail addresses")) == (3, 1, 1, 1)
    assert line(table, "e-mail addresses").missed == [f"{A}:3"]


def test_a_look_alike_may_be_normalised_but_not_scrubbed() -> None:
    planted = [row(1, "pii_lookalike", "kept", "pii"), row(2, "pii_lookalike", "kept", "pii")]
    table = score(truth(*planted), ledger((f"{A}:1", "normalize", "edit"), (f"{A}:2", "pii", "edit")), ())
    assert counts(line(table, "numbers that only look personal")) == (2, 1, 0, 1)


def test_a_hard_copy_counts_neither_way() -> None:
    planted = [row(1, "near_hard", "either", "near"), row(2, "near_hard", "either", "near")]
    table = score(truth(*planted), ledger((f"{A}:1", "near", "drop")), ())
    assert counts(line(table, "edited copies below the threshold of 0.8")) == (2, 1, 0, 0)
    assert (table.planted, table.found) == (0, 0)


def copies(survivor: str | None) -> Truth:
    original = (row(1, "original", "kept"),) if survivor else ()
    planted = [row(n, "copy_exact", "dropped", "exact") for n in (2, 3)]
    cluster = Cluster("c1", (f"{A}:1", f"{A}:2", f"{A}:3"), survivor)
    return truth(*original, *planted, clusters=(cluster,))


def test_where_any_member_may_stay_the_original_may_go() -> None:
    lines = ledger((f"{A}:1", "exact", "drop"), (f"{A}:3", "exact", "drop"))
    table = score(copies(None), lines, ())
    assert counts(line(table, "exact copies")) == (2, 2, 0, 0)
    assert table.wrong == 0


def test_where_all_members_went_one_of_them_is_wrong() -> None:
    lines = ledger(*((f"{A}:{n}", "exact", "drop") for n in (1, 2, 3)))
    table = score(copies(None), lines, ())
    assert counts(line(table, "exact copies")) == (2, 2, 0, 0)
    assert line(table, "ordinary rows").wrong == [f"{A}:1"]


def test_the_wrong_survivor_is_a_miss_and_a_wrong_removal() -> None:
    lines = ledger((f"{A}:1", "exact", "drop"), (f"{A}:3", "exact", "drop"))
    table = score(copies(f"{A}:1"), lines, ())
    assert line(table, "exact copies").missed == [f"{A}:2"]
    assert line(table, "the originals of copies (best source wins)").wrong == [f"{A}:1"]


@pytest.mark.parametrize("root", ["demo-run", "demo-run/", "/tmp/some/where"])
def test_ids_of_a_run_start_with_the_demo_folder(root: str) -> None:
    where = root.rstrip("/")
    table = score(
        truth(row(1, "refusal", "dropped", "signals"), row(2, "nul_byte", "quarantined"), leaks=(LEAK,)),
        ledger((f"{where}/{A}:1", "signals", "drop")),
        {f"{where}/{A}:2"},
        Leaks({f"{where}/{B}:1"}),
        root=root,
    )
    assert (table.found, table.planted, table.wrong) == (2, 2, 0)
    assert counts(line(table, "question and answer, word for word")) == (1, 1, 0, 0)


LEAK = Leak(f"{B}:1", "leak_verbatim", "contaminated", f"{A}:1")
ANSWER = Leak(f"{B}:2", "leak_answer", "answer_only", f"{A}:2")


def test_leaks_found_missed_and_wrongly_flagged() -> None:
    table = score(truth(leaks=(LEAK, ANSWER)), ledger(), (), Leaks({f"{B}:3"}, {f"{B}:2"}))
    assert counts(line(table, "question and answer, word for word")) == (1, 0, 1, 0)
    assert counts(line(table, "the answer only")) == (1, 1, 0, 0)
    assert counts(line(table, "clean test items")) == (1, 0, 0, 1)


def test_an_answer_counted_as_contaminated_is_wrong() -> None:
    table = score(truth(leaks=(ANSWER,)), ledger(), (), Leaks({f"{B}:2"}))
    assert counts(line(table, "the answer only")) == (1, 0, 0, 1)


def text(table: Table) -> str:
    console = Console(file=io.StringIO(), width=120)
    console.print(render(table))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_tables_name_three_ids_and_how_many_more() -> None:
    planted = [row(n, "refusal", "dropped", "signals") for n in range(1, 6)]
    shown = text(score(truth(*planted, rows=5), ledger(), (), Leaks(())))
    assert "5: a.jsonl:1, a.jsonl:2, a.jsonl:3 … (+2)" in shown
    assert "a.jsonl:4" not in shown
    assert "0 of 5 planted faults found" in shown


def test_the_verdict_is_a_sentence() -> None:
    table = score(truth(row(1, "refusal", "dropped", "signals"), leaks=(LEAK,)), ledger(), (), Leaks({f"{B}:1"}))
    assert verdict(table).plain == (
        "0 of 1 planted faults found; 0 of 3 good rows wrongly touched; 1 of 1 leaked test items found."
    )
