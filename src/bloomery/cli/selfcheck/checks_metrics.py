"""Metrics over answers to hold in the head: classification, calibration, exact match, cost, and how answers are read."""

from math import log, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from bloomery.cli.selfcheck.answers import answers, metric_check, values
from bloomery.cli.selfcheck.check import Check, refusal
from bloomery.metrics import labels, score, states
from bloomery.metrics.names import METRICS

_UNPARSED = answers(["a", "a", "b", "perhaps"], ["a", "a", "b", "b"])
_MAJORITY = answers(["a"] * 10, ["a"] * 8 + ["b", "c"])
_SURE = [(0.9, 0.1), (0.9, 0.1), (0.4, 0.6), (0.4, 0.6)]
_PROBABLE = answers(["a", "a", "b", "b"], ["a", "b", "b", "b"], probabilities=[{"a": a, "b": b} for a, b in _SURE])
_THREE = answers(["a"], ["a"], probabilities=[[0.5, 0.3, 0.2]])
_PAID = answers(
    ["x"] * 4,
    ["x"] * 4,
    latency=[1.0, 2.0, 3.0, 4.0],
    tokens_input=[10, 20, 30, 40],
    tokens_output=[1, 2, 3, 6],
    money=[0.1, 0.2, 0.3, 0.6],
)
_STATES = answers(["Paris", "", "I'm sorry, but I can't help with that.", None], ["Paris"] * 4)


def _read() -> list[Any]:
    told = labels.read(
        pl.Series(
            ["The format is [[A]] or [[B]]. My verdict: [[B]]", "Verdict: B, because …", "Answer: A or B", " a. "]
        ),
        labels.labels(["A", "B"]),
    )
    return [list(row) for row in told.rows()]


