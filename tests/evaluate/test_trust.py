"""A judge's trust as a value that gates can be about: of the very judge whose scores are used, or of nobody."""

import json
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.errors import DataError
from bloomery.evaluate.result import Evaluated
from tests.evaluate.runs import write

ITEMS = [f"q{k}" for k in range(40)]
GOOD = {item: k % 4 != 0 for k, item in enumerate(ITEMS)}
ALONE = {"waive": ["regression", "safety", "contamination"]}


def replies() -> list[dict[str, Any]]:
    """What a judge says of each item, and of the canaries, which lose."""
    said = []
    for item in ITEMS:
        said.append({"item": item, "text": json.dumps({"reasoning": "…", "correct": "yes" if GOOD[item] else "no"})})
        said += [
            {"item": f"{kind}:{item}", "text": json.dumps({"reasoning": "…", "correct": "no"})}
            for kind in ("constant", "verbose", "injected")
        ]
    return said


def judged(folder: Path, name: str = "judge", **options: Any) -> Path:
    """The answers of a model, scored by a recorded judge."""
    rows = [{"id": item, "prompt": f"How do I reset {item}?", "completion": "Hold the button."} for item in ITEMS]
    answers = [{"id": item, "prediction": "Hold it." if GOOD[item] else "Try later."} for item in ITEMS]
    test, predictions = write(folder / "test.jsonl", rows), write(folder / "tuned.jsonl", answers)
    if not (folder / "plain").exists():
        bl.evaluate(predictions, test=test, out=folder / "plain", model="tuned", metrics=["exact_match"])
    path = write(
        folder / f"{name}.jsonl", [*replies(), {"item": name, "text": "one more reply, so that judges differ"}]
    )
    models = {name: {"kind": "replay", "path": str(path)}}
    bl.judge_score(
        folder / "plain",
        out=folder / f"by-{name}",
        models=models,
        model=[name],
        rubric="reference",
        cache=None,
        **options,
    )
    return folder / f"by-{name}"


def calibrated(folder: Path, scores: Path, wrong: int = 0) -> Path:
    """Two people label 30 items and agree with each other, and with the judge but for `wrong` of them."""
    people = [
        {"item": item, "rater": who, "label": "yes" if GOOD[item] != (k < wrong) else "no"}
        for k, item in enumerate(ITEMS[:30])
        for who in ("ann", "bob")
    ]
    out = folder / f"trust-{scores.name}-{wrong}"
    bl.judge_calibrate(scores, people=write(folder / "people.jsonl", people), out=out)
    return out


def verdict(folder: Path, scores: Path, trust: Path | None, least: float = 0.8) -> Evaluated:
    return bl.evaluate(
        folder / "tuned.jsonl",
        test=folder / "test.jsonl",
        out=folder / "verdict",
        model="tuned",
        metrics=[{"judged": {"scores": str(scores)}}],
        trust=None if trust is None else str(trust),
        gates={"judge.trust": f">= {least}", "task.judged": ">= 0.5", "unscored.rate": None},
        replace=True,
        **ALONE,
    )


def gate(run: Evaluated, name: str = "judge.trust") -> dict[str, Any]:
    assert run.verdict is not None
    return next(one for one in run.verdict["gates"] if one["name"] == name)


def test_a_trusted_judge_passes_and_one_that_errs_fails(tmp_path: Path) -> None:
    scores = judged(tmp_path)
    good = verdict(tmp_path, scores, calibrated(tmp_path, scores))
    # 30 of 30 labels: Wilson's lower end is 30 / (30 + 1.96²) = 0.8865; people agree at 1
    assert gate(good)["value"] == pytest.approx(30 / (30 + 1.959964**2), abs=1e-6)
    assert (gate(good)["state"], gate(good, "task.judged")["state"], good.verdict["verdict"]) == (
        "pass",
        "pass",
        "deploy",
    )
    bad = verdict(tmp_path, scores, calibrated(tmp_path, scores, wrong=9))
    assert (gate(bad)["state"], bad.verdict["verdict"], bad.exit_code) == ("fail", "no_deploy", 100)


def test_trust_of_another_judge_says_nothing(tmp_path: Path) -> None:
    scores, other = judged(tmp_path), judged(tmp_path, "other")
    run = verdict(tmp_path, scores, calibrated(tmp_path, other))
    assert (gate(run)["state"], gate(run)["value"], run.verdict["verdict"]) == ("missing", None, "inconclusive")
    assert "another judge" in gate(run)["reason"]


@pytest.mark.parametrize("known", [False, True])
def test_unknown_trust_never_passes(tmp_path: Path, known: bool) -> None:
    """Neither where nobody calibrated the judge, nor where no canary was judged."""
    scores = judged(tmp_path, canaries=0)
    run = verdict(tmp_path, scores, calibrated(tmp_path, scores) if known else None, least=0)
    assert (gate(run)["state"], run.exit_code) == ("missing", 101)
    assert ("canary" if known else "never put beside people") in gate(run)["reason"]


def test_a_folder_that_is_no_calibration_is_told_as_missing(tmp_path: Path) -> None:
    scores = judged(tmp_path)
    run = verdict(tmp_path, scores, scores)
    parts = json.loads((run.folder / "parts.json").read_text())["parts"]
    told = next(one for one in parts if one["part"] == "trust")
    assert "is no calibration" in told["missing"] and gate(run)["state"] == "missing"
    with pytest.raises(DataError, match="is no calibration"):
        from bloomery.evaluate.parts.trust import _calibrated

        _calibrated(str(scores))


def test_a_calibration_without_judged_scores_is_not_used(tmp_path: Path) -> None:
    scores = judged(tmp_path)
    run = bl.evaluate(
        tmp_path / "tuned.jsonl",
        test=tmp_path / "test.jsonl",
        out=tmp_path / "verdict",
        metrics=["exact_match"],
        trust=str(calibrated(tmp_path, scores)),
        gates={
            "judge.trust": ">= 0.8",
            "task.exact_match": {"threshold": ">= 0.1", "level": "advise"},
            "unscored.rate": None,
        },
        **ALONE,
    )
    assert gate(run)["state"] == "missing" and "no metric of this evaluation is a judge's" in gate(run)["reason"]
