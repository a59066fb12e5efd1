import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from bloomery.errors import NotComputableError
from bloomery.stats.cuped import cuped


def drawn(seed, rows=60, columns=2):
    rng = np.random.default_rng(seed)
    x, arms = rng.normal(5, 2, (rows, columns)), rng.integers(0, 2, rows)
    arms[:4] = [0, 0, 1, 1]
    return x @ np.arange(1, columns + 1) + 0.5 * arms + rng.normal(0, 1 + arms, rows), arms, x


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_difference_is_that_of_least_squares_and_interval_that_of_welch(seed, columns):
    y, arms, x = drawn(seed, columns=columns)
    found = cuped(y, arms, x, alpha=0.1)
    ols = sm.OLS(y, np.column_stack([np.ones(60), arms, x])).fit()
    assert found.difference == pytest.approx(ols.params[1], abs=1e-9)
    np.testing.assert_allclose(found.theta, ols.params[2:], atol=1e-9)
    adjusted = y - (x - x.mean(0)) @ ols.params[2:]
    welch = ttest_ind(adjusted[arms == 1], adjusted[arms == 0], equal_var=False)
    error = (welch.confidence_interval(0.9).high - welch.confidence_interval(0.9).low) / 2
    plain = ttest_ind(y[arms == 1], y[arms == 0], equal_var=False)
    assert found.plain_standard_error == pytest.approx(found.plain_difference / plain.statistic, rel=1e-9)
    bare = (adjusted[arms == 1].mean() - adjusted[arms == 0].mean()) / welch.statistic
    assert found.standard_error == pytest.approx(bare * math.sqrt(58 / (58 - columns)), rel=1e-9)
    assert found.variance_reduction == pytest.approx(1 - (found.standard_error / found.plain_standard_error) ** 2)
    assert found.interval.high - found.difference > error  # the covariates cost degrees of freedom


def test_reduction_is_the_squared_correlation():
    rng = np.random.default_rng(1)
    x, arms = rng.normal(size=200_000), rng.integers(0, 2, 200_000)
    y = 0.8 * x + 0.6 * rng.normal(size=200_000) + 0.1 * arms  # correlation .8: 64 % of the variance
    # standard deviation of a squared correlation: 2r(1 − r²)/√n = .0013
    assert cuped(y, arms, x).variance_reduction == pytest.approx(0.64, abs=4 * 0.0013)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_missing_covariates_are_an_indicator_of_their_own(seed):
    y, arms, x = drawn(seed)
    gaps = np.random.default_rng(seed).random(60) < 0.3
    gaps[:8] = [True, False] * 4  # both arms have either
    holed = x.copy()
    holed[gaps, 1] = np.nan
    y = y + 3 * gaps  # rows without it are not average ones
    found = cuped(y, arms, holed)
    design = np.column_stack([np.ones(60), arms, x[:, 0], np.where(gaps, 0, x[:, 1]), gaps])
    ols = sm.OLS(y, design).fit()
    assert found.difference == pytest.approx(ols.params[1], abs=1e-9)
    np.testing.assert_allclose(found.theta[:2], ols.params[2:4], atol=1e-9)
    assert len(found.theta) == 3


def test_covariates_that_say_nothing_change_nothing():
    y, arms, _ = drawn(0)
    for empty in (np.full(60, 7.0), np.full(60, np.nan), np.full((60, 2), 1e9), np.empty((60, 0))):
        found = cuped(y, arms, empty)
        assert found.difference == pytest.approx(found.plain_difference, abs=1e-12)
        assert found.variance_reduction == pytest.approx(0, abs=1e-12)
        assert not any(found.theta)


def test_the_same_covariate_twice_counts_once():
    y, arms, x = drawn(3)
    once, twice = cuped(y, arms, x[:, 0]), cuped(y, arms, np.column_stack([x[:, 0], 1000 * x[:, 0] + 3]))
    assert twice.difference == pytest.approx(once.difference, abs=1e-9)
    assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-9)


def test_interval_covers_as_it_says():
    rng, runs, hits = np.random.default_rng(7), 1500, 0
    for _ in range(runs):
        x, arms = rng.normal(size=(40, 3)), np.r_[np.zeros(15, int), np.ones(25, int)]
        y = x.sum(1) + 0.3 * arms + rng.normal(0, 1 + arms)
        low, high = cuped(y, arms, x).interval
        hits += low <= 0.3 <= high
    # 3.5 binomial standard deviations; it may cover more
    assert hits / runs > 0.95 - 3.5 * math.sqrt(0.95 * 0.05 / runs)


def test_what_cannot_be_computed_says_why():
    arms = [0, 0, 0, 1, 1, 1]
    y = [1.0, 2.0, 4.0, 2.0, 3.0, 5.5]
    with pytest.raises(NotComputableError, match="tell the arms apart"):
        cuped(y, arms, arms)
    with pytest.raises(NotComputableError, match="tell the arms apart"):
        cuped(y, arms, [1.0, 2.0, 5.0, math.nan, math.nan, math.nan])
    with pytest.raises(NotComputableError, match="no variance"):
        cuped(y, arms, y)
    with pytest.raises(NotComputableError, match="no variance"):
        cuped([1.0] * 6, arms, [1.0, 2.0, 3.0, 5.0, 4.0, 3.0])
    with pytest.raises(NotComputableError, match="two rows"):
        cuped([1.0, 2.0, 3.0], [0, 0, 1], [1.0, 2.0, 3.0])
    with pytest.raises(NotComputableError, match="too few"):
        cuped(y, arms, np.random.default_rng(0).normal(size=(6, 4)))
    with pytest.raises(NotComputableError, match="infinite"):
        cuped(y, arms, [math.inf] * 6)
    with pytest.raises(ValueError, match="a row for each"):
        cuped(y, arms, [1.0])
    with pytest.raises(ValueError, match="arms"):
        cuped(y, [0, 1], [1.0] * 6)