def _judged() -> dict[str, Any]:
    """Scores of a judge for four answers, one of which it could not read."""
    table = pl.DataFrame({"item": ["0", "1", "2", "3"], "value": [4.0, 3.0, 5.0, None]})
    table = table.with_columns(run=pl.lit("a"), metric=pl.lit("quality.overall"), rater=pl.lit("judge"))
    wanted = ["judged", "judged.passed", "judged.unscored", "score"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "scores.parquet"
        table.write_parquet(path)
        return values("judged", answers(["x"] * 4, ["x"] * 4), wanted, scores=str(path), threshold=3.5)


def _rated() -> str:
    told = labels.read(pl.Series(["See ref [1]. Rating: 9"]), labels.labels([str(mark) for mark in range(1, 11)]))
    return f"{told['label'][0] + 1} {told['how'][0]}"


def _with_and_without() -> list[Any]:
    table = score.score(_STATES, [METRICS["exact_match"]()]).values.filter(metric="task.exact_match")
    return [
        *table.select("n", "answered", "empty", "refused", "missing", "value", "answered_value", "low", "high").row(0)
    ]


CHECKS = (
    metric_check(
        "classification",
        "two classes, one answer unparsed: wrong, and no class",
        _UNPARSED,
        {
            "accuracy": 3 / 4,
            "balanced_accuracy": 3 / 4,
            "precision.macro": 1.0,
            "recall.macro": 3 / 4,
            "f1.macro": (1 + 2 / 3) / 2,
            "f1.micro": 6 / 7,
            "f1.weighted": (2 + 2 * 2 / 3) / 4,
            "mcc": 6 / sqrt(80),
            "unparsed": 1 / 4,
            "accuracy.majority": 1 / 2,
            "accuracy.prior": 1 / 2,
            "f1.macro.majority": 1 / 3,
            "precision.b": 1.0,
            "recall.b": 1 / 2,
            "f1.b": 2 / 3,
            "support.b": 2.0,
            "score": [1.0, 1.0, 1.0, 0.0],
        },
        "macro F1 (1 + 2/3)/2 = .833, not .556; MCC (3 · 4 − 6)/√((16 − 6)(16 − 8))",
    ),
    metric_check(
        "classification",
        "always the majority: macro F1, and what is undefined",
        _MAJORITY,
        {
            "f1.macro": 16 / 18 / 3,
            "precision.macro": 0.8,
            "accuracy": 0.8,
            "accuracy.prior": 0.66,
            "precision.b": None,
            "mcc": None,
        },
        "(2 · 8/18 + 0 + 0)/3 = .296, not .867; .64 + .01 + .01",
    ),
    metric_check(
        "calibration",
        "four answers, at .9 right and wrong, at .6 right",
        _PROBABLE,
        {
            "log_loss": -(log(0.9) + log(0.1) + 2 * log(0.6)) / 4,
            "brier": (0.01 + 0.81 + 2 * 0.16) / 4,
            "ece.width": 0.4,
            "ece.mass": 0.4,
            "score": [-log(0.9), -log(0.1), -log(0.6), -log(0.6)],
        },
        "Brier 1950, halved for two labels; ECE ½ |.5 − .9| + ½ |1 − .6|",
    ),
    metric_check(
        "calibration",
        "Brier of (.5, .3, .2), the first right",
        _THREE,
        {"brier": 0.25 + 0.09 + 0.04},
        ".5² + .3² + .2²",
        labels=("a", "b", "c"),
    ),
    metric_check(
        "exact_match",
        "full-width, a full stop too many, the second reference",
        answers(["  ＰARIS ", "Paris.", "London"], ["Paris", "Paris", ["Rome", "london"]]),
        {"score": [1.0, 0.0, 1.0], "exact_match": 2 / 3},
        "case, width and white space are forgiven, nothing else",
    ),
    metric_check(
        "cost",
        "four answers with seconds, tokens, money",
        _PAID,
        {
            "money": 0.3,
            "money.total": 1.2,
            "latency.mean": 2.5,
            "latency.p50": 2.5,
            "latency.p95": 3.85,
            "tokens.input": 25.0,
            "tokens.output": 3.0,
            "score": [0.1, 0.2, 0.3, 0.6],
        },
        "Hyndman and Fan 1996, type 7: 3 + .85 · 1",
    ),
    metric_check(
        "cost",
        "the same by prices of a million tokens",
        _PAID.drop("money"),
        {"money.total": (100 * 2.5 + 12 * 10) / 1e6},
        "(100 · 2.5 + 12 · 10)/10⁶",
        prices={"input": 2.5, "output": 10},
    ),
    Check(
        "metrics.labels.read",
        "a verdict among mentions; a reason; two labels; a full stop",
        _read,
        [[1, "verdict"], [1, "verdict"], [None, "ambiguous"], [0, "exact"]],
        "the last anchored verdict; two labels are none",
    ),
    Check(
        "metrics.labels.read",
        "See ref [1]. Rating: 9",
        _rated,
        "9 verdict",
        "9: a number in brackets is no rating",
    ),
    Check(
        "metrics.judged",
        "4, 3, 5 and a reply that could not be read; 3.5 passes",
        _judged,
        {"judged": 4.0, "judged.passed": 2 / 3, "judged.unscored": 1 / 4, "score": [4.0, 3.0, 5.0, None]},
        "(4 + 3 + 5)/3: an unread reply is in no mean",
    ),
    Check(
        "metrics.states.states",
        "missing, empty, refused, answered",
        lambda: states.states(pl.Series([None, " \u200b", "I'm sorry, but I can't help.", "Paris"])).to_list(),
        ["missing", "empty", "refused", "answered"],
        "by definition",
    ),
    Check(
        "metrics.score.score",
        "exact match with and without refusals; bounds for a missing answer",
        _with_and_without,
        [4, 1, 1, 1, 1, 1 / 3, 1.0, 1 / 4, 2 / 4],
        "1 of 3; 1 of 1; 1 to 2 of 4",
    ),
    Check(
        "metrics.score.score",
        "an empty test set",
        lambda: refusal(lambda: score.score(_STATES.clear(), [METRICS["exact_match"]()])),
        "DataError",
        "never 0/0",
    ),
)
