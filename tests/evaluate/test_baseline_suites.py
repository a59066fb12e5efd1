"""A baseline's answers to suites, scored again and paired, by gates such as ``regression.*: ">= baseline - 5%"``."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery.llm.replay import Replay
from tests.evaluate.runs import questions, write

N = 200
HEAD = {
    "suite": "mine",
    "version": "1",
    "kind": "capability",
    "licence": "CC0-1.0",
    "about": "Facts.",
    "categories": ["facts", "sums"],
}
GATES = {"task.exact_match": ">= 0.9", "regression.*": ">= baseline - 5%"}


def suite(folder: Path, said: str = "7") -> Path:
    items = [
        {
            "id": f"{k}",
            "category": ("facts", "sums")[k % 2],
            "prompt": f"What is {k} more than {said} less {k}?",
            "check": {"exact": said},
        }
        for k in range(N)
    ]
    return write(folder / "mine.jsonl", [HEAD, *items])


def model(folder: Path, right: int) -> Replay:
    """Answers everything of the test, and so many items of the suite."""
    rows = [{"item": f"q{k}", "text": "right"} for k in range(40)]
    rows += [
        {"item": f"regression/{('facts', 'sums')[k % 2]}/{k}", "text": "7" if k < right else "8"} for k in range(N)
    ]
    return Replay("tuned", rows)


def evaluated(folder: Path, out: str, right: int, **options: Any) -> Any:
    return bl.evaluate(
        test=write(folder / "test.jsonl", questions(40)), out=folder / out, model="tuned", models={"tuned": model(folder, right)},
        metrics=["exact_match"], suites={"regression": [str(folder / "mine.jsonl")]}, waive=["safety", "contamination"],
        history=None, **options,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    suite(tmp_path)
    evaluated(tmp_path, "before", 180, gates={"task.exact_match": ">= 0.9"})
    return tmp_path


def gates(run: Any) -> dict[str, dict[str, Any]]:
    return {gate["name"]: gate for gate in run.verdict["gates"] if gate["name"].startswith("regression.")}


def test_each_category_is_paired_with_that_of_the_baseline(folder: Path) -> None:
    run = evaluated(folder, "after", 120, gates=GATES, baseline=str(folder / "before"))
    found = gates(run)
    assert {name: found[name]["state"] for name in ("regression.facts", "regression.sums")} == {
        "regression.facts": "fail", "regression.sums": "fail",
    }  # fmt: skip
    one = found["regression.facts"]
    assert (one["other"], one["measured"], one["value"]) == (0.9, 0.6, pytest.approx(-0.3))
    assert one["method"] == "Tango (0 gained, 30 lost)"
    same = gates(evaluated(folder, "same", 180, gates=GATES, baseline=str(folder / "before")))
    assert same["regression.sums"]["state"] == "pass"  # 0 of 100 differ: not below −3 %, and 4.5 % are allowed


def test_a_suite_that_has_changed_since_is_not_compared(folder: Path) -> None:
    suite(folder, "9")
    found = gates(evaluated(folder, "after", 180, gates=GATES, baseline=str(folder / "before")))
    assert found["regression.facts"]["state"] == "missing"
    assert "has changed since" in found["regression.facts"]["reason"]


def test_a_baseline_without_suites_or_with_answers_to_others(folder: Path) -> None:
    answers = folder / "before" / "parts" / "regression" / "model" / "answers.parquet"
    pl.read_parquet(answers).head(50).write_parquet(answers)
    found = gates(evaluated(folder, "after", 180, gates=GATES, baseline=str(folder / "before")))
    assert found["regression.facts"]["state"] == "missing"
    assert "are not to the items of the suites" in found["regression.facts"]["reason"]
    evaluated(folder, "plain", 180)
    found = gates(evaluated(folder, "later", 180, gates=GATES, baseline=str(folder / "plain")))
    assert "has no results of regression" in found["regression.facts"]["reason"]


def test_a_judge_that_failed_makes_items_unscored(folder: Path) -> None:
    """Items that only a judge can read, and no judge: none of them is right, wrong, or of another category."""
    lines = [json.loads(line) for line in (folder / "mine.jsonl").read_text().splitlines()]
    for line in lines[1:21]:
        line["check"] = {"mentions": ["seven"]}
    write(folder / "mine.jsonl", lines)
    run = evaluated(folder, "judged", 200, gates={"task.exact_match": ">= 0.9", "regression.*": ">= 0.8"})
    found = gates(run)["regression.facts"]
    assert (found["n"], found["unscored"]) == (90, 10)
    (rate,) = [gate for gate in run.verdict["gates"] if gate["name"] == "unscored.rate"]
    assert (rate["state"], rate["value"]) == ("fail", 0.1)
