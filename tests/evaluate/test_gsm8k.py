"""Graded solutions of four models as evaluated runs: the published shares, and every pair as the graders have it."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import bloomery as bl
from bloomery.stats.mcnemar import discordant, mcnemar
from bloomery.stats.multiple import holm
from bloomery.stats.proportion import wilson
from bloomery.stats.score import tango
from tests.evaluate.runs import write

FILE = Path(__file__).parents[3] / "shared/data/gsm8k/grade_school_math/data/example_model_solutions.jsonl"
MODELS = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"]
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="shared data is not here")


@pytest.fixture(scope="module")
def graded() -> list[dict]:
    return [json.loads(line) for line in FILE.read_text().splitlines()]


@pytest.fixture(scope="module")
def runs(graded, tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("gsm8k")
    test = write(
        folder / "test.jsonl", [{"question": row["question"], "answer": row["ground_truth"]} for row in graded]
    )
    return {
        model: bl.evaluate(
            write(folder / f"{model}.jsonl", [{"id": k, "prediction": row[model]["solution"]} for k, row in enumerate(graded, 1)]),
            test=test,
            out=folder / model,
            metrics=[{"numeric_answer": {"markers": ["A:"]}}],
        )
        for model in MODELS
    }  # fmt: skip


def test_shares(runs) -> None:
    assert [round(100 * runs[model].value("numeric_exact_match"), 2) for model in MODELS] == [
        21.68,
        39.04,
        34.72,
        56.25,
    ]


@pytest.mark.parametrize(("one", "other"), list(combinations(MODELS, 2)))
def test_pairs_and_flips_are_those_of_the_graders(graded, runs, one: str, other: str) -> None:
    result = bl.compare(runs[one].folder, runs[other].folder)
    (row,) = result.told["comparisons"]
    a, b = (np.array([line[model]["is_correct"] for line in graded]) for model in (one, other))
    gained, lost = discordant(b, a)
    assert (row["p"], tuple(row["interval"])) == (mcnemar(gained, lost).p, tango(gained, lost, 1319))
    assert row["difference"] == pytest.approx(b.mean() - a.mean())
    flips = result.flips("numeric_exact_match")
    assert set(flips["lost"]) == {str(k) for k in np.flatnonzero(a & ~b) + 1}
    assert set(flips["gained"]) == {str(k) for k in np.flatnonzero(~a & b) + 1}


def test_three_models_beside_one(runs) -> None:
    told = bl.compare(*(runs[model].folder for model in MODELS)).told
    rows = told["comparisons"]
    assert [row["other"] for row in rows] == MODELS[1:]
    assert [row["p_holm"] for row in rows] == pytest.approx(holm([row["p"] for row in rows]).tolist())
    assert {row["says"] for row in rows} == {"better"}


@pytest.fixture(scope="module")
def decided(graded, runs, tmp_path_factory) -> dict:
    """Each model at a threshold, and beside the smallest model."""
    folder = tmp_path_factory.mktemp("decided")
    test = write(
        folder / "test.jsonl", [{"question": row["question"], "answer": row["ground_truth"]} for row in graded]
    )
    return {
        model: bl.evaluate(
            write(folder / f"{model}.jsonl", [{"id": k, "prediction": row[model]["solution"]} for k, row in enumerate(graded, 1)]),
            test=test,
            out=folder / model,
            metrics=[{"numeric_answer": {"markers": ["A:"]}}],
            gates={"task.numeric_exact_match": ">= 0.45"},
            waive=["regression", "safety", "contamination"],
            history=str(folder / "history.sqlite"),
        )
        for model in MODELS
    }  # fmt: skip


def test_verdicts_at_a_threshold(decided) -> None:
    assert [decided[model].verdict["verdict"] for model in MODELS] == ["no_deploy", "no_deploy", "no_deploy", "deploy"]
    assert [decided[model].exit_code for model in MODELS] == [100, 100, 100, 0]
    gates = {model: decided[model].verdict["gates"][-1] for model in MODELS}
    assert [round(100 * gates[model]["value"], 2) for model in MODELS] == [21.68, 39.04, 34.72, 56.25]
    for model, right in zip(MODELS, (286, 515, 458, 742), strict=True):
        assert (gates[model]["low"], gates[model]["high"]) == tuple(wilson(right, 1319, 0.9))
    assert [decided[model].verdict["looks"] for model in MODELS] == [1, 2, 3, 4]


@pytest.mark.parametrize("model", MODELS[1:])
def test_a_baseline_is_paired_as_compare_has_it(graded, runs, tmp_path: Path, model: str) -> None:
    run = bl.evaluate(
        write(
            tmp_path / "p.jsonl", [{"id": k, "prediction": row[model]["solution"]} for k, row in enumerate(graded, 1)]
        ),
        test=write(
            tmp_path / "t.jsonl", [{"question": row["question"], "answer": row["ground_truth"]} for row in graded]
        ),
        out=tmp_path / "run",
        metrics=[{"numeric_answer": {"markers": ["A:"]}}],
        baseline=str(runs["175b_finetuning"].folder),
        gates={"task.numeric_exact_match": ">= baseline - 5%"},
        waive=["regression", "safety", "contamination"],
        history=None,
    )
    gate = run.verdict["gates"][-1]
    a, b = (np.array([line[one]["is_correct"] for line in graded]) for one in ("175b_finetuning", model))
    gained, lost = discordant(b, a)
    expected = {"6b_verification": "pass", "175b_finetuning": "pass", "175b_verification": "pass"}
    assert gate["state"] == expected[model]
    assert gate["limit"] == pytest.approx(-0.02)  # 5 % of .3472 is 1.7 points, less than 2
    assert gate["value"] == pytest.approx(b.mean() - a.mean())
    if gained + lost:
        assert (gate["low"], gate["high"]) == tuple(tango(gained, lost, 1319, 0.9))
