import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from bloomery.errors import NotComputableError
from bloomery.stats.equivalence import paired_means, paired_shares, unpaired_means, unpaired_shares
from tests.stats.quiet import quiet
from tests.stats.test_score import slow_farrington_manning, slow_tango

PAIRS = st.lists(st.tuples(st.floats(-5, 5), st.floats(-5, 5)), min_size=2, max_size=40)
MARGIN = st.sampled_from([0.05, 0.3, 2.0])


@given(PAIRS, MARGIN)
def test_means_as_statsmodels(pairs, margin):
    a, b = np.array(pairs).T
    assume(np.std(a - b) > 1e-4 and np.std(a) > 1e-4)
    with quiet():
        p, lower, _ = ttost_paired(a, b, -margin, margin)
    found = paired_means(a, b, margin)
    assert (found.p_equivalent, found.p_noninferior) == pytest.approx((p, lower[1]), rel=1e-7, abs=1e-10)
    with quiet():
        p, lower, _ = ttost_ind(a, b, -margin, margin, usevar="unequal")
    found = unpaired_means(a, b, margin)
    assert (found.p_equivalent, found.p_noninferior) == pytest.approx((p, lower[1]), rel=1e-7, abs=1e-10)


@settings(max_examples=50)
@given(st.integers(2, 400), st.integers(2, 400), st.data(), st.sampled_from([0.05, 0.1, 0.3]))
def test_shares_are_two_one_sided_score_tests(n_a, n_b, data, margin):
    k_a, k_b = data.draw(st.integers(0, n_a)), data.draw(st.integers(0, n_b))
    b = data.draw(st.integers(0, n_a - min(k_a, n_a)))
    for found, z_of in [
        (unpaired_shares(k_a, n_a, k_b, n_b, margin), lambda d: slow_farrington_manning(k_a, n_a, k_b, n_b, d)),
        (paired_shares(b, k_a, n_a, margin), lambda d: slow_tango(b, k_a, n_a, d)),
    ]:
        below, above = norm.sf(z_of(-margin)), norm.cdf(z_of(margin))
        assert found.p_noninferior == pytest.approx(below, rel=1e-3, abs=1e-6)
        assert found.p_equivalent == pytest.approx(max(below, above), rel=1e-3, abs=1e-6)


@given(PAIRS, MARGIN)
def test_tost_is_the_interval_within_the_margin(pairs, margin):
    a, b = np.array(pairs).T
    assume(np.std(a - b) > 1e-4)
    found = paired_means(a, b, margin, alpha=0.05)
    assert (found.p_equivalent < 0.05) == (-margin < found.interval.low and found.interval.high < margin)
    assert (found.p_noninferior < 0.05) == (-margin < found.interval.low)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(80, 200), st.sampled_from([0.02, 0.05, 0.1, 0.2]))
def test_tost_of_shares_is_the_interval_within_the_margin(b, c, n, margin):
    for found in (paired_shares(b, c, n, margin), unpaired_shares(b, n, c, n, margin)):
        assert (found.p_equivalent < 0.05) == (-margin < found.interval.low and found.interval.high < margin)


def test_worked_example():
    """d̄ = .2 and SE √.14 (differences 1, 0, 0, −1, 1), margin .5: t = .7/√.14 = 1.871, P(T₄ > 1.871) = .0674."""
    found = paired_means([1, 1, 0, 0, 1], [0, 1, 0, 1, 0], 0.5)
    assert found.value == pytest.approx(0.2)
    assert found.p_noninferior == pytest.approx(0.0674, abs=5e-5)
    assert found.p_equivalent > found.p_noninferior


def test_no_difference_found_is_not_equivalence():
    """5 items, one disagreement: nothing is significant, and nothing is shown."""
    assert paired_shares(1, 0, 5, 0.05).p_equivalent > 0.3
    assert paired_shares(0, 0, 300, 0.05).p_equivalent < 0.001


def test_refused_and_not_computable():
    with pytest.raises(ValueError, match="margin above 0"):
        paired_shares(1, 1, 10, 0)
    with pytest.raises(ValueError, match="expected"):
        paired_shares(1, 1, 10, 0.1, alpha=0.6)
    with pytest.raises(NotComputableError):
        paired_means([1, 2, 3], [1, 2, 3], 0.1)
