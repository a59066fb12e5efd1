"""Passed as a metric: pairs, what cannot be read, what only a judge can."""

from typing import Any

import msgspec
import polars as pl

from bloomery.metrics.names import undeclared
from bloomery.metrics.score import score
from bloomery.suites.passed import Passed


def frame(*rows: tuple[Any, str | None, str | None], judged: list[float | None] | None = None) -> pl.DataFrame:
    """Rows of a check, an answer, and the answer beside it."""
    found = pl.DataFrame(
        {
            "item": [f"q{k}" for k in range(len(rows))],
            "prompt": ["What is asked here?"] * len(rows),
            "prediction": [row[1] for row in rows],
            "beside": [row[2] for row in rows],
            "check": [msgspec.json.encode(row[0]).decode() for row in rows],
            "references": pl.Series([[]] * len(rows), dtype=pl.List(pl.String)),
        },
        schema_overrides={"prediction": pl.String, "beside": pl.String},
    )
    return found if judged is None else found.with_columns(judged=pl.Series(judged, dtype=pl.Float64))


def test_a_call_that_failed_is_no_score_and_no_zero() -> None:
    values = score(frame(({"exact": "x"}, "x", None), ({"exact": "x"}, None, None)), [Passed()]).values
    row = values.filter(pl.col("metric") == "task.passed").row(0, named=True)
    assert (row["value"], row["missing"], row["low"], row["high"]) == (1.0, 1, 0.5, 1.0)


def test_what_cannot_be_read_is_wrong_and_counted() -> None:
    values = score(frame(({"number": 7}, "seven", None), ({"number": 7}, "7", None)), [Passed()]).values
    row = values.filter(pl.col("metric") == "task.passed").row(0, named=True)
    assert (row["value"], row["unparsed"]) == (0.5, 1)


def test_a_flip_counts_only_where_the_answer_beside_was_right() -> None:
    """Held, flipped, wrong anyway: 1 of the 2 that count."""
    told = frame(
        ({"exact": "x"}, "x", "x"), ({"exact": "x"}, "y", "x"), ({"exact": "x"}, "y", "y"), ({"exact": "x"}, "x", "y")
    )
    items = Passed().items(told)
    assert items["counted"].to_list() == [1.0, 0.0, None, None]
    assert Passed().total(items) == {"passed": 0.5}


def test_mentions_has_no_score_without_a_judge_unless_another_check_fails() -> None:
    check = {"mentions": ["the deadline"], "not_contains": ["never"]}
    told = frame((check, "By Friday", None), (check, "never", None), (check, "Friday", None), judged=[None, None, 0.5])
    items = Passed().items(told)
    assert items["score"].to_list() == [None, 0.0, 0.0]
    assert items["unjudged"].to_list() == [True, False, False]


def test_what_the_metric_emits_is_declared() -> None:
    items = Passed().items(frame(({"exact": "x"}, "x", None)))
    assert undeclared(Passed, Passed().total(items)) == []
    assert Passed.each(items, "reasoning").to_list() == [1.0]  # type: ignore[union-attr]
