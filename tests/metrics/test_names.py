"""Every name that a metric emits is declared, and the other way round."""

from typing import Any

import polars as pl
import pytest

from bloomery.metrics.base import Metric, Share
from bloomery.metrics.embedding_similarity import EmbeddingSimilarity
from bloomery.metrics.entities import Entities
from bloomery.metrics.json_fields import JsonFields
from bloomery.metrics.judged import Judged
from bloomery.metrics.names import METRICS, metric_of, table, undeclared
from bloomery.metrics.numeric_answer import NumericAnswer
from bloomery.metrics.score import score
from bloomery.metrics.surface_f1 import SurfaceF1
from tests.metrics.rows import answers

#: answers for most metrics
ANSWERS = answers(
    ["a", "b", "a", "perhaps it is one of the two"],
    ["a", "b", "b", "a"],
    probabilities=[{"a": 0.7, "b": 0.3}] * 4,
    latency=[1.0, 2.0, 3.0, 4.0],
    tokens_input=[10, 10, 10, 10],
    tokens_output=[5, 5, 5, 5],
    money=[0.1, 0.1, 0.1, 0.1],
    passed=[[True, False]] * 4,
    logprobs=[[-1.0, -2.0]] * 4,
)
#: metrics that need answers of their own, or an option
OWN: dict[type[Metric], tuple[Metric, pl.DataFrame]] = {
    Entities: (Entities(), answers(["B-drug I-drug O", "O"], ["B-drug I-drug O", "B-drug"])),
    SurfaceF1: (
        SurfaceF1(),
        answers(["B-drug O", "O O"], ["B-drug O", "B-drug O"], tokens=[["aspirin", "helps"], ["insulin", "helps"]]),
    ),
    JsonFields: (JsonFields(), answers(['{"a": 1, "b": "x"}', "none"], ['{"a": 1, "b": "y"}', '{"a": 2}'])),
    NumericAnswer: (NumericAnswer(), answers(["It is 12.", "none"], ["12", "7"])),
}
#: metrics that need a model or a file, and are tried in their own tests
ELSEWHERE = (EmbeddingSimilarity, Judged)


def metrics_and_answers() -> list[Any]:
    """Each metric that can be made here, and what it is tried on."""
    shown = [OWN.get(kind) or (kind(), ANSWERS) for kind in METRICS.values() if kind not in ELSEWHERE]
    return [pytest.param(*one, id=one[0].name()) for one in shown]


@pytest.mark.parametrize(("metric", "told"), metrics_and_answers())
def test_each_emitted_name_is_declared_and_each_declared_name_is_emitted(metric: Metric, told: pl.DataFrame) -> None:
    emitted = [name.removeprefix("task.") for name in score(told, [metric]).values["metric"]][3:]
    assert undeclared(type(metric), emitted) == []
    unused = {name for name in metric.names if "<" not in name} - set(emitted)
    assert not unused


@pytest.mark.parametrize("kind", METRICS.values(), ids=METRICS)
def test_each_metric_and_each_of_its_names_has_a_sentence(kind: type[Metric]) -> None:
    assert kind.__doc__ and kind.names and all(kind.names.values())
    assert set(kind.made) <= set(kind.names) and kind.contrary <= set(kind.names)


@pytest.mark.parametrize(("metric", "told"), metrics_and_answers())
def test_what_is_said_of_a_metric_holds(metric: Metric, told: pl.DataFrame) -> None:
    ready = metric.prepared(told)
    items = ready.items(told)
    low, high = metric.bounds
    scores = items["score"].drop_nulls()
    assert len(scores) and (low is None or scores.min() >= low) and (high is None or scores.max() <= high)  # type: ignore[operator]
    total = ready.total(items)
    for name, value in total.items():
        each = ready.each(items, name)
        if each is not None:
            assert value == pytest.approx(each.mean(), abs=1e-12)
            assert not isinstance(ready.how(name), Share) or each.drop_nulls().is_in([0.0, 1.0]).all()


def test_no_name_is_made_by_two_metrics() -> None:
    names = [name for name, _, _ in table()]
    assert len(names) == len(set(names))


def test_placeholders_stand_for_any_label() -> None:
    assert metric_of("task.recall.a.b\n<c>") == "classification"
    assert metric_of("task.recall.") is None and metric_of("recall.a") is None
    assert metric_of("general.recall.a", "general") == "classification"
    assert metric_of("task.missing") == ""
