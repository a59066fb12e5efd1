import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import kurtosis, skew

from bloomery.errors import NotComputableError
from bloomery.stats.asymptotic_cs import asymptotic_cs, asymptotic_cs_difference, best_rho, half_width
from bloomery.stats.streams import lopsided, running
from bloomery.stats.tails import bent, straight, tail

LISTS = st.lists(st.integers(-50, 50).map(float), min_size=1, max_size=40)


def test_half_width_is_the_pinned_formula():
    # n = 100, ρ = .1, s² = 4, α = .05: nρ² + 1 = 2, (nρ)² = 100; √(4 · 2·2/100 · log(√2/.05)) = √(.16 · 3.342306)
    assert half_width(100, 4.0, rho=0.1, alpha=0.05) == pytest.approx(math.sqrt(0.16 * math.log(math.sqrt(2) / 0.05)))
    assert half_width(100, 4.0, rho=0.1).round(6) == 0.731279


@given(st.floats(1, 1e6), st.floats(1e-4, 0.5))
def test_best_rho_gives_the_narrowest_sequence_at_the_target(target, alpha):
    def width(log_rho):
        return half_width(target, 1.0, rho=math.exp(log_rho), alpha=alpha).item()

    found = minimize_scalar(width, bounds=(math.log(1e-5), math.log(1e2)), method="bounded", options={"xatol": 1e-9})
    assert width(math.log(best_rho(target, alpha=alpha))) <= found.fun * (1 + 1e-12)


@given(LISTS)
def test_running_moments_and_skewness_are_those_of_every_prefix(values):
    n, mean, variance = running(np.array(values))
    skewness = lopsided(np.array(values))
    for i in range(len(values)):
        prefix = np.array(values[: i + 1])
        assert n[i] == i + 1
        assert mean[i] == pytest.approx(prefix.mean(), abs=1e-9)
        assert variance[i] == pytest.approx(prefix.var(ddof=1) if i else 0, abs=1e-9)
        centred = prefix - prefix.mean()
        expected = np.mean(centred**3) ** 2 / np.mean(centred**2) ** 3 if np.ptp(prefix) else np.inf
        assert skewness[i] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def ends(mean, error, skewness, half):
    """Where |g((mean − μ) / error)| is half / error, by a search for it."""

    def beyond(t, reach):
        return t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / 6 - reach

    return [mean - error * brentq(beyond, -60, 60, args=(way * half / error,), xtol=1e-13) for way in (1, -1)]


def third_moment_of_mean(values):
    hidden = 1 - (skew(values) ** 2 + 1) / kurtosis(values, fisher=False)
    return min(1, 2 * hidden) * skew(values) * values.std() ** 3 / len(values) ** 2


def test_sequence_is_the_formula_made_symmetric_for_each_prefix():
    values = np.random.default_rng(2).gamma(0.5, 3, 900) + 1e4
    sequence = asymptotic_cs(values, alpha=0.1, target=150)
    for n in (120, 300, 900):
        half = half_width(n, values[:n].var(ddof=1), rho=best_rho(150, alpha=0.1), alpha=0.1)
        error = values[:n].std(ddof=1) / math.sqrt(n)
        low, high = ends(values[:n].mean(), error, third_moment_of_mean(values[:n]) / error**3, half)
        assert sequence.estimate[n - 1] == pytest.approx(values[:n].mean(), abs=1e-8)
        assert sequence.low[n - 1] - 1e4 == pytest.approx(low - 1e4, rel=1e-6)
        assert sequence.high[n - 1] - 1e4 == pytest.approx(high - 1e4, rel=1e-6)
        assert high - values[:n].mean() > 1.1 * (values[:n].mean() - low)  # towards the tail


@given(st.integers(20, 400), st.floats(0.1, 0.9))
def test_right_and_wrong_have_the_plain_formula(n, rate):
    values = (np.random.default_rng(n).random(n) < rate).astype(float)
    sequence = asymptotic_cs(values, target=100, start=20)
    if np.isfinite(sequence.low[-1]):
        half = half_width(n, values.var(ddof=1), rho=best_rho(100))
        assert sequence.low[-1] == pytest.approx(values.mean() - half, rel=1e-9)
        assert sequence.high[-1] == pytest.approx(values.mean() + half, rel=1e-9)


