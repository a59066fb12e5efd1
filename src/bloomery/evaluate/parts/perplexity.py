"""The part ``perplexity``: how likely the test's answers, and a neutral text, are to the model and to its base.

A sanity check, never a reason to deploy: perplexity says nothing about what a model answers. Of the test's answers it should
fall; where it rises on the neutral text, the model has lost something of what the base could.

    perplexity.test      of the answers of the test after their prompts
    perplexity.neutral   of our own neutral text, a sentence each
    perplexity.ratio     on the neutral text, as a multiple of the base's (`bloomery.evaluate.parts.ratio`)
"""

from typing import Any

import polars as pl

from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.likelihood import documents, lost, measured, of_answers, of_neutral, read, scorer
from bloomery.evaluate.parts.ratio import PerplexityRatio
from bloomery.evaluate.parts.sample import said_of, some
from bloomery.llm.base import Logprobs, Passage, Scorer
from bloomery.metrics.perplexity import Perplexity

PART = "perplexity"
#: items of the test that are read, at most
MOST = 500


def perplexity(case: Case) -> Found:
    """``perplexity.test``, ``perplexity.neutral`` and, beside a base, ``perplexity.ratio``."""
    model, base = scorer(case.model), scorer(case.base)
    if isinstance(model, str):
        return Found(PART, (Measure("perplexity.ratio", None, rises=False, why=model),), missing=model)
    beside = None if isinstance(base, str) else base
    without = "no base is named: evaluate: {base: NAME}" if case.base is None else str(base)
    frame = some(case.tests.frame, MOST, case.options.seed)
    test = _Text(case, "test", of_answers(case, frame), model, beside)
    neutral = _Text(case, "neutral", of_neutral(), model, beside)
    clusters = clusters_of(frame, case.options.cluster)
    measures = [
        measured("perplexity.test", test.mine, _METRIC, "perplexity", clusters=clusters),
        measured("perplexity.neutral", neutral.mine, _METRIC, "perplexity"),
    ]
    others: list[Measure] = []
    if beside:
        measures.append(measured("perplexity.ratio", neutral.both, PerplexityRatio(), "ratio"))
        others = [
            measured("perplexity.test", test.theirs, _METRIC, "perplexity", clusters=clusters),
            measured("perplexity.neutral", neutral.theirs, _METRIC, "perplexity"),
        ]
    else:
        measures.append(Measure("perplexity.ratio", None, rises=False, why=without))
    drawn = said_of(frame.height, case.tests.frame.height)
    notes = [*test.lost, *neutral.lost, *([f"perplexity is of {drawn}"] if drawn else [])]
    return Found(
        PART,
        tuple(measures),
        tuple(others),
        notes=(*_notes(test, neutral, measures[-1].value), *notes),
        told={"test": test.told(), "neutral": neutral.told(), "ratio": measures[-1].value},
        not_measured=() if beside else (f"perplexity before and after: {without}",),
    )


#: token-weighted; the sizes of the texts give bits a byte
_METRIC = Perplexity(text="words")


class _Text:
    """One text, as the two models see it; the same documents of both."""

    def __init__(self, case: Case, name: str, passages: list[Passage], model: Scorer, base: Scorer | None) -> None:
        self.name = name
        told = read(case, model, passages)
        theirs: list[Logprobs] | None = read(case, base, passages) if base else None
        self.both = documents(passages, told, theirs)
        self.mine = self.both
        self.theirs = self.both.with_columns(pl.col("base_logprobs").alias("logprobs")) if base else self.both
        what = "answers of the test" if name == "test" else "sentences of the neutral text"
        self.lost = [*lost(told, model.name, what), *(lost(theirs, base.name, what) if base and theirs else [])]
        self.beside = base is not None

    def values(self, frame: pl.DataFrame) -> dict[str, float | None]:
        """Every value of the metric over the documents that both have."""
        kept = frame.filter(pl.col("state") != "missing")
        return _METRIC.total(_METRIC.items(kept)) if kept.height else {}

    def told(self) -> dict[str, Any]:
        """For the report."""
        found: dict[str, Any] = {"documents": self.both.filter(pl.col("state") != "missing").height}
        found["tuned"] = self.values(self.mine) | {"tokens": int(self.mine["logprobs"].list.len().sum())}
        if self.beside:
            found["base"] = self.values(self.theirs) | {"tokens": int(self.theirs["logprobs"].list.len().sum())}
        return found

    @property
    def same_tokens(self) -> bool:
        """Whether the two read the same number of tokens in each document."""
        kept = self.both.filter(pl.col("state") != "missing")
        return bool((kept["logprobs"].list.len() == kept["base_logprobs"].list.len()).all())


def _notes(test: _Text, neutral: _Text, ratio: float | None) -> list[str]:
    """What a reader must know, with the numbers of base and model."""
    if not test.beside:
        return []
    same = test.same_tokens and neutral.same_tokens
    name, unit = ("perplexity", "perplexity") if same else ("bits_per_byte", "bits a byte")
    task, plain = (
        [side.get(name) for side in (one.values(one.theirs), one.values(one.mine))] for one in (test, neutral)
    )
    said = [
        f"{unit} from base to tuned: {_two(*task)} on the test's answers, {_two(*plain)} on a neutral text"
        + (f", {ratio:.2f} times" if ratio is not None else "")
        + ("" if same else " (they have different tokenizers)")
    ]
    if None not in task and float(task[1] or 0) >= float(task[0] or 0):
        said.append(
            "the test's answers are no likelier to the tuned model than to its base: was it trained on this task, and with "
            "this prompt?"
        )
    return said


def _two(before: float | None, after: float | None) -> str:
    return " → ".join("unknown" if one is None else f"{one:.3g}" for one in (before, after))
