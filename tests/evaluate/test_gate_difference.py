"""Differences to base and baseline, paired by item."""

import polars as pl
import pytest

from bloomery.errors import NotComputableError
from bloomery.evaluate.gates.difference import difference, seen
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.tested import Sides, of_means
from bloomery.metrics.classification import Classification
from bloomery.metrics.token_f1 import TokenF1
from bloomery.stats.paired import paired_t
from bloomery.stats.score import tango
from tests.evaluate.measured import frame_of, measures, of_right

NAME = "task.exact_match"


def pair(gained: int, lost: int, both: int, neither: int) -> tuple[Measure, Measure]:
    mine = [True] * gained + [False] * lost + [True] * both + [False] * neither
    theirs = [False] * gained + [True] * lost + [True] * both + [False] * neither
    return of_right(mine)[NAME], of_right(theirs)[NAME]


def test_a_share_by_tango_as_compare_has_it() -> None:
    mine, theirs = pair(4, 12, 300, 84)
    found = difference(mine, theirs, 0.95, 0)
    assert found.value == pytest.approx(-8 / 400)
    assert (found.low, found.high) == tuple(tango(4, 12, 400, 0.9))
    a, b = (frame.rows.sheet.items["score"].to_numpy()[None, :] for frame in (theirs, mine) if frame.rows)
    tested = of_means(Sides(a, b), None, 0, share=True)
    assert tested.at(0.9) == (found.low, found.high)
    assert found.n == 400


def test_the_order_of_the_items_does_not_matter() -> None:
    mine, theirs = pair(4, 12, 300, 84)
    turned = measures(frame_of([False] * 4 + [True] * 312 + [False] * 84).reverse())[NAME]
    assert difference(mine, turned, 0.95, 0)[:3] == difference(mine, theirs, 0.95, 0)[:3]


def test_the_same_answers_are_bounded_exactly() -> None:
    mine, theirs = pair(0, 0, 200, 100)
    found = difference(mine, theirs, 0.95, 0)
    assert found.value == 0
    assert (found.low, found.high) == pytest.approx((-0.009936, 0.009936), abs=1e-6)  # 0 of 300 differ
    assert seen(found, 0.95) is None


def test_unscored_on_either_side_count_against_and_for() -> None:
    mine = of_right([True] * 90 + [None] * 4 + [False] * 6)[NAME]
    theirs = of_right([True] * 88 + [None] * 2 + [True] * 4 + [False] * 6)[NAME]
    found = difference(mine, theirs, 0.95, 0)
    assert (found.n, found.unscored) == (94, 6)
    # the worst: my 4 are wrong where theirs are right (4 lost), their 2 are right as mine are
    assert found.low == pytest.approx(tango(0, 4, 100, 0.9).low)
    # the best: my 4 are right as theirs are, their 2 are wrong where mine are right (2 gained)
    assert found.high == pytest.approx(tango(2, 0, 100, 0.9).high)
    assert found.alone == pytest.approx((-(1 - 0.05 ** (1 / 94)), 1 - 0.05 ** (1 / 94)))


def test_what_the_other_was_not_asked_is_unscored() -> None:
    mine, theirs = of_right([True] * 50)[NAME], of_right([True] * 40)[NAME]
    found = difference(mine, theirs, 0.95, 0)
    assert (found.n, found.unscored) == (40, 10)


def test_a_mean_by_paired_t() -> None:
    words = ["right", "right answer", "right answer of mine", "wrong"]
    frames = [
        frame_of([True] * 60).with_columns(pl.Series("prediction", [words[(k * step) % 4] for k in range(60)]))
        for step in (1, 3)
    ]
    mine, theirs = (measures(frame, TokenF1())["task.token_f1"] for frame in frames)
    found = difference(mine, theirs, 0.95, 0)
    a, b = (one.rows.sheet.items["score"].to_numpy() for one in (mine, theirs) if one.rows)
    assert (found.low, found.high) == pytest.approx(tuple(paired_t(a, b, level=0.9).interval))
    assert found.method == "paired t"


def test_a_corpus_value_by_the_paired_bootstrap() -> None:
    labels = ["a", "b"]
    frames = [
        frame_of([True] * 100).with_columns(
            pl.Series("references", [[labels[k % 2]] for k in range(100)]),
            pl.Series("prediction", [labels[k % 2] if k % every else labels[(k + 1) % 2] for k in range(100)]),
        )
        for every in (5, 9)
    ]
    mine, theirs = (measures(frame, Classification())["task.f1.macro"] for frame in frames)
    found = difference(mine, theirs, 0.95, 7)
    assert found.value == pytest.approx((mine.value or 0) - (theirs.value or 0))
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.value < found.high
    assert found.method == "paired bootstrap"
    assert found.spread is not None


def test_clusters_are_paired_as_clusters() -> None:
    docs = [k // 4 for k in range(100)]
    mine = measures(frame_of([k % 5 > 0 for k in range(100)], doc=docs), cluster="doc")[NAME]
    theirs = measures(frame_of([k % 7 > 0 for k in range(100)], doc=docs), cluster="doc")[NAME]
    found = difference(mine, theirs, 0.95, 0)
    a, b = ([float(k % m > 0) for k in range(100)] for m in (5, 7))
    assert (found.low, found.high) == pytest.approx(tuple(paired_t(a, b, clusters=docs, level=0.9).interval))


def test_numbers_are_told_apart_without_bounds_and_strangers_not_at_all() -> None:
    one, other = Measure("latency.p95", 1.2, n=10), Measure("latency.p95", 1.0, n=10)
    assert difference(one, other, 0.95, 0)[:3] == pytest.approx((0.2, 0.2, 0.2))
    with pytest.raises(NotComputableError, match="no items to be paired by"):
        difference(of_right([True, False])[NAME], other, 0.95, 0)


def test_the_smallest_drop_that_so_many_items_show() -> None:
    mine, theirs = pair(20, 20, 300, 60)
    found = difference(mine, theirs, 0.95, 0)
    # (1.64485 + .84162) √(.1 / 400)
    assert seen(found, 0.95) == pytest.approx(0.039315, abs=1e-5)
