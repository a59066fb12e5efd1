"""What a part of an evaluation is given, for tests: rows of a test, predictions or a model, and options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bloomery.evaluate.asked import Asked
from bloomery.evaluate.defaults import default_metrics
from bloomery.evaluate.entries import build
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.testset import testset
from bloomery.formats.source import Source
from bloomery.llm.base import Model
from bloomery.metrics.score import score
from bloomery.metrics.states import answers_of
from tests.evaluate.runs import write


def case_of(
    folder: Path,
    rows: Sequence[dict[str, Any]],
    predictions: Sequence[str | None] | Mapping[str, str],
    *,
    model: Model | None = None,
    base: Model | None = None,
    test: str = "",
    **options: Any,
) -> Case:
    """`predictions` are in the order of the items, or by their ids; `rows` are written, unless `test` names files."""
    folder.mkdir(parents=True, exist_ok=True)
    file = test or str(write(folder / "test.jsonl", rows))
    told = Evaluate(test=file, **options)
    tests = testset(Source(path=file))
    said = [predictions.get(item) for item in tests.frame["item"]] if isinstance(predictions, Mapping) else predictions
    answers = answers_of(tests.frame.with_columns(pl.Series("prediction", said, dtype=pl.String)), prompt="prompt")
    scored = score(answers, build(told.metrics) or default_metrics(tests), slices=told.slices, run="tuned")
    run = folder / "run"
    run.mkdir(exist_ok=True)
    return Case(told, tests, answers, scored, "tuned", model, base, Asked(run), run, {}, file)
