"""The answers of a model that is asked now, as `bloomery.evaluate.predictions` has those of a file."""

import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.asked import Asked
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import requests_of, texts
from bloomery.evaluate.predictions import Answers
from bloomery.llm.base import Model
from bloomery.text.counted import counted


def generated(model: Model, test: pl.DataFrame, ask: Asked, options: Evaluate) -> Answers:
    """`test` with what `model` says: ``prediction`` (null where the call failed, and ``call_error`` says why), ``seconds`` and
    ``completion_tokens``. DataError where there is not one answer.
    """
    answers = ask(model, requests_of(test, options))
    errors = [one.error for one in answers]
    lost = [one for one in answers if one.error is not None]
    if len(lost) == len(answers):
        raise DataError(
            f"The model '{model.name}' gave no answer to {counted(len(answers), 'item')}",
            found=f"{lost[0].error}: {lost[0].detail}" if lost[0].detail else str(lost[0].error),
        )
    frame = test.with_columns(
        texts(answers),
        pl.Series("call_error", errors, dtype=pl.String),
        pl.Series("seconds", [one.seconds for one in answers], dtype=pl.Float64),
        pl.Series("prompt_tokens", [one.prompt_tokens for one in answers], dtype=pl.Int64),
        pl.Series("completion_tokens", [one.completion_tokens for one in answers], dtype=pl.Int64),
    )
    counts = pl.Series(errors, dtype=pl.String).drop_nulls().value_counts(sort=True)
    said = ", ".join(f"{why} {number:,}" for why, number in counts.iter_rows())
    notes = [f"{counted(len(lost), 'call')} of {len(answers):,} gave no answer: {said}"] if lost else []
    return Answers(frame, [], [one.item for one in lost], [], notes)
