import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare, dirichlet_multinomial, multinomial

from bloomery.errors import NotComputableError
from bloomery.stats.srm import srm, srm_sequential

COUNTS = st.lists(st.integers(50, 5000), min_size=2, max_size=5)


def named(counts):
    return {f"arm {i}": count for i, count in enumerate(counts)}


def test_srm_degrees_of_freedom_count_no_empty_arms():
    # 10,000 rows: χ² = (150² + 150²)/5000 = 9. One degree of freedom: p = .0027; with the empty arm counted it was .011
    wrong = chisquare([5150, 4850, 0.5], [5000, 5000, 0.5]).pvalue
    assert round(wrong, 3) == 0.011
    for shares in (None, {"A": 1, "B": 1, "C": 0}):
        found = srm({"A": 5150, "B": 4850, "C": 0}, shares)
        assert found.statistic == pytest.approx(9)
        assert (round(found.p_value, 4), found.degrees, found.left_out) == (0.0027, 1, ["C"])


def test_an_arm_that_should_have_run_counts_without_rows():
    found = srm({"A": 5000, "B": 5000, "C": 0}, {"A": 1, "B": 1, "C": 1})
    assert found.degrees == 2 and found.left_out == [] and found.p_value < 1e-100
    assert found.expected == pytest.approx(dict.fromkeys("ABC", 10_000 / 3))


@given(COUNTS, st.data())
def test_chi_square_is_that_of_scipy(counts, data):
    shares = data.draw(st.lists(st.floats(0.5, 4), min_size=len(counts), max_size=len(counts)))
    found = srm(named(counts), named(shares))
    oracle = chisquare(counts, sum(counts) * np.array(shares) / sum(shares))
    assert found.method == "chi-square"
    assert (found.statistic, found.p_value) == pytest.approx((oracle.statistic, oracle.pvalue), rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.sampled_from([0.1, 0.5, 0.8]))
def test_few_rows_of_two_arms_are_an_exact_binomial(a, b, share):
    if a + b == 0 or min(share, 1 - share) * (a + b) >= 5:
        return
    found = srm({"A": a, "B": b}, {"A": share, "B": 1 - share})
    assert found.method == "multinomial" and found.statistic is None
    assert found.p_value == pytest.approx(binomtest(a, a + b, share).pvalue, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=3, max_size=3).filter(any))
def test_few_rows_of_three_arms_are_listed(counts):
    rows, shares = sum(counts), [0.5, 0.3, 0.2]
    law = multinomial(rows, shares)
    outcomes = [o for o in itertools.product(range(rows + 1), repeat=3) if sum(o) == rows]
    bar = law.pmf(counts) * (1 + 1e-7)
    expected = sum(law.pmf(o) for o in outcomes if law.pmf(o) <= bar)
    assert srm(named(counts), named(shares)).p_value == pytest.approx(expected, abs=1e-9)


def test_a_small_arm_among_many_rows_is_bounded_by_its_binomial():
    counts, shares = {"A": 100_000, "B": 100_000, "C": 30}, {"A": 0.499995, "B": 0.499995, "C": 0.00001}
    found = srm(counts, shares)  # two rows expected in C, 30 seen
    worst = 2 * binomtest(30, 200_030, 0.00001, alternative="greater").pvalue
    assert found.method == "binomial, Bonferroni"
    assert found.p_value == pytest.approx(3 * worst, rel=1e-9)
    assert srm({"A": 100_000, "B": 100_000, "C": 2}, shares).p_value == 1
    assert srm({"A": 100_000, "B": 100_000, "C": 0}, shares).p_value < 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=4).filter(any), st.sampled_from([1.0, 100.0]))
def test_sequential_ratio_is_that_of_two_laws(counts, concentration):
    shares = np.arange(1, len(counts) + 1) / sum(range(1, len(counts) + 1))
    found = srm_sequential([counts], shares.tolist(), concentration=concentration).log_ratio[0]
    rows = sum(counts)
    oracle = dirichlet_multinomial.logpmf(counts, concentration * shares, rows) - multinomial.logpmf(
        counts, rows, shares
    )
    assert found == pytest.approx(oracle, abs=1e-8)


def test_sequential_p_never_rises_and_works_on_many_streams():
    rows = np.random.default_rng(0).integers(0, 2, (4, 500))
    counts = np.stack([np.cumsum(rows, 1), np.cumsum(1 - rows, 1)], axis=-1)
    found = srm_sequential(counts)
    assert found.p_value.shape == (4, 500) and (np.diff(found.p_value, axis=1) <= 0).all()
    np.testing.assert_array_equal(found.p_value[1], srm_sequential(counts[1]).p_value)


def test_what_cannot_be_computed_says_why():
    with pytest.raises(NotComputableError, match="two active arms"):
        srm({"A": 10, "B": 0})
    with pytest.raises(NotComputableError, match="two active arms"):
        srm({"A": 0, "B": 0}, {"A": 1, "B": 1})
    with pytest.raises(NotComputableError, match="to get none: C"):
        srm({"A": 10, "B": 10, "C": 1}, {"A": 1, "B": 1, "C": 0})
    with pytest.raises(ValueError, match="one share"):
        srm({"A": 10, "B": 10}, {"A": 1})
    with pytest.raises(ValueError, match="one share"):
        srm({"A": 10, "B": 10}, {"A": 1, "B": math.nan})
    with pytest.raises(ValueError, match="negative"):
        srm({"A": 10, "B": -1})
    with pytest.raises(NotComputableError, match="two arms"):
        srm_sequential([[1], [2]])
    with pytest.raises(ValueError, match="never falling"):
        srm_sequential([[3, 3], [2, 4]])
    with pytest.raises(ValueError, match="share"):
        srm_sequential([[3, 3]], [1.0, 0.0])
