"""Asking models for the items of a frame, and drawing which of them."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.parts.base import Case, requests_of, texts
from bloomery.llm.base import Answer, Model, Request
from bloomery.metrics.base import Metric
from bloomery.metrics.score import Scored, score
from bloomery.metrics.states import answers_of

T = TypeVar("T")


def drawn(of: Sequence[T], most: int, seed: int) -> list[T]:
    """At most so `many` of them, drawn by the seed, in their order.

    >>> drawn("abcdef", 3, 0) == drawn("abcdef", 3, 0), drawn("ab", 3, 0)
    (True, ['a', 'b'])
    """
    if len(of) <= most:
        return list(of)
    places = np.random.default_rng(seed).choice(len(of), most, replace=False)
    return [of[place] for place in sorted(places.tolist())]


def replies(case: Case, model: Model, requests: Sequence[Request]) -> list[Answer]:
    """An answer to each request; DataError where a file of answers has none of them."""
    try:
        return case.ask(model, requests)
    except DataError:
        if model.live:
            raise
        raise DataError(f"No answers of '{model.name}' to them are recorded") from None


def answered(case: Case, model: Model, frame: pl.DataFrame, before: str) -> pl.DataFrame:
    """`frame` with what `model` says: ``prediction``, null where the call failed, and what the call took; with states.

    DataError where there is not one answer.
    """
    answers = replies(case, model, requests_of(frame, case.options, before=before))
    lost = [one for one in answers if one.error is not None]
    if len(lost) == len(answers):
        raise DataError(f"The model '{model.name}' gave no answer", found=f"{lost[0].error} for {len(lost):,} items")
    told = frame.with_columns(
        texts(answers),
        pl.Series("seconds", [one.seconds for one in answers], dtype=pl.Float64),
        pl.Series("prompt_tokens", [one.prompt_tokens for one in answers], dtype=pl.Int64),
        pl.Series("completion_tokens", [one.completion_tokens for one in answers], dtype=pl.Int64),
    )
    return answers_of(told, prompt="prompt")


class Further(NamedTuple):
    """Answers to further items, scored as the task is."""

    answers: pl.DataFrame
    scored: Scored
    left_out: dict[str, str]  #: metric → why it cannot score these answers


def scored_as_task(answers: pl.DataFrame, metrics: Sequence[Metric], run: str, group: str) -> Further:
    """`answers` by those of `metrics` that can score them: a judge's scores, for one, are of the task's answers alone."""
    able, left_out = [], {}
    for metric in metrics:
        try:
            score(answers, [metric], run=run, group=group)
        except DataError as error:
            left_out[metric.name()] = str(error)
        else:
            able.append(metric)
    return Further(answers, score(answers, able, run=run, group=group), left_out)
