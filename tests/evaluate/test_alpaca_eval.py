"""Two models of AlpacaEval as a judged regression pair: GPT-4's recorded preferences, replayed; nothing is asked.

Each model was judged against the same reference answers (text-davinci-003). A judged value stands in a gate, and both models are
compared on the same 805 prompts, as the annotations themselves say it.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bloomery as bl
from bloomery.evaluate.gates.measure import Measure, measures_of
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.side_by_side import flips, pairs
from bloomery.metrics.judged import Judged
from bloomery.metrics.score import score
from tests.evaluate.runs import write

ROOT = Path(__file__).parents[3] / "shared" / "data" / "alpaca_eval" / "results"
pytestmark = pytest.mark.skipif(not ROOT.exists(), reason="shared data is not here")
MODELS = ("alpaca-7b", "alpaca-7b-neft")
WORTH = {0: 0.5, 1: 0.0, 2: 1.0}  # what a preference is worth for the model: 2 is the model, 0 a tie


def annotations(model: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / model / "alpaca_eval_gpt4" / "annotations.json").read_text())
    return found


def worth(model: str) -> dict[str, float | None]:
    return {
        f"a{k}": None if one["preference"] is None else WORTH[int(one["preference"])]
        for k, one in enumerate(annotations(model))
    }


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Evaluated]:
    """Each model evaluated with the judge's scores, which stand in a gate."""
    folder = tmp_path_factory.mktemp("alpaca")
    first = annotations(MODELS[0])
    assert [one["instruction"] for one in first] == [one["instruction"] for one in annotations(MODELS[1])]
    test = write(
        folder / "test.jsonl",
        [
            {"id": f"a{k}", "prompt": one["instruction"], "completion": one["output_1"], "set": one["dataset"]}
            for k, one in enumerate(first)
        ],
    )
    for name, column, source in (("davinci", "output_1", MODELS[0]), *((one, "output_2", one) for one in MODELS)):
        said = [{"id": f"a{k}", "prediction": one[column]} for k, one in enumerate(annotations(source))]
        plain(folder, name, write(folder / f"{name}.jsonl", said), test)
    return {name: evaluated(folder, name, test) for name in MODELS}


def plain(folder: Path, name: str, predictions: Path, test: Path) -> None:
    bl.evaluate(predictions, test=test, out=folder / name, model=name, metrics=["exact_match"])


def evaluated(folder: Path, name: str, test: Path) -> Evaluated:
    letters = {1.0: "A", 0.5: "tie", 0.0: "B"}
    said = [
        {"item": f"{item}/AB", "text": json.dumps({"winner": letters[value]})}
        for item, value in worth(name).items()
        if value is not None
    ]
    judge = {"kind": "replay", "path": str(write(folder / f"{name}.gpt4.jsonl", said)), "model": "gpt-4"}
    bl.judge_compare(
        folder / name,
        folder / "davinci",
        out=folder / f"judged-{name}",
        models={"gpt-4": judge},
        model=["gpt-4"],
        orders="given",
        canaries=0,
        cache=None,
    )
    return bl.evaluate(
        folder / f"{name}.jsonl",
        test=test,
        out=folder / f"verdict-{name}",
        model=name,
        metrics=[{"judged": {"scores": str(folder / f"judged-{name}")}}],
        slices=["set"],
        waive=["regression", "safety", "contamination"],
        gates={"task.judged": ">= 0.5", "judge.trust": ">= 0.8"},
    )


def gate(run: Evaluated, name: str) -> dict[str, Any]:
    assert run.verdict is not None
    return next(one for one in run.verdict["gates"] if one["name"] == name)


@pytest.mark.parametrize(("name", "rate"), [(MODELS[0], 26.459627329192543), (MODELS[1], 61.64383561643836)])
def test_the_judged_value_is_the_published_win_rate(judged: dict[str, Evaluated], name: str, rate: float) -> None:
    assert judged[name].value("judged") == pytest.approx(rate / 100, abs=1e-9)
    assert judged[name].value("judged.unscored") == sum(one is None for one in worth(name).values()) / 805


def test_the_worse_model_fails_and_the_better_one_waits_for_a_trusted_judge(judged: dict[str, Evaluated]) -> None:
    worse, better = (judged[name] for name in MODELS)
    assert (gate(worse, "task.judged")["state"], worse.exit_code) == ("fail", 100)
    assert gate(better, "task.judged")["state"] == "pass"
    assert (gate(better, "judge.trust")["state"], better.exit_code) == ("missing", 101)
    assert "never put beside people" in gate(better, "judge.trust")["reason"]


def measure(run: Evaluated) -> Measure:
    """The judged value as a gate sees it."""
    (metric,) = run.manifest["metrics"]
    scored = score(run.answers, [Judged(**metric["options"])], run=run.model)
    return next(one for one in measures_of(scored, run.answers) if one.name == "task.judged")


def test_the_pair_is_compared_item_by_item(judged: dict[str, Evaluated]) -> None:
    """805 prompts, 2 of them unscored: the mean difference with its bounds, and which items flipped, from the annotations."""
    before, after = worth(MODELS[0]), worth(MODELS[1])
    both = {
        item: (before[item], after[item]) for item in before if before[item] is not None and after[item] is not None
    }
    change = {item: b - a for item, (a, b) in both.items()}  # type: ignore[operator]
    theirs, mine = (measure(judged[name]) for name in MODELS)
    others = {"baseline": {theirs.name: theirs}}
    (row,) = pairs([mine], others, 0.95, 0)
    assert (row["n"], len(both)) == (803, 803)
    assert row["difference"] == pytest.approx(np.mean(list(change.values())))
    assert 0 < row["low"] < row["difference"] < row["high"]
    (flipped,) = flips([mine], others)
    assert set(flipped["lost"]) == {item for item, by in change.items() if by < 0}
    assert set(flipped["gained"]) == {item for item, by in change.items() if by > 0}
    assert len(flipped["items"]) == 10 and all(one["before"] != one["after"] for one in flipped["items"])
