"""Texts whose tokens models tell the log-probabilities of: the test's answers, and a neutral text of our own."""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.gates.measure import Measure, Rows
from bloomery.evaluate.parts.base import Case, requests_of
from bloomery.llm.base import Logprobs, Model, Passage, Scorer, can_score
from bloomery.metrics.base import Metric
from bloomery.metrics.score import sheet_of

#: what a model must be for this
_NEEDED = "a model from weights (kind: local), or a file of answers with recorded log-probabilities"


@cache
def neutral() -> tuple[str, ...]:
    """The sentences of the neutral text: plain prose about nothing in particular, written for this.

    >>> len(neutral()) > 100
    True
    """
    return tuple((files("bloomery.evaluate.parts") / "neutral.txt").read_text(encoding="utf-8").splitlines())


def of_neutral() -> list[Passage]:
    """Each sentence by itself."""
    return [Passage(f"perplexity/neutral/{k}", (), text) for k, text in enumerate(neutral(), 1)]


def of_answers(case: Case, frame: pl.DataFrame, *, before: str = "perplexity/test/") -> list[Passage]:
    """The accepted answers of items (the first, where there are several) after their prompts, as the recipe renders them."""
    asked = requests_of(frame, case.options, before=before)
    answers = frame["references"].list.first().fill_null("")
    return [Passage(one.item, one.messages, text) for one, text in zip(asked, answers, strict=True)]


def scorer(model: Model | None) -> Scorer | str:
    """The model where it tells log-probabilities, or why it does not."""
    if model is None:
        return f"there are only predictions; log-probabilities need {_NEEDED}"
    return model if can_score(model) else f"'{model.name}' tells no log-probabilities of texts; it needs {_NEEDED}"


def read(case: Case, model: Scorer, passages: Sequence[Passage]) -> list[Logprobs]:
    """What the model tells. DataError where there is not one."""
    told = case.ask.logprobs(model, passages)
    errors = [one for one in told if one.error]
    if told and len(errors) == len(told):
        raise DataError(
            f"'{model.name}' told no log-probability of {len(told):,} texts",
            found=f"{errors[0].error}: {errors[0].detail}" if errors[0].detail else str(errors[0].error),
        )
    return told


def documents(
    passages: Sequence[Passage], told: Sequence[Logprobs], base: Sequence[Logprobs] | None = None
) -> pl.DataFrame:
    """Texts as answers, with ``logprobs`` and, where there is a base, ``base_logprobs``; missing where one of them has none."""
    columns = {"logprobs": told} if base is None else {"logprobs": told, "base_logprobs": base}
    lost = [any(side[k].values is None for side in columns.values()) for k in range(len(passages))]
    texts = [one.text for one in passages]
    return pl.DataFrame(
        {
            "item": pl.Series([one.item for one in passages], dtype=pl.String),
            "prediction": pl.Series(
                [None if gone else text for gone, text in zip(lost, texts, strict=True)], dtype=pl.String
            ),
            "references": pl.Series([[text] for text in texts], dtype=pl.List(pl.String)),
            "state": ["missing" if gone else "answered" for gone in lost],
            "words": texts,
            **{
                name: pl.Series([one.values for one in side], dtype=pl.List(pl.Float64))
                for name, side in columns.items()
            },
        }
    )


def measured(
    name: str, frame: pl.DataFrame, metric: Metric, of: str, *, clusters: Clusters | None = None, why: str = ""
) -> Measure:
    """The value `of` of a metric over these answers, as a measure called `name`."""
    sheet = sheet_of(frame, metric.prepared(frame))
    value = sheet.metric.total(sheet.items).get(of) if sheet.items.height else None
    return Measure(
        name,
        value,
        n=sheet.items.height,
        unscored=frame.height - sheet.items.height,
        how="sampled",
        made=metric.how(of),
        rises=False,
        rows=Rows(frame["item"], frame, sheet, np.arange(frame.height), clusters),
        why=why or ("" if value is not None else "it is not defined for these texts"),
        called=of,
    )


def lost(told: Sequence[Logprobs], name: str, what: str) -> list[str]:
    """A sentence about those that failed."""
    counts = Counter(one.error for one in told if one.error)
    said = ", ".join(f"{why} {number:,}" for why, number in counts.most_common())
    return [f"'{name}' did not tell {sum(counts.values()):,} of {len(told):,} {what}: {said}"] if counts else []
