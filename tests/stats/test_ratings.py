import numpy as np
import pytest

from bloomery.errors import NotComputableError
from bloomery.stats.checked import normal_quantile
from bloomery.stats.ratings import agreement_weights, coded, log_interval, scores, tallied


def test_none_and_nan_of_any_width_are_missing() -> None:
    given = coded([[1.0, None], [float("nan"), 2.0], [np.float32("nan"), 2.0]])
    assert given.codes.tolist() == [[0, -1], [-1, 1], [-1, 1]]
    assert given.labels == [1.0, 2.0]
    assert tallied(given).tolist() == [[1, 0], [0, 1], [0, 1]]


def test_arrays_give_plain_labels() -> None:
    assert [type(label) for label in coded(np.array([[1, 2], [2, 2]])).labels] == [int, int]


def test_labels_of_mixed_types_are_in_some_fixed_order() -> None:
    assert coded([["b", 1], [True, "a"]]).labels == coded([["a", True], [1, "b"]]).labels


@pytest.mark.parametrize("table", [[["a"], ["b"]], [["a", "b"], ["a"]]])
def test_a_table_needs_two_raters_and_equal_rows(table: list[list[str]]) -> None:
    with pytest.raises(NotComputableError, match="at least two raters"):
        coded(table)


@pytest.mark.parametrize("table", [[], [[None, None]]])
def test_no_rating(table: list[list[None]]) -> None:
    with pytest.raises(NotComputableError, match="no rating"):
        coded(table)


def test_a_label_that_was_not_declared_is_an_error() -> None:
    with pytest.raises(NotComputableError, match="'maybe', which is not one of the labels"):
        coded([["yes", "maybe"]], ["yes", "no"])


def test_weights() -> None:
    assert agreement_weights("linear", [1, 2, 10], declared=False)[0].round(4).tolist() == [1, 0.8889, 0]
    assert agreement_weights("quadratic", ["low", "mid", "high"], declared=True)[0].tolist() == [1, 0.75, 0]
    assert agreement_weights(None, ["a", "b"], declared=False).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match="'linear'"):
        agreement_weights("cubic", [1, 2], declared=True)


def test_strings_have_no_order_of_their_own() -> None:
    with pytest.raises(NotComputableError, match="lowest first"):
        scores(["high", "low"], declared=False)


def test_the_log_interval_ends_at_one_and_needs_no_overflow() -> None:
    low, high = log_interval(0.9, 0.05, 0.95)
    assert low == pytest.approx(1 - 0.1 * np.exp(1.959964 * 0.5), abs=1e-6)
    assert high == pytest.approx(1 - 0.1 / np.exp(1.959964 * 0.5), abs=1e-6)
    assert np.isfinite(log_interval(1 - 1e-12, 1.0, 0.95)).all()
    assert log_interval(1.0, 0.0, 0.95) == (1, 1)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(level)
