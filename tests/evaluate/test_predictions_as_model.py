"""A file of predictions answers for suites too: whoever asks the model asks the file."""

from pathlib import Path
from typing import Any

import pytest

import bloomery as bl
from bloomery.errors import DataError, RecipeError
from bloomery.evaluate.asked import file_of
from bloomery.evaluate.parts import every
from bloomery.evaluate.parts.base import Case, Found
from bloomery.llm.base import Message, Request
from tests.evaluate.runs import questions, write

ASKED = [f"regression/reasoning/{k}" for k in range(3)]
SUITE = [
    {"id": ASKED[0], "prediction": "four"},
    {"id": ASKED[1], "prediction": None},
    {"id": "safety/pii/1", "prediction": "no"},
]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A part that asks three items of the model, in the place of all others; what it heard."""
    answers: list[Any] = []

    def regression(case: Case) -> Found:
        assert case.model is not None
        answers.extend(case.ask(case.model, [Request(one, (Message("user", "2 + 2?"),)) for one in ASKED]))
        return Found("regression")

    monkeypatch.setattr(every, "PARTS", {})
    for module in ("bloomery.evaluate.run.PARTS", "bloomery.evaluate.verdict.reach.PARTS"):
        monkeypatch.setattr(module, {"regression": regression, "safety": lambda case: Found("safety")})
    return answers


def evaluated(folder: Path, rows: list[dict[str, Any]], **options: Any) -> Any:
    test = write(folder / "test.jsonl", questions(4))
    given = {"gates": {}, "metrics": ["exact_match"], "model": "tuned"} | options
    return bl.evaluate(write(folder / "p.jsonl", rows), test=test, out=folder / "run", **given)


TASK = [{"id": f"q{k}", "prediction": "right"} for k in range(4)]


def test_parts_ask_the_file_and_what_it_lacks_is_unscored(tmp_path: Path, heard: list[Any]) -> None:
    run = evaluated(tmp_path, [*TASK, *SUITE])
    assert [(one.text, one.error) for one in heard] == [("four", None), (None, "not_recorded"), (None, "not_recorded")]
    assert run.counts["unknown_predictions"] == 0
    assert run.counts["items"] == 4
    assert [one for one in run.remarks if "of no item" in one] == []
    assert "1 prediction is for parts that did not ask: 'safety/pii/1'" in run.remarks


def test_a_part_of_which_no_item_is_answered_is_missing(tmp_path: Path, heard: list[Any]) -> None:
    run = evaluated(tmp_path, TASK)
    assert run.verdict["verdict"] != "deploy"
    assert "of other items" in run.verdict["missing"]["regression"]


def test_without_gates_no_part_asks_and_that_is_said(tmp_path: Path, heard: list[Any]) -> None:
    run = evaluated(tmp_path, [*TASK, *SUITE], gates=None)
    assert heard == []
    assert any(one.startswith("3 predictions are for parts that did not ask") for one in run.remarks)


def test_predictions_of_suites_alone_are_no_answers_to_the_test(tmp_path: Path, heard: list[Any]) -> None:
    with pytest.raises(DataError, match="is of an item of the test"):
        evaluated(tmp_path, SUITE)


def test_any_container_will_do(tmp_path: Path, heard: list[Any]) -> None:
    lines = ["id,prediction", *(f"q{k},right" for k in range(4)), f"{ASKED[2]},five"]
    (tmp_path / "p.csv").write_text("\n".join(lines))
    test = write(tmp_path / "test.jsonl", questions(4))
    bl.evaluate(tmp_path / "p.csv", test=test, out=tmp_path / "run", gates={}, metrics=["exact_match"])
    assert [one.text for one in heard] == [None, None, "five"]


def test_replies_to_parts_are_kept_and_a_name_that_is_a_path_is_no_path(tmp_path: Path, heard: list[Any]) -> None:
    evaluated(tmp_path, [*TASK, *SUITE], model="../../org/tuned")
    kept = [path.relative_to(tmp_path / "run").as_posix() for path in (tmp_path / "run" / "replies").iterdir()]
    assert kept == [file_of("../../org/tuned")] == ["replies/..%2F..%2Forg%2Ftuned.jsonl"]
    assert len(file_of("x" * 300)) < 120
    assert file_of("x" * 300) != file_of("x" * 301)


def test_a_model_and_its_base_of_one_name_are_refused(tmp_path: Path, heard: list[Any]) -> None:
    models = {"base": {"kind": "import", "path": str(write(tmp_path / "b.jsonl", TASK))}}
    with pytest.raises(RecipeError, match="both called 'base'"):
        evaluated(tmp_path, TASK, model="base", base="base", models=models)
    assert evaluated(tmp_path, TASK, model="tuned", base="base", models=models).model == "tuned"
