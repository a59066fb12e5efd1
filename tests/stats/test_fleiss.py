import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters
from statsmodels.stats.inter_rater import fleiss_kappa as oracle

from bloomery.errors import NotComputableError
from bloomery.stats.fleiss import fleiss_kappa, fleiss_of

#: Fleiss (1971): 14 raters (as counts of 5 labels) of 10 items, kappa .210
TABLE = """0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7"""
COUNTS = np.array([[float(one) for one in row.split()] for row in TABLE.split("|")])


def ratings_of(counts) -> list[list[int]]:
    return [[label for label, times in enumerate(row) for _ in range(int(times))] for row in counts]


def test_published_example() -> None:
    found = fleiss_kappa(ratings_of(COUNTS))
    assert found.value == pytest.approx(0.210, abs=5e-4)
    assert (round(found.raw, 3), round(found.expected, 3), found.items) == (0.378, 0.213, 10)


@given(
    st.integers(2, 6).flatmap(
        lambda r: st.lists(st.lists(st.integers(0, 3), min_size=r, max_size=r), min_size=2, max_size=40)
    )
)
@settings(max_examples=150, deadline=None)
def test_value_is_that_of_statsmodels(table: list[list[int]]) -> None:
    assume(len({one for row in table for one in row}) > 1)
    found = fleiss_kappa(table)
    assert found.value == pytest.approx(oracle(aggregate_raters(np.array(table))[0]), abs=1e-9)
    assert found.interval.low < found.interval.high <= 1
    assert -1 <= found.interval.low <= found.value <= found.interval.high


def test_standard_error_is_that_of_the_derivative_by_items() -> None:
    """The influence of an item is the derivative of kappa by its weight; se² = Σ influence² / (n (n - 1)) (weights in shares)."""
    n, step = len(COUNTS), 1e-4

    def moved(item: int, by: float) -> float:
        weights = np.full(n, 1.0)
        weights[item] += by
        return fleiss_of(COUNTS, weights).value

    influence = np.array([n * (moved(k, step) - moved(k, -step)) / (2 * step) for k in range(n)])
    assert fleiss_kappa(ratings_of(COUNTS)).se ** 2 == pytest.approx((influence**2).sum() / (n * (n - 1)), rel=1e-6)


def test_fleiss_with_unequal_raters_names_the_coefficient_that_can() -> None:
    with pytest.raises(NotComputableError, match="2 to 3: use Krippendorff's alpha"):
        fleiss_kappa([["a", "a", "b"], ["a", "b", None]])


def test_items_that_nobody_rated_are_left_out() -> None:
    full = [["a", "a"], ["a", "b"], ["b", "b"]]
    assert fleiss_kappa([*full, [None, None]]) == fleiss_kappa(full)


def test_constant_raters() -> None:
    with pytest.raises(NotComputableError, match="all ratings are 'a'.*Raw agreement is 100.0% of 3"):
        fleiss_kappa([["a", "a"]] * 3, labels=["a", "b"])


def test_one_item_or_one_rating_is_too_little() -> None:
    with pytest.raises(NotComputableError, match="1 items with 2"):
        fleiss_kappa([["a", "b"]])
    with pytest.raises(NotComputableError, match="2 items with 1"):
        fleiss_kappa([["a", None], [None, "b"]])


def test_full_agreement_has_an_interval_with_width() -> None:
    found = fleiss_kappa([["a"] * 3, ["b"] * 3] * 20)
    assert (found.value, found.se, found.interval.high) == (1, 0, 1)
    assert 0.6 < found.interval.low < 0.9
