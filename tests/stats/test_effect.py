from math import inf, log, nan, pi, sqrt

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import gamma
from scipy.stats import mannwhitneyu, ttest_ind, ttest_rel
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import proportion_effectsize

from bloomery.errors import NotComputableError
from bloomery.stats.effect import (
    cliffs_delta,
    cohens_d,
    cohens_d_paired,
    cohens_h,
    hedges_g,
    odds_ratio,
    relative_change,
    risk_difference,
)
from bloomery.stats.unpaired import newcombe
from tests.stats.quiet import quiet

NUMBERS = st.lists(st.floats(-100, 100), min_size=2, max_size=30)


@given(NUMBERS, NUMBERS)
def test_d_and_g_are_scaled_t(a, b):
    assume(np.std(a) + np.std(b) > 1e-4)
    n_a, n_b = len(a), len(b)
    with quiet():
        d = ttest_ind(a, b).statistic * sqrt(1 / n_a + 1 / n_b)
    assert cohens_d(a, b) == pytest.approx(d, rel=1e-9, abs=1e-9)
    m = n_a + n_b - 2
    assert hedges_g(a, b) == pytest.approx(d * gamma(m / 2) / (sqrt(m / 2) * gamma((m - 1) / 2)), rel=1e-9, abs=1e-9)


@given(NUMBERS)
def test_paired_d_is_t_over_root_n(d):
    assume(np.std(d) > 1e-4)
    oracle = ttest_rel(d, np.zeros(len(d))).statistic / sqrt(len(d))
    assert cohens_d_paired(d, np.zeros(len(d))) == pytest.approx(oracle, rel=1e-9, abs=1e-9)


def test_hedges_correction():
    """J(m) is about 1 − 3/(4m − 1): 0.9739 for m = 29."""
    a, b = np.random.default_rng(0).normal(size=(2, 15))
    assert hedges_g(a, b[:-1]) / cohens_d(a, b[:-1]) == pytest.approx(1 - 3 / (4 * 27 - 1), abs=2e-4)


@given(st.floats(0, 1), st.floats(0, 1))
def test_h_as_statsmodels(a, b):
    assert cohens_h(a, b) == pytest.approx(proportion_effectsize(a, b), abs=1e-9)
    assert cohens_h(1, 0) == pytest.approx(pi)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=30), st.lists(st.integers(-5, 5), min_size=1, max_size=30))
def test_cliffs_delta_as_mann_whitney(a, b):
    u = mannwhitneyu(a, b, method="asymptotic").statistic if len(set(a + b)) > 1 else len(a) * len(b) / 2
    assert cliffs_delta(a, b) == pytest.approx(2 * u / (len(a) * len(b)) - 1, abs=1e-12)


CELL = st.integers(1, 300)


@given(CELL, CELL, CELL, CELL)
def test_odds_ratio_as_statsmodels(k_a, m_a, k_b, m_b):
    found, oracle = odds_ratio(k_a, k_a + m_a, k_b, k_b + m_b), Table2x2([[k_a, m_a], [k_b, m_b]])
    assert found.value == pytest.approx(oracle.oddsratio)
    assert found.interval == pytest.approx(oracle.oddsratio_confint())


def test_odds_ratio_of_an_empty_cell():
    for case in ((0, 5, 2, 5), (5, 5, 2, 5), (2, 5, 0, 5), (2, 5, 5, 5)):
        with pytest.raises(NotComputableError, match="counts is 0"):
            odds_ratio(*case)
        assert odds_ratio(*case, add=0.5).interval.low > 0
    assert log(odds_ratio(0, 5, 2, 5, add=0.5).value) == pytest.approx(log(0.5 * 3.5 / (5.5 * 2.5)))


def test_risk_difference():
    assert risk_difference(9, 10, 3, 10) == (pytest.approx(0.6), newcombe(9, 10, 3, 10))


def test_relative_change_against_a_zero_baseline():
    """Seen: a crash. Wanted: not computable, with the reason."""
    assert relative_change(0.8, 1.0) == pytest.approx(-0.2)
    assert relative_change(-3, -2) == -0.5  # lower than a negative baseline is a drop
    for value in (0.0, 0.3):
        with pytest.raises(NotComputableError, match="baseline is 0"):
            relative_change(value, 0.0)
    for value, baseline in ((nan, 1), (1, inf), (inf, 1), (1, nan)):
        with pytest.raises(NotComputableError, match="two numbers"):
            relative_change(value, baseline)


def test_no_spread_no_effect_in_its_units():
    for effect in (cohens_d, hedges_g, cohens_d_paired):
        with pytest.raises(NotComputableError, match="do not vary"):
            effect([3, 3, 3], [2, 2, 2])
    with pytest.raises(NotComputableError):
        cliffs_delta([], [1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        cohens_h(1.2, 0.5)
