"""Every name that a metric emits is declared, and the other way round."""

import pytest

from bloomery.metrics.base import Metric
from bloomery.metrics.names import METRICS, metric_of, table, undeclared
from bloomery.metrics.score import score
from tests.metrics.rows import answers

#: answers for all metrics: what a metric needs beyond predictions and references is added here as a column
ANSWERS = answers(
    ["a", "b", "a", "perhaps"],
    ["a", "b", "b", "a"],
    probabilities=[{"a": 0.7, "b": 0.3}] * 4,
    latency=[1.0, 2.0, 3.0, 4.0],
    tokens_input=[10, 10, 10, 10],
    tokens_output=[5, 5, 5, 5],
    money=[0.1, 0.1, 0.1, 0.1],
)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_each_emitted_name_is_declared_and_each_declared_name_is_emitted(metric: type[Metric]) -> None:
    emitted = [name.removeprefix("task.") for name in score(ANSWERS, [metric()]).values["metric"]][3:]
    assert undeclared(metric, emitted) == []
    unused = {name for name in metric.names if "<" not in name} - set(emitted)
    assert not unused


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS)
def test_what_is_said_of_a_metric_holds(metric: type[Metric]) -> None:
    assert metric.__doc__ and metric.names and all(metric.names.values())
    assert metric.means <= set(metric.names) and metric.contrary <= set(metric.names)
    ready = metric().prepared(ANSWERS)
    items = ready.items(ANSWERS)
    low, high = metric.bounds
    scores = items["score"].drop_nulls()
    assert len(scores) and (low is None or scores.min() >= low) and (high is None or scores.max() <= high)  # type: ignore[operator]
    total = ready.total(items)
    for name in metric.means:
        assert total[name] == pytest.approx(scores.mean(), abs=1e-12)


def test_no_name_is_made_by_two_metrics() -> None:
    names = [name for name, _, _ in table()]
    assert len(names) == len(set(names))


def test_placeholders_stand_for_any_label() -> None:
    assert metric_of("task.recall.a.b\n<c>") == "classification"
    assert metric_of("task.recall.") is None and metric_of("recall.a") is None
    assert metric_of("general.recall.a", "general") == "classification"
    assert metric_of("task.missing") == ""
