"""Seconds, tokens and money of answers as values that gates can be about."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bloomery as bl
from bloomery.evaluate.result import Evaluated
from tests.evaluate.runs import questions, write

SECONDS = [0.1 * k for k in range(1, 21)]
ALONE: dict[str, Any] = {"waive": ["regression", "safety", "contamination"], "metrics": ["exact_match"], "cache": None}
GATES = {"task.exact_match": ">= 0.1", "unscored.rate": None}


def run(folder: Path, gates: dict[str, Any], prices: dict[str, float] | None) -> Evaluated:
    said = [
        {"item": f"q{k}", "text": "right", "seconds": SECONDS[k], "prompt_tokens": 100, "completion_tokens": 10 + k}
        for k in range(20)
    ]
    model = {"kind": "replay", "path": str(write(folder / "model.jsonl", said))} | (
        {"prices": prices} if prices else {}
    )
    test = write(folder / "test.jsonl", questions(20))
    return bl.evaluate(test=test, out=folder / "run", model="m", models={"m": model}, gates=GATES | gates, **ALONE)


def state(found: Evaluated, name: str) -> tuple[str, Any]:
    assert found.verdict is not None
    one = next(one for one in found.verdict["gates"] if one["name"] == name)
    return one["state"], one["value"]


def test_seconds_and_money_of_answers_stand_in_gates(tmp_path: Path) -> None:
    found = run(tmp_path, {"latency.p95": "<= 1.95", "money.total": "<= 0.01"}, {"input": 2.0, "output": 10.0})
    assert state(found, "latency.p95") == ("pass", pytest.approx(np.quantile(SECONDS, 0.95)))
    # 20 prompts of 100 tokens at 2 a million, and 10 + 11 + … + 29 = 390 tokens at 10 a million
    assert state(found, "money.total") == ("pass", pytest.approx((2000 * 2 + 390 * 10) / 1_000_000))


def test_money_without_prices_is_missing_and_says_so(tmp_path: Path) -> None:
    found = run(tmp_path, {"money.total": "<= 1", "latency.p50": "<= 0.5"}, None)
    assert state(found, "money.total") == ("missing", None) and found.exit_code == 100
    assert state(found, "latency.p50") == ("fail", pytest.approx(1.05))
    assert any("prices" in reason for reason in found.verdict["reasons"])


def test_columns_of_a_predictions_file_are_read(tmp_path: Path) -> None:
    said = [{"id": f"q{k}", "prediction": "right" if k else None, "latency": SECONDS[k]} for k in range(20)]
    found = bl.evaluate(
        write(tmp_path / "said.jsonl", said),
        test=write(tmp_path / "test.jsonl", questions(20)),
        out=tmp_path / "run",
        gates=GATES | {"latency.mean": "<= 2", "tokens.output": "<= 100"},
        **ALONE,
    )
    assert state(found, "latency.mean") == (
        "pass",
        pytest.approx(sum(SECONDS[1:]) / 19),
    )  # the missing answer took no time
    assert state(found, "tokens.output") == ("missing", None)
