import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from bloomery.errors import NotComputableError
from bloomery.stats.kappa import cohen_kappa

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=60)


def varied(pairs: list[tuple[int, int]]) -> bool:
    return all(len({pair[k] for pair in pairs}) > 1 for k in (0, 1))


@given(pairs=PAIRS, weights=st.sampled_from([None, "linear", "quadratic"]))
@settings(max_examples=120, deadline=None)
def test_value_and_standard_error_are_those_of_sklearn_and_statsmodels(pairs, weights) -> None:
    assume(varied(pairs))
    first, second = zip(*pairs, strict=True)
    labels = [0, 1, 2, 3, 4]
    found = cohen_kappa(first, second, weights=weights, labels=labels)
    assert found.value == pytest.approx(cohen_kappa_score(first, second, weights=weights, labels=labels), abs=1e-9)
    table = np.zeros((5, 5))
    np.add.at(table, (first, second), 1)
    with np.errstate(all="ignore"):
        oracle = cohens_kappa(table, wt=weights)
    assert found.value == pytest.approx(oracle.kappa, abs=1e-9)
    assert found.se**2 == pytest.approx(max(oracle.var_kappa, 0), abs=1e-9)
    assert -1 <= found.interval.low <= found.value <= found.interval.high <= 1
    assert found.interval.low < found.interval.high


@given(pairs=PAIRS)
@settings(max_examples=50, deadline=None)
def test_neither_the_order_of_items_nor_of_raters_nor_the_names_matter(pairs) -> None:
    assume(varied(pairs))
    first, second = zip(*pairs, strict=True)
    found = cohen_kappa(first, second, labels=range(5))
    swapped = cohen_kappa(second[::-1], first[::-1], labels=range(5))
    named = cohen_kappa([f"l{4 - a}" for a in first], [f"l{4 - b}" for b in second], labels=[f"l{k}" for k in range(5)])
    for other in (swapped, named):
        assert np.allclose(
            [other.value, other.se, *other.interval], [found.value, found.se, *found.interval], atol=1e-12
        )


@pytest.mark.parametrize(
    ("first", "second", "said", "raw"),
    [
        ("yyyy", "yyyy", "the first rater gave only 'y' and the second rater gave only 'y'", "100.0%"),
        ("yyyy", "nnnn", "the first rater gave only 'y' and the second rater gave only 'n'", "0.0%"),
        ("yyyy", "yyyn", "the first rater gave only 'y', so", "75.0%"),
        ("y", "y", "only 'y'", "of 1 items"),
    ],
)
def test_kappa_of_constant_raters(first: str, second: str, said: str, raw: str) -> None:
    with pytest.raises(NotComputableError, match=said) as error:
        cohen_kappa(list(first), list(second))
    assert raw in str(error.value)


def test_kappa_paradox() -> None:
    """96 of 100 items agree, and chance would agree on .98² + .02² = .9608: (.96 - .9608)/.0392 = -.0204."""
    found = cohen_kappa(["y"] * 98 + ["n"] * 2, ["y"] * 96 + ["n"] * 2 + ["y"] * 2)
    assert found.raw == pytest.approx(0.96)
    assert found.expected == pytest.approx(0.9608)
    assert found.value == pytest.approx(-0.0008 / 0.0392)


def test_full_agreement_has_an_interval_with_width() -> None:
    found = cohen_kappa("ab" * 15, "ab" * 15)
    assert (found.value, found.se, found.interval.high) == (1, 0, 1)
    assert 0.4 < found.interval.low < 0.9


def test_full_disagreement_has_an_interval_with_width() -> None:
    found = cohen_kappa("ab" * 15, "ba" * 15)
    assert (found.value, found.interval.low) == (-1, -1)
    assert -1 < found.interval.high < -0.3


def test_items_that_one_did_not_rate_are_left_out() -> None:
    assert cohen_kappa(["a", "b", "a", None, "b"], ["a", "b", "b", "a", None]) == cohen_kappa("aba", "abb")
    with pytest.raises(NotComputableError, match="rated by both"):
        cohen_kappa(["a", None], [None, "a"])
    with pytest.raises(ValueError, match="2 and 1"):
        cohen_kappa("ab", "a")


def test_weights_use_the_declared_scale_not_the_labels_that_occur() -> None:
    """On low < mid < high, low against high is twice as far as a step; of the labels that occur, it would be one step."""
    first, second = ["low", "low", "high", "high"], ["low", "high", "high", "high"]
    plain = cohen_kappa(first, second, weights="linear", labels=["low", "high"])
    scale = cohen_kappa(first, second, weights="linear", labels=["low", "mid", "high"])
    assert plain.value == scale.value == pytest.approx(cohen_kappa(first, second).value)
    with pytest.raises(NotComputableError, match="have no order"):
        cohen_kappa(first, second, weights="linear")