@given(st.floats(-6, 6), st.floats(-0.4, 0.4))  # of a mean of n ≥ 10 γ² values it is .32 at most
def test_bent_undoes_straight(t, skewness):
    assert bent(straight(t, skewness), skewness) == pytest.approx(t, rel=1e-9, abs=1e-9)
    assert straight(bent(t, skewness), skewness) == pytest.approx(t, rel=1e-9, abs=1e-9)


@given(LISTS)
def test_what_may_be_hidden_in_a_tail_follows_skewness_and_kurtosis(values):
    found = tail(np.array(values))
    for i in range(len(values)):
        prefix = np.array(values[: i + 1])
        expected = third_moment_of_mean(prefix) * (i + 1) ** 2 if np.ptp(prefix) else 0.0
        assert found[i] == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_nothing_is_said_before_start_nor_without_variance():
    sequence = asymptotic_cs([1.0] * 100)
    assert np.isinf(sequence.low).all() and np.isinf(sequence.high).all()
    sequence = asymptotic_cs([0.0, 1.0] * 100, start=30)
    assert np.isinf(sequence.high[:29]).all() and np.isfinite(sequence.high[29:]).all()
    assert sequence.first_without(0.0) == 30 and sequence.first_without(0.5) == 0


def test_rare_errors_are_waited_for():
    # one error in 100: skewness² ≈ 97, so about 970 answers (ten errors) are needed; 50 would do for an even coin
    values = np.tile(np.r_[np.ones(99), 0.0], 20)
    known = np.isfinite(asymptotic_cs(values).low)
    assert not known[:900].any() and known[1100:].all()


def test_streams_are_independent_of_each_other():
    values = np.random.default_rng(0).normal(size=(3, 200))
    together, alone = asymptotic_cs(values), asymptotic_cs(values[1])
    for whole, one in zip(together, alone, strict=True):
        np.testing.assert_array_equal(whole[1], one)


@given(st.integers(0, 2**32 - 1))
def test_difference_is_that_of_the_two_arms_so_far(seed):
    rng = np.random.default_rng(seed)
    values, arms = rng.gamma(16, 3, 300) + 1e3, rng.integers(0, 2, 300)
    sequence = asymptotic_cs_difference(values, arms, alpha=0.1, target=200, start=20)
    for n in (100, 250, 300):
        a, b = values[:n][arms[:n] == 0], values[:n][arms[:n] == 1]
        half = half_width(
            n, n * (a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)), rho=best_rho(200, alpha=0.1), alpha=0.1
        )
        assert sequence.estimate[n - 1] == pytest.approx(b.mean() - a.mean(), abs=1e-8)
        error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        third = third_moment_of_mean(b) - third_moment_of_mean(a)
        low, high = ends(b.mean() - a.mean(), error, third / error**3, half.item())
        if any(len(arm) < 10 * skew(arm) ** 2 for arm in (a, b)):
            low, high = -math.inf, math.inf
        assert sequence.low[n - 1] == pytest.approx(low, rel=1e-6)
        assert sequence.high[n - 1] == pytest.approx(high, rel=1e-6)
    reverse = asymptotic_cs_difference(values, 1 - arms, alpha=0.1, target=200, start=20)
    np.testing.assert_allclose(reverse.high, -sequence.low, rtol=1e-9)


def test_what_cannot_be_computed_says_why():
    with pytest.raises(NotComputableError, match="no values"):
        asymptotic_cs([])
    with pytest.raises(NotComputableError, match="NaN"):
        asymptotic_cs([1.0, math.nan])
    with pytest.raises(NotComputableError, match="both arms"):
        asymptotic_cs_difference([1.0, 2.0], [1, 1])
    with pytest.raises(ValueError, match="0 or 1"):
        asymptotic_cs_difference([1.0, 2.0], [1, 2])
    for alpha in (0.0, 1.0, math.nan):
        with pytest.raises(ValueError, match="alpha"):
            asymptotic_cs([1.0, 2.0], alpha=alpha)
    with pytest.raises(ValueError, match="rho"):
        half_width(10, 1.0, rho=0)
    with pytest.raises(ValueError, match="target"):
        best_rho(0)
