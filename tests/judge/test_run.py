"""Judged runs as folders: what is read, what is written, what a page may hold."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.cli import run as command
from bloomery.errors import DataError, RecipeError
from bloomery.judge.items import judgeable
from bloomery.llm.budget import Estimate
from tests.evaluate.runs import run_of
from tests.judge.recorded import Judge

VALUES = ("accuracy", "completeness", "clarity", "safety")
OPEN = {"set": ["judge.cache=null"]}


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def judge(name: str = "gpt", shift: int = 0) -> Judge:
    def says(request: Any) -> str:
        good = re.search(r"<<answer \w+>>\nright\n", request.messages[0].content)
        return json.dumps({"reasoning": "-"} | dict.fromkeys(VALUES, (5 if good else 2) - shift))

    return Judge(says, name=name)


def test_data_of_any_format_is_judged_answer_by_answer(tmp_path: Path) -> None:
    chat = [{"role": "system", "content": "Be kind."}]
    chat += [{"role": role, "content": f"{role} {k}"} for k in (1, 2) for role in ("user", "assistant")]
    (one,) = judgeable(write(tmp_path / "chat.jsonl", [{"messages": chat}])).items
    assert [turn.speaker for turn in one.turns] == ["system", "user", "answer", "user", "answer"] and one.answers == [
        2,
        4,
    ]
    kto = [
        {"prompt": "Why?", "completion": "Because.", "label": True},
        {"prompt": "How?", "completion": "So.", "label": False},
    ]
    assert [len(item.answers) for item in judgeable(write(tmp_path / "kto.jsonl", kto)).items] == [1, 1]
    chosen = [{"prompt": "Why?", "chosen": "Because.", "rejected": "No."}]
    (pair,) = judgeable(write(tmp_path / "dpo.jsonl", chosen)).items
    assert [turn.text for turn in pair.turns] == ["Why?", "Because."]
    label = [{"text": "I love it", "label": "positive"}, {"text": "I hate it", "label": "negative"}]
    assert [item.turns[-1].text for item in judgeable(write(tmp_path / "labels.jsonl", label)).items] == [
        "positive",
        "negative",
    ]
    run = bl.judge_score(tmp_path / "chat.jsonl", out=tmp_path / "judged", models={"gpt": judge()}, **OPEN)
    assert sorted(run.replies.filter(run.replies["kind"] == "item")["turn"]) == [1, 2]


def test_drift_between_two_judged_runs(tmp_path: Path) -> None:
    right = [k % 2 == 0 for k in range(40)]
    run_of(tmp_path, "base", right)
    for version, shift in (("one", 0), ("two", 1)):
        bl.judge_score(tmp_path / "base", out=tmp_path / version, models={"gpt": judge(shift=shift)}, **OPEN)
    people = write(tmp_path / "p.jsonl", [{"item": f"q{k}", "label": 5 if ok else 1} for k, ok in enumerate(right)])
    found = bl.judge_calibrate(tmp_path / "one", tmp_path / "two", people=people, out=tmp_path / "trust")
    (drift,) = found.told["drift"]
    assert (drift["items"], drift["changed"]["value"], drift["shift"]["value"]) == (40, 0.0, -1.0)
    exact = bl.judge_calibrate(tmp_path / "one", tmp_path / "two", people=people, out=tmp_path / "exact", exact=True)
    assert exact.told["drift"][0]["changed"]["value"] == 1.0


def test_names_and_labels_in_a_page_are_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script>"
    run_of(tmp_path, "base", [True, False, True], model=bad)
    run = bl.judge_score(tmp_path / "base", out=tmp_path / "judged", models={"gpt": judge(bad)}, **OPEN)
    people = write(tmp_path / "p.jsonl", [{"item": f"q{k}", "rater": bad, "label": k % 5 + 1} for k in range(3)])
    found = bl.judge_calibrate(run.folder, people=people, out=tmp_path / "trust")
    for page in (run.report.read_text(), found.report.read_text()):
        assert "<script" not in page and "&lt;script" in page


def test_what_is_wrong_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_of(tmp_path, "base", [True, False])
    with pytest.raises(RecipeError, match="There is no judge"):
        bl.judge_score(tmp_path / "base", out=tmp_path / "out")
    with pytest.raises(RecipeError, match="no model 'gtp'.*Did you mean 'gpt'"):
        bl.judge_score(
            tmp_path / "base",
            out=tmp_path / "out",
            models={"gpt": {"url": "http://localhost:1/v1", "model": "m"}},
            model=["gtp"],
        )
    with pytest.raises(DataError, match="One model cannot be compared"):
        bl.judge_compare(tmp_path / "base", out=tmp_path / "out", models={"gpt": judge()}, **OPEN)
    with pytest.raises(DataError, match="cannot be compared with itself"):
        bl.judge_compare(tmp_path / "base", tmp_path / "base", out=tmp_path / "out", models={"gpt": judge()}, **OPEN)
    run_of(tmp_path, "tuned", [True, True])
    with pytest.raises(RecipeError, match="no column 'doc'"):
        bl.judge_compare(
            tmp_path / "tuned", tmp_path / "base", out=tmp_path / "out", models={"gpt": judge()}, cluster="doc", **OPEN
        )
    run = bl.judge_score(tmp_path / "base", out=tmp_path / "judged", models={"gpt": judge()}, **OPEN)
    other = write(tmp_path / "other.jsonl", [{"item": "x", "label": 3}])
    with pytest.raises(DataError, match="No label is of an item"):
        bl.judge_calibrate(run.folder, people=other, out=tmp_path / "trust")
    with pytest.raises(DataError, match="no judged run"):
        bl.judge_calibrate(tmp_path / "base", people=other, out=tmp_path / "trust")
    assert command(["judge"]) == 2 and "score, compare or calibrate" in capsys.readouterr().err
    assert not (tmp_path / "out").exists() and not (tmp_path / "trust").exists()


def test_who_asks_hears_beforehand_what_it_will_be(tmp_path: Path) -> None:
    run_of(tmp_path, "base", [True, False])
    live, told = judge(), []
    live.live = True

    def before(name: str, estimate: Estimate) -> None:
        told.append((name, estimate.calls, live.asked))

    bl.judge_score(
        tmp_path / "base", out=tmp_path / "out", models={"gpt": live}, canaries=0, heard={"before": before}, **OPEN
    )
    assert told == [("gpt", 2, 0)]


def test_help_and_wrong_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    shown = {}
    for verb in ("score", "compare"):
        assert command(["judge", verb, "--help"]) == 0
        shown[verb] = capsys.readouterr().out
        assert f"bloomery judge {verb} [OPTIONS]" in shown[verb] and "judge-" not in shown[verb]
        assert "()" not in shown[verb] and "--replace" in shown[verb]
    assert "--rubric" in shown["score"] and "--rubric" not in shown["compare"]
    assert not [flag for flag in ("--protocol", "--orders", "--cluster") if flag in shown["score"]]
    assert command(["judge", "scoer", "base", "--out", "x"]) == 2
    said = capsys.readouterr().err
    assert "score, compare or calibrate" in said and "Did you mean 'score'?" in said
    run_of(tmp_path, "base", [True, False])
    with pytest.raises(DataError, match="file nowhere.yaml of a rubric cannot be read.*one of quality"):
        bl.judge_score("base", out="out", models={"gpt": judge()}, rubric="nowhere.yaml", **OPEN)


def test_why_trust_is_unknown_or_nothing(tmp_path: Path) -> None:
    run_of(tmp_path, "base", [True, False, True, True])
    people = write(tmp_path / "p.jsonl", [{"item": f"q{k}", "label": 5} for k in range(4)])
    kind = Judge(lambda _: json.dumps({"reasoning": "-"} | dict.fromkeys(VALUES, 5)))
    won = bl.judge_score(tmp_path / "base", out=tmp_path / "won", models={"gpt": kind}, **OPEN)
    (one,) = bl.judge_calibrate(won.folder, people=people, out=tmp_path / "trust").told["judges"]
    assert one["trust"]["value"] == 0 and "fell for a constant answer" in one["trust"]["why"]
    none = bl.judge_score(tmp_path / "base", out=tmp_path / "none", models={"gpt": judge()}, canaries=0, **OPEN)
    (one,) = bl.judge_calibrate(none.folder, people=people, out=tmp_path / "other").told["judges"]
    assert "no canary was judged (canaries: 0" in one["trust"]["why"]
    both = bl.judge_calibrate(won.folder, none.folder, people=people, out=tmp_path / "both")
    assert both.told["drift"][0]["before"].startswith(f"{won.folder}: judge, ")
    assert str(none.folder) in both.report.read_text()
