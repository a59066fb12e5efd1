"""Measures made from small answers, for tests of gates."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.gates.measure import Measure, measures_of
from bloomery.metrics.exact_match import ExactMatch
from bloomery.metrics.score import score
from bloomery.metrics.states import answers_of


def frame_of(right: Sequence[bool | None], **columns: Sequence[Any]) -> pl.DataFrame:
    """Answers of which item k is right, wrong, or missing (None)."""
    said = [None if ok is None else "right" if ok else "wrong" for ok in right]
    rows = pl.DataFrame(
        {
            "item": [f"q{k}" for k in range(len(right))],
            "prompt": [f"Question {k}?" for k in range(len(right))],
            "references": [["right"]] * len(right),
            "prediction": pl.Series(said, dtype=pl.String),
            **columns,
        }
    )
    return answers_of(rows)


def measures(
    frame: pl.DataFrame, *metrics: Any, slices: Sequence[str] = (), cluster: str | None = None, group: str = "task"
) -> dict[str, Measure]:
    """The measures of some answers, by name; by exact match, where no metric is given."""
    scored = score(frame, metrics or (ExactMatch(),), slices=slices, group=group)
    found = measures_of(scored, frame, clusters=clusters_of(frame, cluster), group=group)
    return {one.name: one for one in found}


def of_right(right: Sequence[bool | None], **columns: Sequence[Any]) -> dict[str, Measure]:
    """The measures of answers of which item k is right, wrong or missing."""
    return measures(frame_of(right, **columns))


def share(right: int, n: int, unscored: int = 0) -> Measure:
    """An exact match of so many of n items, and items without an answer."""
    return of_right([k < right for k in range(n)] + [None] * unscored)["task.exact_match"]
