import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from bloomery.errors import NotComputableError
from bloomery.stats.unpaired import newcombe, two_proportions, welch
from tests.stats.quiet import quiet

NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40)


@st.composite
def two_counts(draw, most=3000):
    n_a, n_b = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n_a)), n_a, draw(st.integers(0, n_b)), n_b


@given(NUMBERS, NUMBERS)
def test_welch_as_scipy(a, b):
    assume(np.std(a) + np.std(b) > 1e-5 * max(np.abs(a).max(), np.abs(b).max()))
    with quiet():
        oracle = scipy.stats.ttest_ind(a, b, equal_var=False)
    found = welch(a, b)
    assert (found.p, found.df) == pytest.approx((oracle.pvalue, oracle.df), rel=1e-9)
    assert found.interval == pytest.approx(oracle.confidence_interval(), rel=1e-9, abs=1e-9)


@given(two_counts(), st.sampled_from([0.8, 0.95, 0.99]))
def test_newcombe_as_statsmodels(case, level):
    oracle = confint_proportions_2indep(*case, method="newcomb", compare="diff", alpha=1 - level)
    assert newcombe(*case, level) == pytest.approx(oracle, abs=1e-9)


@given(two_counts())
def test_two_proportions_as_statsmodels(case):
    k_a, n_a, k_b, n_b = case
    assume(0 < k_a + k_b < n_a + n_b)
    assert two_proportions(*case) == pytest.approx(proportions_ztest([k_a, k_b], [n_a, n_b])[1], rel=1e-9)


@pytest.mark.parametrize(
    ("counts", "published"),  # Newcombe (1998), table II, method 10
    [((56, 70, 48, 80), (0.0524, 0.3339)), ((9, 10, 3, 10), (0.1705, 0.8090)), ((0, 10, 0, 20), (-0.1611, 0.2775))],
)
def test_newcombe_published(counts, published):
    assert newcombe(*counts) == pytest.approx(published, abs=5e-5)


def test_not_computable():
    for same in (0, 9):
        with pytest.raises(NotComputableError, match="ended alike"):
            two_proportions(same, 9, same, 9)
        low, high = newcombe(same, 9, same, 9)
        assert low < 0 < high
    with pytest.raises(NotComputableError, match="Neither group varies"):
        welch([1, 1], [2, 2, 2])
    assert welch([1, 1], [2, 3]).df == 1  # all of the variance is that of two items
    with pytest.raises(NotComputableError, match="there are 1"):
        welch([1], [2, 3])
