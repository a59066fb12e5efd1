"""What evaluating would ask of models, before it does: the calls, their tokens, money and time.

The task's requests are made as they would be. Each part is run with an asker that counts what it is asked and answers with an
empty text, so a part that asks a second time about what was answered may ask more than is told here.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from bloomery.evaluate.asked import Asked
from bloomery.evaluate.defaults import default_metrics
from bloomery.evaluate.entries import build
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case, requests_of
from bloomery.evaluate.parts.every import PARTS
from bloomery.evaluate.testset import testset
from bloomery.evaluate.verdict.reach import ruled
from bloomery.formats.source import Source
from bloomery.llm.ask import estimate
from bloomery.llm.base import Answer, Model, Request
from bloomery.llm.budget import Estimate
from bloomery.llm.cache import Cache
from bloomery.metrics.score import score
from bloomery.metrics.states import answers_of

__all__ = ["Forecast", "forecast"]


class Forecast(NamedTuple):
    """What an evaluation would ask."""

    items: int  #: of the test
    asked: dict[str, Estimate]  #: by model
    unknown: tuple[str, ...]  #: parts that did not tell


class _Counting(Asked):
    """Remembers requests, and asks nobody."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.requests: dict[str, tuple[Model, list[Request]]] = {}

    def __call__(self, model: Model, requests: Sequence[Request]) -> list[Answer]:
        """An empty answer to each."""
        self.requests.setdefault(model.name, (model, []))[1].extend(requests)
        return [Answer(one.item, one.repeat, "", None) for one in requests]


def forecast(
    test: Source, options: Evaluate, models: Mapping[str, Model], *, name: str, cache: str | Path | None = None
) -> Forecast:
    """What evaluating `options` on `test` would ask of these models; nothing is asked, and nothing written that stays."""
    tests = testset(test)
    tuned, unknown = models.get(options.model or ""), []
    with tempfile.TemporaryDirectory() as place:
        ask = _Counting(Path(place))
        if tuned is not None:
            ask(tuned, requests_of(tests.frame, options))
        empty = tests.frame.with_columns(prediction=pl.lit("", dtype=pl.String))
        frame = answers_of(empty, prompt="prompt")
        scored = score(frame, build(options.metrics) or default_metrics(tests), slices=options.slices, run=name)
        base = models.get(options.base or "")
        case = Case(
            options, tests, frame, scored, name, tuned, base, ask, Path(place), dict(models), test_file=test.path
        )
        rules = ruled(options)
        for part, measure in PARTS.items():
            if rules is None or part in rules.waive:
                continue
            try:
                measure(case)
            except Exception:  # whatever empty answers do to it, the run that is planned is not stopped by it
                unknown.append(part)
    return Forecast(len(frame), _estimates(ask, cache), tuple(unknown))


def _estimates(ask: _Counting, cache: str | Path | None) -> dict[str, Estimate]:
    opened = Cache(cache) if cache is not None and Path(cache).is_file() else None
    try:
        return {
            name: estimate(model, requests, cache=opened, at_once=_at_once(model))
            for name, (model, requests) in ask.requests.items()
        }
    finally:
        if opened is not None:
            opened.close()


def _at_once(model: Model) -> int:
    options = getattr(model, "options", None)
    return getattr(options, "concurrency", 1) if getattr(options, "kind", "") == "endpoint" else 1
