"""The figures beside a regression: from the recipe, from what the trainer left, from the files; and the remedies."""

import json
from pathlib import Path
from typing import Any

import pytest

from bloomery.evaluate.asked import Asked
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.parts.explained import explained, trainer_state
from bloomery.llm.options import ModelOptions
from tests.evaluate.runs import write
from tests.evaluate.scorers import Known, flat

STATE = {
    "epoch": 3.0,
    "global_step": 938,
    "max_steps": 938,
    "log_history": [
        {"learning_rate": 1e-5, "loss": 2.0, "step": 10},
        {"learning_rate": 2e-5, "step": 20},
        {"train_loss": 1.0},
    ],
}


def case_of(folder: Path, model: Any = None, base: Any = None, **options: Any) -> Case:
    made = Evaluate(**options)
    nothing: Any = None
    return Case(made, nothing, nothing, nothing, "tuned", model, base, Asked(folder), folder)


def in_folder(folder: Path, place: str = ".") -> Known:
    (folder / place).mkdir(parents=True, exist_ok=True)
    (folder / place / "trainer_state.json").write_text(json.dumps(STATE))
    model: Any = Known("tuned")
    model.options = ModelOptions(kind="local", path=str(folder))
    return model


def train(folder: Path, rows: int = 40) -> list[str]:
    return [str(write(folder / "train.jsonl", [{"prompt": f"p {k}", "completion": "one two"} for k in range(rows)]))]


def test_the_recipe_is_believed_before_files(tmp_path: Path) -> None:
    given = {"rows": 5000, "epochs": 2, "learning_rate": 1e-4}
    found = explained(case_of(tmp_path, in_folder(tmp_path / "m"), train=train(tmp_path), trained=given))
    assert [found[name] for name in ("rows", "epochs", "learning_rate", "steps", "seen")] == [
        5000,
        2,
        1e-4,
        938,
        10_000,
    ]
    assert found["from"] == {
        "rows": "the recipe",
        "epochs": "the recipe",
        "learning_rate": "the recipe",
        "steps": "m/trainer_state.json",
    }
    assert found["remedies"] == [
        "a lower learning rate: 5e-05 in place of 0.0001",
        "fewer steps: 1 epochs in place of 2 (469 steps in place of 938)",
        "replay: 500 general rows among the 5,000 training rows (10 % of them), so that what the base could is seen again",
    ]


@pytest.mark.parametrize("place", [".", "checkpoint-938"])
def test_what_the_trainer_left_is_read(tmp_path: Path, place: str) -> None:
    model = in_folder(tmp_path / "m", place)
    (tmp_path / "m" / "checkpoint-50").mkdir()
    (tmp_path / "m" / "checkpoint-50" / "trainer_state.json").write_text('{"epoch": 0.1, "global_step": 50}')
    found = explained(case_of(tmp_path, model, train=train(tmp_path)))
    assert (found["epochs"], found["learning_rate"], found["steps"], found["rows"]) == (3.0, 2e-5, 938, 40)
    assert found["from"]["rows"] == "the training files"


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"epoch": "many", "log_history": [1, {"learning_rate": true}]}', "[" * 10_000]
)
def test_a_state_that_tells_nothing_is_no_state(tmp_path: Path, text: str) -> None:
    (tmp_path / "trainer_state.json").write_text(text)
    assert trainer_state(tmp_path / "trainer_state.json") == {}


def test_the_distance_is_of_training_answers_after_their_prompts(tmp_path: Path) -> None:
    base = Known("base", tell=flat(1.0, answers=3.0))
    found = explained(case_of(tmp_path, None, base, train=train(tmp_path, 500)))["distance"]
    assert found["rows"] == 200 and len(base.told) == 200 + 120
    assert (found["training"]["nll"], found["neutral"]["nll"]) == (3.0, 1.0)
    assert found["says"].endswith("20.1 after its prompt, and plain prose of 2.72: 7.4 times")


def test_what_is_not_known_is_said_and_not_made_up(tmp_path: Path) -> None:
    found = explained(case_of(tmp_path, Known("tuned"), Known("base")))
    assert [found[name] for name in ("rows", "epochs", "learning_rate", "steps", "seen")] == [None] * 5
    assert "tells no log-probabilities" in found["distance"]["missing"]
    assert found["remedies"] == [
        "a lower learning rate, half of what it was",
        "fewer steps, half of what they were",
        "replay: general rows (10 % of the training rows), so that what the base could is seen again",
    ]
