"""What calibrating refuses, and what it counts instead of leaving it out silently."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.errors import DataError, RecipeError
from tests.evaluate.runs import run_of
from tests.judge.recorded import Judge
from tests.judge.test_calibrate import VALUES, says, write


@pytest.fixture
def judged(tmp_path: Path) -> Path:
    run_of(tmp_path, "base", [True, False, True, True])
    bl.judge_score(tmp_path / "base", out=tmp_path / "judged", models={"gpt": Judge(says)}, cache=None)
    return tmp_path / "judged"


@pytest.fixture
def compared(tmp_path: Path) -> Path:
    for name, right in (("tuned", [True, True, False]), ("base", [True, False, False])):
        run_of(tmp_path, name, right)
    tie = json.dumps({"reasoning": "-", "winner": "tie"})
    runs = (tmp_path / "tuned", tmp_path / "base")
    bl.judge_compare(*runs, out=tmp_path / "both", models={"gpt": Judge(lambda _: tie)}, cache=None)
    return tmp_path / "both"


def rows(labels: Sequence[Any]) -> list[dict[str, Any]]:
    return [{"item": f"q{k}", "label": label} for k, label in enumerate(labels)]


def calibrated(run: Path, labels: Sequence[dict[str, Any]], **options: Any) -> Any:
    people = write(run.parent / "people.jsonl", labels)
    return bl.judge_calibrate(run, people=people, out=run.parent / "trust", **options)


@pytest.mark.parametrize("label", [50, 0, "nan", 5.5])
def test_labels_off_the_scale_are_refused_with_their_line(judged: Path, label: object) -> None:
    with pytest.raises(DataError, match=r"The label '.*' \(.*people.jsonl, line 3\) is off the scale.*from 1 to 5"):
        calibrated(judged, rows([5, 1, label]))


def test_labels_of_one_criterion_have_its_scale(judged: Path) -> None:
    with pytest.raises(DataError, match="'7'.*line 1.*off the scale"):
        calibrated(judged, rows([7]), metric="accuracy")
    with pytest.raises(DataError, match=r"'good' .*line 1.* no number.*from 1 to 5"):
        calibrated(judged, rows(["good"]), exact=True)


def test_a_threshold_off_the_scale_is_refused(judged: Path) -> None:
    with pytest.raises(RecipeError, match="threshold 40 is off the scale.*from 1 to 5"):
        calibrated(judged, rows([5, 1]), threshold=40)


@pytest.mark.parametrize("label", [1, 3, 5, "0", "better"])
def test_numbers_are_no_verdicts_of_a_comparison(compared: Path, label: object) -> None:
    with pytest.raises(DataError, match=r"line 2\) stands for no verdict.*A or 'tuned'.*B or 'base'.*or tie"):
        calibrated(compared, rows(["A", label, "tie"]))


def test_verdicts_have_no_metric_and_no_threshold(compared: Path) -> None:
    for options in ({"metric": "accuracy"}, {"threshold": 3.0}):
        with pytest.raises(RecipeError, match=f"--{next(iter(options))} says nothing of a comparison"):
            calibrated(compared, rows(["A", "base", "tie"]), **options)


def test_labels_that_are_left_out_are_counted_and_named(judged: Path) -> None:
    told = calibrated(
        judged, [*rows([5, 1, 5]), *rows([4]), {"item": "zz", "label": 3}, {"item": "yy", "label": 3}]
    ).told
    assert told["labelled_twice"] == {"count": 1, "first": ["q0 by people"]}
    assert told["judges"][0]["of_no_item"] == {"count": 2, "first": ["zz", "yy"]}
    notes = "\n".join(told["notes"])
    assert "1 item was labelled more than once by one person, and the last label counts: q0 by people" in notes
    assert "2 labels are of no item that was judged, and left out: zz, yy" in notes
    page = (judged.parent / "trust" / "report.html").read_text()
    assert "left out: zz, yy" in page and "the last label counts" in page


def test_exact_against_means_is_noted(tmp_path: Path) -> None:
    run_of(tmp_path, "base", [True, False])
    mean = json.dumps({"reasoning": "-"} | dict(zip(VALUES, (5, 4, 4, 4), strict=True)))
    bl.judge_score(tmp_path / "base", out=tmp_path / "judged", models={"gpt": Judge(lambda _: mean)}, cache=None)
    notes = calibrated(tmp_path / "judged", rows([4, 4]), exact=True).told["notes"]
    assert any("2 of 2 values are means, such as 4.25" in note for note in notes)


def test_a_file_of_labels_that_is_not_there(judged: Path) -> None:
    with pytest.raises(DataError, match="There is no file of labels nowhere.jsonl"):
        bl.judge_calibrate(judged, people="nowhere.jsonl", out=judged.parent / "trust")
