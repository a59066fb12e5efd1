import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from bloomery.errors import NotComputableError
from bloomery.stats.asymptotic_cs import asymptotic_cs, asymptotic_cs_difference, best_rho, half_width
from bloomery.stats.streams import lopsided, running

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


def test_sequence_is_mean_and_half_width_of_each_prefix():
    values = np.random.default_rng(2).normal(1e6, 3, 300)
    sequence = asymptotic_cs(values, alpha=0.1, target=150)
    for n in (50, 120, 300):
        half = half_width(n, values[:n].var(ddof=1), rho=best_rho(150, alpha=0.1), alpha=0.1)
        assert sequence.estimate[n - 1] == pytest.approx(values[:n].mean(), abs=1e-8)
        assert sequence.high[n - 1] - sequence.estimate[n - 1] == pytest.approx(half, rel=1e-6)
        assert sequence.estimate[n - 1] - sequence.low[n - 1] == pytest.approx(half, rel=1e-6)


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
    values, arms = rng.normal(1e6, 3, 300), rng.integers(0, 2, 300)
    sequence = asymptotic_cs_difference(values, arms, alpha=0.1, target=200, start=20)
    for n in (100, 250, 300):
        a, b = values[:n][arms[:n] == 0], values[:n][arms[:n] == 1]
        half = half_width(
            n, n * (a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b)), rho=best_rho(200, alpha=0.1), alpha=0.1
        )
        assert sequence.estimate[n - 1] == pytest.approx(b.mean() - a.mean(), abs=1e-8)
        assert sequence.high[n - 1] - sequence.low[n - 1] == pytest.approx(2 * half.item(), rel=1e-7)
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
