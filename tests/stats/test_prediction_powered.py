import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from bloomery.errors import NotComputableError
from bloomery.stats.prediction_powered import ppi_mean

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed, n=80, unlabelled=400, quality=0.8):
    rng = np.random.default_rng(seed)
    y = rng.random(n + unlabelled) < 0.6
    right = rng.random(n + unlabelled) < quality
    f = np.where(right, y, ~y).astype(float)
    return y[:n].astype(float), f[:n], f[n:]


def test_as_arithmetic():
    # y − f = (0, 0, 0, −1): mean −1/4, var 1/4; f̃: mean 1/2, var 1/3; λ = 1: ½ − ¼ = ¼, variance (1/3)/4 + (1/4)/4 = 7/48
    found = ppi_mean([1, 0, 1, 0], [1, 0, 1, 1], [1, 0, 1, 0], weight=1)
    assert found.estimate == pytest.approx(0.25)
    assert found.standard_error == pytest.approx(math.sqrt(7 / 48))
    # λ̂ = cov(y, f) / ((1 + 4/4) var of all eight f) = (1/6) / (2 · 15/56) = 14/45
    assert ppi_mean([1, 0, 1, 0], [1, 0, 1, 1], [1, 0, 1, 0]).weight == pytest.approx(14 / 45)


@given(SEEDS)
def test_without_the_judge_it_is_the_plain_z_interval(seed):
    y, f, rest = drawn(seed)
    found = ppi_mean(y, f, rest, weight=0, alpha=0.1)
    low, high = DescrStatsW(y).zconfint_mean(0.1)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-9)
    assert found.effective_labels == pytest.approx(80)


@given(SEEDS)
def test_a_perfect_judge_is_as_good_as_labels_of_all_rows(seed):
    y, f, rest = drawn(seed, quality=1.0)
    found = ppi_mean(y, f, rest, weight=80**-1 / (80**-1 + 400**-1))  # λ = 1/(1 + n/N)
    assert found.estimate == pytest.approx(np.r_[y, rest].mean(), abs=1e-9)


@given(SEEDS, st.floats(-5, 5), st.floats(0.1, 10))
def test_shifting_the_judge_changes_nothing(seed, shift, scale):
    y, f, rest = drawn(seed)
    plain, moved = ppi_mean(y, f, rest), ppi_mean(y, f + shift, rest + shift)
    assert moved[0] == pytest.approx(plain[0], abs=1e-9) and moved[2:] == pytest.approx(plain[2:], abs=1e-9)
    if 0 < plain.weight < 1 and 0 < plain.weight / scale < 1:  # not cut
        scaled = ppi_mean(y, f * scale, rest * scale)
        assert scaled.estimate == pytest.approx(plain.estimate, abs=1e-9)
        assert scaled.weight == pytest.approx(plain.weight / scale)


def test_a_judge_that_says_nothing_or_the_opposite_gets_no_weight():
    y, f, rest = drawn(0)
    assert ppi_mean(y, np.ones(80), np.ones(400)).weight == 0
    assert ppi_mean(y, 1 - f, 1 - rest).weight == 0


@pytest.mark.parametrize("weight", [None, 1.0])
def test_interval_covers_however_biased_the_judge(weight):
    rng, runs, hits, error = np.random.default_rng(11), 2000, 0, []
    for _ in range(runs):
        y = (rng.random(1100) < 0.7).astype(float)
        f = np.clip(0.5 * y + 0.4 + rng.normal(0, 0.2, 1100), 0, 1)  # lenient: mean .74, and says .4 where y is 0
        found = ppi_mean(y[:100], f[:100], f[100:], weight=weight)
        hits += found.interval.low <= 0.7 <= found.interval.high
        error.append(found.estimate - 0.7)
    # n = 100 is not infinite: what the z interval of 100 normal values lacks is Φ against t with 99 degrees, .0026; 3.5 sd of 2,000 runs
    assert abs(hits / runs - 0.95) < 0.0026 + 3.5 * math.sqrt(0.95 * 0.05 / runs)
    assert abs(np.mean(error)) < 4 * np.std(error) / math.sqrt(runs)


def test_a_good_judge_is_worth_labels_and_a_tuned_weight_never_costs_any():
    for seed in range(20):
        for quality in (0.5, 0.7, 0.95):
            y, f, rest = drawn(seed, n=200, unlabelled=5000, quality=quality)
            tuned = ppi_mean(y, f, rest)
            assert tuned.standard_error <= ppi_mean(y, f, rest, weight=0).standard_error * 1.01
            if (
                quality == 0.95
            ):  # λ ≈ .95: the variance left is about 1 − ρ², ρ² ≈ .79, so 200 labels do the work of 700 at least
                assert tuned.effective_labels > 500


def test_what_cannot_be_computed_says_why():
    with pytest.raises(NotComputableError, match="do not vary"):
        ppi_mean([1, 1, 1], [1, 1, 1], [1, 1, 1])
    with pytest.raises(NotComputableError, match="two rows"):
        ppi_mean([1], [1], [1, 0])
    with pytest.raises(NotComputableError, match="no unlabelled"):
        ppi_mean([1, 0], [1, 0], [])
    with pytest.raises(NotComputableError, match="NaN"):
        ppi_mean([1, math.nan], [1, 0], [1, 0])
    with pytest.raises(ValueError, match="as many"):
        ppi_mean([1, 0], [1], [1, 0])
