import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bloomery.errors import NotComputableError
from bloomery.stats.fleiss import fleiss_kappa
from bloomery.stats.gwet import gwet_ac, gwet_of
from bloomery.stats.kappa import cohen_kappa
from bloomery.stats.ratings import agreement_weights

TABLES = st.integers(2, 5).flatmap(
    lambda r: st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=r, max_size=r), min_size=2, max_size=30
    )
)


def slow(table, weighing) -> float:
    """Gwet (2014), by loops over pairs of raters."""
    q = len(weighing)
    rated = [[one for one in row if one is not None] for row in table]
    paired = [row for row in rated if len(row) >= 2]
    agreed = [
        np.mean([weighing[a][b] for i, a in enumerate(row) for j, b in enumerate(row) if i != j]) for row in paired
    ]
    shares = np.mean([[row.count(k) / len(row) for k in range(q)] for row in rated if row], axis=0)
    expected = np.sum(weighing) / (q * (q - 1)) * sum(share * (1 - share) for share in shares)
    return (np.mean(agreed) - expected) / (1 - expected)


@given(table=TABLES, weights=st.sampled_from([None, "linear", "quadratic"]))
@settings(max_examples=80, deadline=None)
def test_value_is_that_of_loops_over_pairs(table, weights) -> None:
    assume(sum(sum(one is not None for one in row) >= 2 for row in table) >= 2)
    found = gwet_ac(table, weights=weights, labels=range(4))
    assert found.value == pytest.approx(slow(table, agreement_weights(weights, range(4), declared=True)), abs=1e-9)
    assert found.interval.low <= found.value <= found.interval.high <= 1
    assert weights or found.interval.low >= -1
    assert found.interval.low < found.interval.high


def test_where_kappa_collapses_gwet_does_not() -> None:
    """Gwet (2008): 118 items yes-yes, 5 yes-no, 2 no-yes. Kappa -.0234, AC1 .9408 at 94.4 % agreement."""
    pairs = [("y", "y")] * 118 + [("y", "n")] * 5 + [("n", "y")] * 2
    found = gwet_ac(pairs)
    assert found.raw == pytest.approx(0.944)
    assert found.expected == pytest.approx(2 * 0.972 * 0.028)
    assert found.value == pytest.approx(0.9408, abs=5e-5)
    assert cohen_kappa(*zip(*pairs, strict=True)).value == pytest.approx(-0.0234, abs=5e-5)
    assert fleiss_kappa(pairs).value < 0


@pytest.mark.parametrize("weights", [None, "quadratic"])
def test_standard_error_is_that_of_the_derivative_by_items(weights) -> None:
    rng = np.random.default_rng(3)
    counts = rng.multinomial(3, [0.6, 0.3, 0.1], size=25).astype(float)
    counts[:3] = [[1, 0, 0], [0, 1, 0], [1, 1, 0]]
    weighing, n, step = agreement_weights(weights, range(3), declared=True), 25, 1e-4

    def moved(item: int, by: float) -> float:
        changed = np.ones(n)
        changed[item] += by
        return gwet_of(counts, changed, weighing).value

    influence = np.array([n * (moved(k, step) - moved(k, -step)) / (2 * step) for k in range(n)])
    assert gwet_of(counts, np.ones(n), weighing).se ** 2 == pytest.approx(
        (influence**2).sum() / (n * (n - 1)), rel=1e-6
    )


def test_constant_raters_of_a_declared_scale_agree_with_width() -> None:
    found = gwet_ac([["y", "y"]] * 30, labels=["y", "n"])
    assert (found.value, found.interval.high) == (1, 1)
    assert found.interval.low < 0.95
    with pytest.raises(NotComputableError, match="declare the scale.*100.0%"):
        gwet_ac([["y", "y"]] * 30)


def test_labels_that_nobody_used_count_in_the_scale() -> None:
    table = [["a", "a"], ["a", "b"], ["b", "b"]]
    assert gwet_ac(table, labels=["a", "b", "c"]).value > gwet_ac(table).value


def test_items_without_a_pair() -> None:
    with pytest.raises(NotComputableError, match="there are 1"):
        gwet_ac([["a", "b"], ["a", None], [None, None]])
    assert gwet_ac([["a", "b"], ["a", "a"], ["a", None], [None, None]]).items == 2
