"""The part ``calibration``: whether the model's probabilities of the labels can be believed, beside its base's.

For tests of one label an item. The probability of a label is that of its text after the item's prompt, made to add up to 1 over
the labels: of what was trained on, not of what an interface says. So labels should not begin with one another; where one does,
its probability is too high, and a note says so.

    calibration.ece        expected calibration error over 15 bins of equal width (`bloomery.metrics.calibration`)
    calibration.entropy    mean entropy of the labels' probabilities in nats: 0 is certain of all

For advice only, like perplexity.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import polars as pl

from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found, requests_of
from bloomery.evaluate.parts.likelihood import measured, read, scorer
from bloomery.evaluate.parts.sample import said_of, some
from bloomery.llm.base import Logprobs, Passage, Scorer
from bloomery.metrics.base import Made, Mean
from bloomery.metrics.calibration import Calibration
from bloomery.metrics.classification import Classification

PART = "calibration"
#: passages that a model reads, at most: items × labels
MOST = 2_000
#: labels, at most
LABELS = 50
_VALUES = {"calibration.ece": "ece.width", "calibration.entropy": "entropy"}


class Believed(Calibration):
    """Calibration, and how certain the probabilities are."""

    names: ClassVar[dict[str, str]] = Calibration.names | {
        "entropy": "mean entropy of an item's probabilities in nats; 0 is certain"
    }
    made: ClassVar[Mapping[str, Made]] = {**Calibration.made, "entropy": Mean("entropy", (0.0, None))}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """As of `Calibration`, and ``entropy``."""
        one = pl.element()
        each = pl.when(one > 0).then(-one * one.log()).otherwise(0.0)
        entropy = answers.select(entropy=pl.col(self.column).list.eval(each).list.sum())
        return super().items(answers).hstack(entropy)

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """All of `names`; null where no item has probabilities."""
        mean = items["entropy"].drop_nulls().mean()
        return super().total(items) | {"entropy": None if mean is None else float(str(mean))}


def calibration(case: Case) -> Found:
    """``calibration.ece`` and ``calibration.entropy``, of the model and of its base."""
    labels = _labels(case)
    if isinstance(labels, str):
        return Found(PART, missing=labels)
    model, base = scorer(case.model), scorer(case.base)
    if isinstance(model, str):
        return Found(PART, missing=model)
    frame = some(case.tests.frame, max(1, MOST // len(labels)), case.options.seed)
    mine, told, lost = _side(case, frame, labels, model)
    theirs, told_base, lost_base = ((), None, []) if isinstance(base, str) else _side(case, frame, labels, base)
    drawn = said_of(frame.height, case.tests.frame.height)
    notes = [*lost, *lost_base, *_begun(labels), *([f"calibration is of {drawn}"] if drawn else [])]
    if told_base:
        notes.insert(
            0, f"expected calibration error from base to tuned: {told_base['ece.width']:.3f} → {told['ece.width']:.3f}"
        )
    return Found(
        PART, mine, theirs, notes=tuple(notes), told={"labels": list(labels), "tuned": told, "base": told_base}
    )


def _labels(case: Case) -> Sequence[str] | str:
    """The labels, or why there are none."""
    kinds = [sheet.metric for sheet in case.scored.sheets if isinstance(sheet.metric, Classification)]
    if not kinds or case.tests.several:
        return "the test is not one of a label an item"
    labels = kinds[0].labels
    if not 2 <= len(labels) <= LABELS:
        return f"there are {len(labels):,} labels; 2 to {LABELS} can be weighed against each other"
    return labels


def _side(
    case: Case, frame: pl.DataFrame, labels: Sequence[str], model: Scorer
) -> tuple[tuple[Measure, ...], dict[str, Any], list[str]]:
    """The measures of one model, its values and what must be said."""
    asked = requests_of(frame, case.options, before=f"{PART}/")
    passages = [Passage(f"{one.item}/{k}", one.messages, label) for one in asked for k, label in enumerate(labels)]
    found = read(case, model, passages)
    of_item = [found[k : k + len(labels)] for k in range(0, len(found), len(labels))]
    p = [_probabilities(some_) for some_ in of_item]
    answers = frame.select("item", "references").with_columns(
        prediction=pl.Series([None if one is None else "" for one in p], dtype=pl.String),
        state=pl.Series(["missing" if one is None else "answered" for one in p], dtype=pl.String),
        probabilities=pl.Series(p, dtype=pl.List(pl.Float64)),
    )
    metric = Believed(labels=tuple(labels))
    measures = tuple(measured(name, answers, metric, of) for name, of in _VALUES.items())
    kept = answers.filter(pl.col("state") != "missing")
    gone = sum(one is None for one in p)
    lost = [f"'{model.name}' told no probabilities of {gone:,} of {len(p):,} items"] if gone else []
    return measures, metric.total(metric.items(kept)) | {"items": kept.height}, lost


def _probabilities(told: Sequence[Logprobs]) -> list[float] | None:
    """Those of the labels of one item, adding up to 1; None where one has none."""
    sums = [None if one.values is None else sum(one.values) for one in told]
    known = [one for one in sums if one is not None]
    if len(known) < len(sums):
        return None
    highest = max(known)
    weights = [math.exp(one - highest) for one in known]
    return [one / sum(weights) for one in weights]


def _begun(labels: Sequence[str]) -> list[str]:
    begun = [(a, b) for a in labels for b in labels if a != b and b.startswith(a)]
    return [f"the label '{a}' begins '{b}': its probability is too high" for a, b in begun[:3]]
