"""Looks and outcomes that are kept."""

import sqlite3
import threading
from pathlib import Path

import pytest

from bloomery.errors import DataError
from bloomery.evaluate.gates.decide import Decided
from bloomery.evaluate.history import Look, Seen, decided, looked, outcomes

RULES = {"gates": {"task.f1": ">= 0.8 (must)"}, "waive": [], "certainty": 0.95}


def gate(state: str, margin: float | None = None, name: str = "task.f1") -> Decided:
    return Decided(name, ">= 0.8", "must", state, "", margin=margin)  # type: ignore[arg-type]


def test_the_same_answers_are_one_look(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "history.sqlite"
    assert looked(file, Look("test", "answers", "a")) == Seen(1)
    assert looked(file, Look("test", "answers", "another name")).looks == 1
    assert looked(file, Look("test", "other", "b")).looks == 2
    assert looked(file, Look("another test", "answers", "a")).looks == 1
    assert looked(file, Look("test", "answers", "a")).looks == 2


def test_the_rules_under_which_answers_were_decided_are_known(tmp_path: Path) -> None:
    file, look = tmp_path / "history.sqlite", Look("test", "answers", "a")
    looked(file, look)
    decided(file, look, "deploy", "one", RULES, [gate("pass", 0.1)])
    decided(file, look, "deploy", "two", RULES | {"certainty": None}, [gate("pass", 0.1)])
    decided(file, look, "no_deploy", "one", RULES, [gate("fail", -0.1)])
    assert looked(file, look).rules == (RULES, RULES | {"certainty": None})
    assert looked(file, Look("test", "others", "a")).rules == ()
    (found,) = outcomes(file)
    assert (found.runs, found.passed, found.failed) == (2, 1, 1)  # made again it took the earlier one's place


def test_outcomes_over_runs(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    for k, (state, margin) in enumerate([("pass", 0.05), ("fail", -0.2), ("undecided", 0.01), ("pass", 0.3)]):
        look = Look("test", f"answers {k}", "a")
        looked(file, look)
        decided(
            file,
            look,
            "deploy",
            "g",
            RULES,
            [gate(state, margin), gate("pass", 0.5, "task.mcc"), gate("missing", None, "x.y")],
        )
    first, *others = outcomes(file)
    assert first[:10] == ("task.f1", ">= 0.8", "must", 4, 2, 1, 1, 0, 0.01, -0.2)
    assert {one.name: one.remark for one in others} == {
        "task.mcc": "never fired: of no use so far",
        "x.y": "never measured",
    }
    assert first.remark == ""


def test_a_history_that_cannot_be_used_is_told_and_stops_nothing(tmp_path: Path) -> None:
    look = Look("test", "answers", "a")
    file = tmp_path / "none"
    file.write_text("this is no database, but it is long enough to be taken for something else" * 20)
    assert looked(file, look).looks is None
    assert "is no history of evaluations" in looked(file, look).why
    decided(file, look, "deploy", "g", RULES, [])
    (tmp_path / "file").touch()
    assert "cannot be made" in looked(tmp_path / "file" / "history.sqlite", look).why
    newer = tmp_path / "newer.sqlite"
    with sqlite3.connect(newer) as base:
        base.execute("pragma user_version = 9")
    base.close()
    assert "another version" in looked(newer, look).why
    assert looked(None, look) == Seen(None, why="no history is kept: history is null")
    decided(None, look, "deploy", "g", RULES, [])
    with pytest.raises(DataError, match="There is no history"):
        outcomes(tmp_path / "nowhere.sqlite")


def test_many_at_once_lose_no_look(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    threads = [threading.Thread(target=lambda k=k: looked(file, Look("test", f"answers {k}", "a"))) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert looked(file, Look("test", "answers 0", "a")).looks == 8
