"""Bounds of gates, by arithmetic on paper: z = 1.64485 for 95 % one-sided, z² = 2.70554."""

import dataclasses
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

from bloomery.errors import NotComputableError
from bloomery.evaluate.gates.bounds import bounds, interval
from bloomery.evaluate.gates.measure import Measure, least
from bloomery.evaluate.gates.unscored import unscored_rate
from bloomery.metrics.base import Made, Metric, Share
from bloomery.metrics.classification import Classification
from bloomery.metrics.token_f1 import TokenF1
from bloomery.stats.mean import mean
from bloomery.stats.proportion import rule_of_three, wilson
from tests.evaluate.measured import frame_of, measures, of_right, share


def test_a_share_by_wilson_one_sided() -> None:
    found = bounds(share(90, 100), 0.95, 0)
    # middle (90 + 1.35277) / 102.70554 = .889462; half 1.64485 / 102.70554 √(90 · 10 / 100 + .676385) = .049818
    assert (found.low, found.high) == (pytest.approx(0.839644, abs=1e-5), pytest.approx(0.939280, abs=1e-5))
    assert (found.value, found.n, found.method, found.unscored) == (0.9, 100, "Wilson", 0)


def test_nothing_seen_is_bounded_exactly() -> None:
    found = bounds(of_right([True] * 300)["task.missing"], 0.95, 0)
    assert found.high == pytest.approx(0.009936, abs=1e-6)  # 1 − .05^(1/300): "0 of 300: below 1.0 %"
    assert (found.low, found.method) == (0.0, "exact")
    assert bounds(share(300, 300), 0.95, 0).low == pytest.approx(1 - 0.009936, abs=1e-6)
    # the score bound of 0 of 300, z² / (n + z²) = .00894, would be passed by 6.8 % of models at it: .99106³⁰⁰
    assert wilson(0, 300, 0.9).high < found.high
    assert (1 - wilson(0, 300, 0.9).high) ** 300 == pytest.approx(0.0676, abs=1e-4)


def test_unscored_count_as_the_worst_below_and_as_the_best_above() -> None:
    found = bounds(share(90, 95, unscored=5), 0.95, 0)
    assert found.low == pytest.approx(0.839644, abs=1e-5)  # as 90 of 100
    # as 95 of 100: (95 + 1.35277) / 102.70554 + 1.64485 / 102.70554 √(95 · 5 / 100 + .676385) = .938146 + .037307
    assert found.high == pytest.approx(0.975453, abs=1e-5)
    assert (found.n, found.unscored, found.value) == (95, 5, 90 / 95)
    assert found.alone == tuple(wilson(90, 95, 0.9))


def test_a_mean_by_t_and_one_without_variance_by_its_range() -> None:
    frame = frame_of([True] * 30).with_columns(
        pl.Series("prediction", ["right answer"] * 15 + ["right"] * 15),
    )
    found = bounds(measures(frame, TokenF1())["task.token_f1"], 0.95, 0)
    numbers = [2 / 3] * 15 + [1.0] * 15  # precision ½, recall 1: F1 = 2/3
    assert (found.low, found.high) == pytest.approx(tuple(mean(numbers, level=0.9).interval))
    assert found.method == "t"
    same = bounds(measures(frame_of([True] * 59), TokenF1())["task.token_f1"], 0.95, 0)
    assert same.low == pytest.approx(
        0.05 ** (1 / 59)
    )  # all are 1: others have a share below 1 − .05^(1/59), and are 0 at least
    assert (same.high, same.method) == (1.0, "exact")


def test_a_mean_without_an_end_has_no_bound_for_what_is_unscored() -> None:
    values = np.array([1.0, 2.0, 4.0])
    low, high, method = interval(values, None, (0.0, None), 0.95, share=False)
    assert (low, high) == pytest.approx((0.0, mean(values, level=0.9).interval.high))  # cut at the range's end
    assert method == "t"
    assert interval(np.array([2.0, 2.0]), None, (None, None), 0.95, share=False) == (None, None, "exact")
    with pytest.raises(NotComputableError, match="no item has a score"):
        interval(np.array([]), None, (0.0, 1.0), 0.95, share=True)


