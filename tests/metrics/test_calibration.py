"""Calibration, against scikit-learn and a slow reference for the calibration errors."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from bloomery.errors import DataError
from bloomery.metrics.calibration import Calibration
from tests.metrics.rows import answers


def table(seed: int, n: int, k: int, sharp: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    p = random.dirichlet(np.full(k, sharp), n)
    p /= p.sum(axis=1, keepdims=True)
    return p, random.integers(0, k, n)


def values(p: np.ndarray, right: np.ndarray, **options: Any) -> dict[str, float | None]:
    names = tuple(f"l{place}" for place in range(p.shape[1]))
    rows = answers(["l0"] * len(p), [names[one] for one in right], probabilities=p.tolist())
    metric = Calibration(labels=names, **options)
    return metric.total(metric.items(rows))


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(2, 5), st.sampled_from([0.05, 1.0, 20.0]))
def test_log_loss_and_brier_as_scikit_learn(seed: int, n: int, k: int, sharp: float) -> None:
    p, right = table(seed, n, k, sharp)
    got = values(p, right)
    assert got["log_loss"] == pytest.approx(oracle.log_loss(right, p, labels=range(k)), abs=1e-9)
    if k > 2:
        theirs = oracle.brier_score_loss(right, p, labels=range(k), scale_by_half=False)
    else:
        theirs = oracle.brier_score_loss(right, p[:, 1], labels=[0, 1], pos_label=1)
    assert got["brier"] == pytest.approx(theirs, abs=1e-9)


def slow_ece(p: np.ndarray, right: np.ndarray, bins: int) -> float:
    """Guo 2017, equation 3, item by item."""
    found = 0.0
    for b in range(bins):
        inside = [i for i in range(len(p)) if b / bins < p[i].max() <= (b + 1) / bins]
        if inside:
            accuracy = sum(p[i].argmax() == right[i] for i in inside) / len(inside)
            confidence = sum(p[i].max() for i in inside) / len(inside)
            found += len(inside) / len(p) * abs(accuracy - confidence)
    return found


@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from([1, 2, 7, 15]))
def test_ece_of_equal_width_as_its_formula(seed: int, n: int, bins: int) -> None:
    p, right = table(seed, n, 3, 0.7)
    assert values(p, right, bins=bins)["ece.width"] == pytest.approx(slow_ece(p, right, bins), abs=1e-9)


def test_ece_of_equal_mass_by_hand() -> None:
    """Two bins of two items: |0 + 1 − 0.6 − 0.7| / 4 + |1 + 1 − 0.8 − 0.9| / 4 = 0.15."""
    top = np.array([0.9, 0.6, 0.8, 0.7])
    p = np.stack([top, 1 - top], axis=1)
    assert values(p, np.array([0, 1, 0, 0]), bins=2)["ece.mass"] == pytest.approx(0.15, abs=1e-12)


def test_items_of_the_same_confidence_stay_in_one_bin_whatever_their_order() -> None:
    """Half of the items right at a confidence of .5: a bin for each would say .5."""
    p = np.full((10, 2), 0.5)
    for right in ([0] * 5 + [1] * 5, [1] * 5 + [0] * 5, [0, 1] * 5):
        got = values(p, np.array(right), bins=10)
        assert got["ece.mass"] == pytest.approx(0.0, abs=1e-12) and got["ece.width"] == pytest.approx(0.0, abs=1e-12)


def test_a_certain_error_is_large_and_not_infinite() -> None:
    got = values(np.array([[0.0, 1.0]]), np.array([0]))
    assert got["log_loss"] == pytest.approx(52 * np.log(2), abs=1e-9)
    assert got["brier"] == pytest.approx(1.0, abs=1e-12) and got["ece.width"] == pytest.approx(1.0, abs=1e-12)


def test_a_struct_names_its_labels_and_rows_without_probabilities_have_no_score() -> None:
    p = [{"yes": 0.8, "no": 0.2}, None, {"yes": 0.4, "no": 0.6}]
    rows = answers(["yes"] * 3, ["yes", "yes", "no"], probabilities=p)
    metric = Calibration()
    items = metric.items(rows)
    assert items["score"].to_list() == [pytest.approx(-np.log(0.8)), None, pytest.approx(-np.log(0.6))]
    got = metric.total(items)
    assert got["brier"] == pytest.approx((0.04 + 0.16) / 2, abs=1e-12)
    assert metric.total(items[1:2]) == dict.fromkeys(metric.names)


@pytest.mark.parametrize(
    ("options", "p", "says"),
    [
        ({"labels": ("a", "b")}, [0.5, 0.4], "add up to 1.*sum of 0.9 in item '0'"),
        ({"labels": ("a", "b")}, [1.5, -0.5], "are no probabilities"),
        ({"labels": ("a", "b")}, [float("nan"), 1.0], "are no probabilities"),
        ({"labels": ("a", "b", "c")}, [0.5, 0.5], "another length"),
        ({"labels": ("x", "y")}, [0.5, 0.5], "not among the labels.*Found 'a'"),
        ({}, [0.5, 0.5], "need their labels"),
        ({"column": "p"}, [0.5, 0.5], "no such column"),
        ({}, 0.5, "holds no probabilities.*Float64"),
        ({"labels": ("a", "z")}, {"a": 0.5, "b": 0.5}, "label 'z' has no probabilities"),
    ],
)
def test_what_is_no_probability(options: dict[str, Any], p: Any, says: str) -> None:
    with pytest.raises(DataError, match=says):
        Calibration(**options).items(answers(["a"], ["a"], probabilities=[p]))


def test_rounded_probabilities_are_made_to_add_up() -> None:
    third = [0.333, 0.333, 0.333]
    items = Calibration(labels=("a", "b", "c")).items(answers(["a"], ["a"], probabilities=pl.Series([third])))
    assert items["score"][0] == pytest.approx(np.log(3), abs=1e-12)
