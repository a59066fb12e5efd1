"""Training rows that hold a contaminated item are decided on, and left out."""

import json
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.contamination.run import check
from tests.contamination.test_check import ANSWER, NOISE, QUESTION, SHORT, prose, row

TEST = [row(QUESTION, ANSWER), row(SHORT, "Oxygen"), row(prose(3_001, 30), prose(3_000, 30))]
HOLD = [
    row(QUESTION),
    row(SHORT, "no idea"),
    row(f"Hello! {SHORT} Thanks"),
    row("Who?", prose(3_000, 30)),
    row(QUESTION),
]


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"].rpartition(":")[2] for line in path.read_text().splitlines()]


def test_rows_that_hold_an_item_that_counts_are_dropped_all_of_them(tmp_path: Path, write: Any) -> None:
    train = write("train.jsonl", [*NOISE, *HOLD])
    result = check(train, write("test.jsonl", TEST), out=tmp_path / "out", drop_from="train")
    assert result.decisions == tmp_path / "out" / "decisions.jsonl"
    assert ids(result.decisions) == ["21", "22", "25"]  # not a short text inside of another, nor an answer alone
    kept = (tmp_path / "out" / "train.jsonl").read_text().splitlines()
    lines = Path(train).read_text().splitlines()
    assert kept == [line for number, line in enumerate(lines, 1) if number not in {21, 22, 25}]
    assert (result.summary["train_rows_dropped"], result.summary["train_rows_kept"]) == (3, 22)


def test_without_the_option_nothing_of_that_is_written(tmp_path: Path, write: Any) -> None:
    result = check(write("train.jsonl", HOLD), write("test.jsonl", TEST), out=tmp_path / "out")
    assert result.decisions is None and sorted(p.name for p in result.folder.iterdir()) == [
        "contaminated.jsonl",
        "contamination.json",
        "report.html",
    ]


def test_clean_respects_the_decisions_and_says_why_wherever_the_row_is(tmp_path: Path, write: Any) -> None:
    first = check(write("train.jsonl", HOLD), write("test.jsonl", TEST), out=tmp_path / "out", drop_from="train")
    moved = write("moved.jsonl", [*NOISE, *reversed(HOLD)])
    run = bl.clean(moved, out=tmp_path / "clean", ops=["exact"], decisions=first.decisions)
    assert run.counts["dropped"] == 3
    told = run.why(f"{moved}:21")
    assert "drop by bloomery contamination: holds the test item" in told and told.endswith("test.jsonl:1 (question)")
    again = check(run.folder, write("test.jsonl", TEST), out=tmp_path / "again", fail_over=0)
    assert (again.contaminated, again.failed) == (0, False)


@pytest.mark.parametrize("size", [1, 3])
def test_batch_size_changes_no_decision(tmp_path: Path, write: Any, monkeypatch: Any, size: int) -> None:
    from functools import partial

    from bloomery.contamination import run
    from bloomery.formats.read import Reader

    sides = write("train.jsonl", [*NOISE, *HOLD]), write("test.jsonl", TEST)
    whole = check(*sides, out=tmp_path / "whole", drop_from="train")
    monkeypatch.setattr(run, "Reader", partial(Reader, batch_rows=size))
    check(*sides, out=tmp_path / "some", drop_from="train")
    for name in ("decisions.jsonl", "train.jsonl", "contaminated.jsonl"):
        assert (tmp_path / "some" / name).read_bytes() == (whole.folder / name).read_bytes()