def test_clusters_are_what_is_counted() -> None:
    rows = frame_of([True] * 40 + [False] * 20, doc=[k // 3 for k in range(60)])
    found = bounds(measures(rows, cluster="doc")["task.exact_match"], 0.95, 0)
    numbers = [1.0] * 40 + [0.0] * 20
    assert (found.low, found.high) == pytest.approx(
        tuple(mean(numbers, clusters=[k // 3 for k in range(60)], level=0.9).interval)
    )
    alike = bounds(
        measures(frame_of([True] * 60, doc=[k // 3 for k in range(60)]), cluster="doc")["task.exact_match"], 0.95, 0
    )
    assert alike.low == pytest.approx(1 - rule_of_three(20, 0.95))


def test_a_corpus_value_is_moved_by_what_the_unscored_could_do() -> None:
    labels = ["a", "b", "c"]
    said = [labels[k % 3] if k % 7 else labels[(k + 1) % 3] for k in range(120)]
    frame = frame_of([True] * 120).with_columns(
        pl.Series("references", [[labels[k % 3]] for k in range(120)]), pl.Series("prediction", said)
    )
    whole = measures(frame, Classification())["task.f1.macro"]
    found = bounds(whole, 0.95, 0)
    assert found.low is not None
    assert found.low < found.value < (found.high or 0.0)
    lost = frame.with_columns(
        prediction=pl.when(pl.int_range(pl.len()) < 6).then(None).otherwise("prediction"),
        state=pl.when(pl.int_range(pl.len()) < 6).then(pl.lit("missing")).otherwise("state"),
    )
    some = measures(lost, Classification())["task.f1.macro"]
    moved = bounds(some, 0.95, 0)
    assert some.value is not None
    assert moved.alone[0] is not None
    assert moved.low == pytest.approx(moved.alone[0] - (some.value - some.ends[0]))
    assert moved.unscored == 6
    unknown = bounds(measures(lost, Classification())["task.mcc"], 0.95, 0)
    assert (unknown.low, unknown.high) == (None, None)
    assert None not in unknown.alone


def test_a_class_is_of_its_own_items_and_its_own_unscored() -> None:
    labels = ["a"] * 20 + ["b"] * 30
    said: list[str | None] = ["a"] * 18 + [None] * 2 + ["b"] * 25 + ["a"] * 3 + [None] * 2
    frame = frame_of([True] * 50).with_columns(
        pl.Series("references", [[one] for one in labels]),
        pl.Series("prediction", said),
        pl.Series("state", ["missing" if one is None else "answered" for one in said]),
    )
    found = measures(frame, Classification())
    a, b = (bounds(found[f"task.recall.{label}"], 0.95, 0) for label in "ab")
    assert (a.n, a.unscored) == (18, 2)
    assert a.low == pytest.approx(wilson(18, 20, 0.9).low)
    assert (b.n, b.unscored) == (28, 2)
    assert (b.low, b.high) == pytest.approx((wilson(25, 30, 0.9).low, wilson(27, 30, 0.9).high))


def test_the_worst_of_several_passes_if_each_does_and_fails_by_bonferroni() -> None:
    members = [dataclasses.replace(share(right, 100), name=f"safety.{right}") for right in (99, 97, 90)]
    found = bounds(least("safety.overall", members), 0.95, 0)
    assert found.value == 0.9
    assert found.of == "safety.90"
    assert found.low == pytest.approx(wilson(90, 100, 0.9).low)  # each at 95 %
    assert found.high == pytest.approx(wilson(90, 100, 1 - 2 * 0.05 / 3).high)  # one of three at 98.3 %
    rates = [dataclasses.replace(share(right, 100), name=f"m.{right}", rises=False) for right in (1, 5)]
    worst = bounds(least("m.max", rates), 0.95, 0)
    assert worst.value == 0.05
    assert worst.high == pytest.approx(wilson(5, 100, 0.9).high)
    assert worst.low == pytest.approx(wilson(5, 100, 1 - 2 * 0.05 / 2).low)


def test_a_census_has_no_bounds_but_for_what_was_not_looked_at() -> None:
    whole = bounds(Measure("contamination.ratio", 0.01, n=200, how="census", rises=False), 0.95, 0)
    assert (whole.low, whole.high) == (0.01, 0.01)
    some = bounds(Measure("contamination.ratio", 0.01, n=200, unscored=50, how="census", rises=False), 0.95, 0)
    assert (some.low, some.high) == pytest.approx((2 / 250, 52 / 250))


def test_certainty_none_is_the_value_alone() -> None:
    found = bounds(share(9, 10, unscored=3), None, 0)
    assert (found.low, found.high, found.value) == (0.9, 0.9, 0.9)


def test_the_unscored_rate_is_that_of_the_worst_suite() -> None:
    task = of_right([True] * 95 + [None] * 5)
    suite = measures(frame_of([True] * 47 + [None] * 3), group="safety")
    rate = unscored_rate([*task.values(), *suite.values()])
    assert (rate.value, rate.n, rate.how, rate.why) == (0.06, 50, "census", "3 of 50 items of safety")
    worst = least("safety.overall", [suite["safety.exact_match"]])
    assert unscored_rate([*task.values(), worst]).value == 0.06
    assert unscored_rate([]).value is None


class Passed(Metric):
    """What a judge says of some answers."""

    names: ClassVar[dict[str, str]] = {"passed": "share of judged answers that pass"}
    made: ClassVar[dict[str, Made]] = {"passed": Share()}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        return answers.select(score=pl.col("judged").cast(pl.Float64))

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        return {"passed": items["score"].mean()}  # type: ignore[dict-item]


def test_a_score_that_is_null_is_unscored() -> None:
    """A judge that failed: its items have an answer, and no score."""
    frame = frame_of([True] * 10).with_columns(judged=pl.Series([True] * 6 + [False] + [None] * 3))
    made = measures(frame, Passed(), group="safety")
    found = bounds(dataclasses.replace(made["safety.passed"], name="safety.harm"), 0.95, 0)
    assert (found.n, found.unscored, found.value) == (7, 3, 6 / 7)
    assert (found.low, found.high) == pytest.approx((wilson(6, 10, 0.9).low, wilson(9, 10, 0.9).high))
    assert unscored_rate(made.values()).value == 0.3
