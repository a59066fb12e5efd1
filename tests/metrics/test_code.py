"""pass@k and pass^k."""

from itertools import combinations
from math import comb

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.errors import DataError, NotComputableError
from bloomery.metrics.code import Code
from tests.metrics.generated import answers


def frame(results: list[object], dtype: pl.DataType | None = None) -> pl.DataFrame:
    return answers([""] * len(results), [[""]] * len(results)).with_columns(pl.Series("passed", results, dtype=dtype))


def test_of_five_samples_with_two_passes() -> None:
    """C(5, 2) = 10 pairs: 3 of two failures, 1 of two passes, so pass@2 = 7/10 and pass^2 = 1/10."""
    metric = Code(k=(1, 2, 5))
    items = metric.items(frame([[True, False, False, True, False]]))
    assert metric.total(items) == pytest.approx(
        {
            "pass_rate": 2 / 5,
            "pass@1": 2 / 5,
            "pass@2": 7 / 10,
            "pass@5": 1,
            "pass^1": 2 / 5,
            "pass^2": 1 / 10,
            "pass^5": 0,
        }
    )
    assert items.select("score", "samples", "passed").row(0) == (2 / 5, 5, 2)


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=9), min_size=1, max_size=6), st.integers(1, 4))
def test_it_is_the_share_of_all_draws(results: list[list[bool]], k: int) -> None:
    metric = Code(k=(k,))
    draws = [list(combinations(some, k)) for some in results]
    some = np.mean([np.mean([any(draw) for draw in one]) for one in draws])
    every = np.mean([np.mean([all(draw) for draw in one]) for one in draws])
    found = metric.total(metric.items(frame(list(results))))
    rate = found.pop("pass_rate")
    assert rate == pytest.approx(np.mean([np.mean(one) for one in results]))
    assert found == pytest.approx({f"pass@{k}": some, f"pass^{k}": every}, abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(200, 3, 100), (10_000, 5_000, 1_000), (5_000, 4_999, 2_500)])
def test_large_numbers_stay_exact(n: int, c: int, k: int) -> None:
    """Factorials of 10,000 have 35,660 digits; Python's whole numbers are the oracle."""
    metric = Code(k=(k,))
    found = metric.total(metric.items(frame([[True] * c + [False] * (n - c)])))
    wanted = {f"pass@{k}": 1 - comb(n - c, k) / comb(n, k), f"pass^{k}": comb(c, k) / comb(n, k)}
    assert found.pop("pass_rate") == c / n
    assert found == pytest.approx(wanted, rel=1e-10, abs=1e-300)


def test_one_minus_the_failure_rate_to_the_k_is_too_small() -> None:
    """1 − (1 − c/n)^k for n = 5, c = 2, k = 2 is 0.64, and not 0.7."""
    found = Code(k=(2,)).items(frame([[True, True, False, False, False]]))["pass@2"][0]
    assert found == pytest.approx(0.7)
    assert found > 1 - (3 / 5) ** 2


def test_k_beyond_the_samples_is_not_computable() -> None:
    with pytest.raises(NotComputableError, match=r"pass@3 needs .* 1 of 2 items have fewer \(the item r1 has 2\)"):
        Code(k=(1, 3)).items(frame([[True] * 3, [False] * 2]))
    with pytest.raises(NotComputableError, match="the item r0 has 1"):
        Code(k=(2,)).items(frame([[True, None]]))  # a sample that was not run is none
    with pytest.raises(NotComputableError, match="the item r1 has 0"):
        Code().items(frame([[True], []]))


def test_results_may_be_numbers_or_one_a_row() -> None:
    assert Code().total(Code().items(frame([True, False]))) == {"pass_rate": 0.5, "pass@1": 0.5, "pass^1": 0.5}
    assert Code().total(Code().items(frame([[1, 0], [1.0, 1.0]]))) == {
        "pass_rate": 0.75,
        "pass@1": 0.75,
        "pass^1": 0.75,
    }


def test_what_is_no_result_is_an_error() -> None:
    with pytest.raises(DataError, match="has no results of tests"):
        Code().items(frame([[0.5, 1.0]]))
    with pytest.raises(DataError, match="has no results of tests"):
        Code().items(frame([["yes"]]))
    with pytest.raises(DataError, match="Did you mean 'passed'"):
        Code(column="pased").items(frame([[True]]))
