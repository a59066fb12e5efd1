import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from bloomery.errors import NotComputableError
from bloomery.stats.asymptotic_cs import half_width
from bloomery.stats.msprt import log_mixture_ratio, msprt_mean, msprt_two_arm, two_arm_e_value
from bloomery.stats.streams import running
from bloomery.stats.tails import straight, tail

RATES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=60)


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(-3, 3), min_size=1, max_size=20),
    st.floats(0.1, 2),
    st.floats(0.5, 3),
    st.sampled_from([0.0, 0.7]),
)
def test_ratio_is_the_average_likelihood_ratio(values, tau, sigma, null):
    def ratio(theta):
        logs = norm.logpdf(values, theta, sigma) - norm.logpdf(values, null, sigma)
        return math.exp(logs.sum() - peak) * norm.pdf(theta, null, tau)

    found = msprt_mean(values, tau=tau, variance=sigma**2, null=null).log_ratio[-1]
    peak = found  # so that what is integrated is about 1
    spread = 1 / math.sqrt(1 / tau**2 + len(values) / sigma**2)
    middle = spread**2 * (null / tau**2 + sum(values) / sigma**2)
    average, _ = quad(ratio, middle - 12 * spread, middle + 12 * spread, points=[middle], epsabs=1e-12)
    assert average == pytest.approx(1, abs=1e-8)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.2]), st.sampled_from([0.02, 0.3]))
def test_p_is_below_alpha_just_when_the_sequence_excludes_the_null(seed, alpha, tau):
    values = np.random.default_rng(seed).normal(0.15, 1, 400)
    n, mean, _ = running(values)
    outside = np.abs(mean) >= half_width(n, 1.0, rho=tau, alpha=alpha)
    p_value = msprt_mean(values, tau=tau, variance=1.0).p_value
    np.testing.assert_array_equal(p_value <= alpha, np.logical_or.accumulate(outside))


def test_with_the_variance_so_far_p_is_below_alpha_just_when_asymptotic_cs_excludes_the_null():
    values, tau = np.random.default_rng(3).exponential(1, 600), 0.1
    _, mean, variance = running(values)
    for k in (100, 600):
        error = math.sqrt(variance[k - 1] / k)
        skewness = tail(values)[k - 1] / k**2 / error**3
        away = straight((mean[k - 1] - 1.3) / error, skewness) * error
        outside = abs(away) >= half_width(k, variance[k - 1], rho=tau / math.sqrt(variance[k - 1]))
        first = msprt_mean(values[:k], tau=tau, null=1.3).log_ratio[-1] >= math.log(20)
        assert first == outside
        assert outside == (k == 600)  # the null is not right, which shows later


def test_estimated_variance_says_nothing_at_first():
    values = np.r_[np.zeros(5), np.random.default_rng(0).normal(1, 0.1, 100)]
    found = msprt_mean(values, tau=1.0, start=30)
    assert (found.p_value[:29] == 1).all() and found.p_value[-1] < 1e-10
    assert (
        msprt_mean(np.ones(100), tau=1.0).p_value == 1
    ).all()  # no variance, no claim; give the variance if it is known
    assert msprt_mean(np.ones(100), tau=1.0, variance=1.0).p_value[-1] < 1e-10


def test_two_arms_as_arithmetic():
    # 100 pairs, rates .5 and .7: V = .25 + .21 = .46, τ = .1: nτ² = 1; log Λ = ½ log(.46/1.46) + 100²·.01·.04 / (2·.46·1.46)
    a, b = np.tile([0, 1], 50), np.tile([1, 1, 0, 1, 0, 1, 1, 0, 1, 1], 10)
    expected = math.log(0.46 / 1.46) / 2 + 4 / (2 * 0.46 * 1.46)
    assert msprt_two_arm(a, b, tau=0.1).log_ratio[-1] == pytest.approx(expected, abs=1e-12)
    assert (msprt_two_arm(np.ones(200), np.zeros(200), tau=0.1).p_value == 1).all()
    assert two_arm_e_value(np.ones(200), np.zeros(200)).p_value[-1] < 1e-10


@given(RATES)
def test_e_value_is_that_of_the_slow_loop_and_the_same_with_the_arms_exchanged(pairs):
    a, b = np.array(pairs).T
    ratio, sum_a, sum_b = 1.0, 0, 0
    for i, (x, y) in enumerate(pairs):
        p, q = (0.18 + sum_a) / (0.36 + i), (0.18 + sum_b) / (0.36 + i)
        m = (p + q) / 2
        ratio *= (p if x else 1 - p) * (q if y else 1 - q) / ((m if x else 1 - m) * (m if y else 1 - m))
        sum_a, sum_b = sum_a + x, sum_b + y
    assert two_arm_e_value(a, b).log_ratio[-1] == pytest.approx(math.log(ratio), abs=1e-9)
    np.testing.assert_allclose(two_arm_e_value(a, b).log_ratio, two_arm_e_value(b, a).log_ratio, atol=1e-9)


@pytest.mark.parametrize("rate", [0.03, 0.5, 0.8])
def test_the_mean_of_the_e_value_is_one_at_most_whatever_the_rate(rate):
    # over all 4⁵ outcomes of five pairs: exact, nothing is drawn
    outcomes = np.array(list(itertools.product([0, 1], repeat=10))).reshape(-1, 2, 5)
    ones = outcomes.sum((1, 2))
    chances = rate**ones * (1 - rate) ** (10 - ones)
    ratios = np.exp(two_arm_e_value(outcomes[:, 0], outcomes[:, 1]).log_ratio)
    assert chances.sum() == pytest.approx(1)
    assert (chances @ ratios <= 1 + 1e-12).all()


def test_p_never_rises():
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 2, (2, 5, 300))
    for found in (msprt_two_arm(a, b, tau=0.1), two_arm_e_value(a, b), msprt_mean(a - b, tau=0.1)):
        assert found.p_value.shape == (5, 300)
        assert (np.diff(found.p_value) <= 0).all() and (found.p_value <= 1).all() and (found.p_value > 0).all()


def test_what_cannot_be_computed_says_why():
    with pytest.raises(NotComputableError, match="0 or 1"):
        msprt_two_arm([0.5], [1.0], tau=0.1)
    with pytest.raises(ValueError, match="as many"):
        two_arm_e_value([1, 0], [1])
    with pytest.raises(ValueError, match="tau"):
        log_mixture_ratio(1, 1, 1, tau=0)
    with pytest.raises(ValueError, match="variance"):
        msprt_mean([1.0], tau=1, variance=0)
    with pytest.raises(ValueError, match="prior"):
        two_arm_e_value([1], [1], prior=0)
