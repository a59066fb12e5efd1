"""Every sequential method, watched after each observation of streams without an effect; benchmarks/sequential.py has the long runs."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from bloomery.stats.asymptotic_cs import asymptotic_cs, asymptotic_cs_difference
from bloomery.stats.betting_cs import betting_cs, betting_log_capital, empirical_bernstein_cs
from bloomery.stats.group_sequential import boundaries, crossing_probabilities
from bloomery.stats.msprt import msprt_mean, msprt_two_arm, two_arm_e_value
from bloomery.stats.srm import srm_sequential

STREAMS, LENGTH, ALPHA = 1500, 800, 0.05
RNG_SEED = 20


def allowed(rate, spread=3.5):
    """So many standard deviations of a share of STREAMS above the rate."""
    return rate + spread * math.sqrt(rate * (1 - rate) / STREAMS)


def normal():
    return np.random.default_rng(RNG_SEED).normal(size=(STREAMS, LENGTH))


def lognormal():
    return np.random.default_rng(RNG_SEED).lognormal(size=(STREAMS, LENGTH))


def coin(rate, seed=RNG_SEED):
    return (np.random.default_rng(seed).random((STREAMS, LENGTH)) < rate).astype(float)


def crossed(capital):
    return (capital >= math.log(1 / ALPHA)).any(-1).mean()


def ever(p_value):
    return (p_value[..., -1] <= ALPHA).mean()  # it never rises


def excluded(sequence, value):
    return (sequence.first_without(value) > 0).mean()


def counts(rows):
    return np.stack([np.cumsum(rows, -1), np.cumsum(1 - rows, -1)], -1)


METHODS = {
    "asymptotic_cs, normal": lambda: excluded(asymptotic_cs(normal()), 0.0),
    "asymptotic_cs, accuracy": lambda: excluded(asymptotic_cs(coin(0.9)), 0.9),
    "asymptotic_cs, rare errors": lambda: excluded(asymptotic_cs(coin(0.98)), 0.98),
    "asymptotic_cs, lognormal": lambda: excluded(asymptotic_cs(lognormal()), math.exp(0.5)),
    "asymptotic_cs_difference, lognormal": lambda: excluded(asymptotic_cs_difference(lognormal(), coin(0.3)), 0.0),
    "asymptotic_cs_difference": lambda: excluded(asymptotic_cs_difference(normal(), coin(0.3)), 0.0),
    "betting": lambda: crossed(betting_log_capital(coin(0.7), 0.7)),
    "betting, rare errors": lambda: crossed(betting_log_capital(coin(0.98), 0.98)),
    "empirical_bernstein_cs": lambda: excluded(empirical_bernstein_cs(coin(0.7)), 0.7),
    "msprt_mean, variance given": lambda: ever(msprt_mean(normal(), tau=0.1, variance=1.0).p_value),
    "msprt_mean, lognormal": lambda: ever(msprt_mean(lognormal(), tau=0.2, null=math.exp(0.5)).p_value),
    "msprt_mean": lambda: ever(msprt_mean(normal(), tau=0.1).p_value),
    "msprt_two_arm": lambda: ever(msprt_two_arm(coin(0.8), coin(0.8, 21), tau=0.05).p_value),
    "two_arm_e_value": lambda: ever(two_arm_e_value(coin(0.8), coin(0.8, 21)).p_value),
    "srm_sequential": lambda: ever(srm_sequential(counts(coin(0.3)), [0.3, 0.7]).p_value),
}


@pytest.mark.parametrize("method", METHODS)
def test_false_alarms_are_alpha_at_most_however_often_one_looks(method):
    assert METHODS[method]() <= allowed(ALPHA)


@pytest.mark.parametrize("spending", ["obrien_fleming", "pocock"])
def test_planned_looks_spend_alpha(spending):
    looks = np.arange(1, 21) * 40
    bounds = boundaries(looks / LENGTH, spending=spending)
    sums = np.cumsum(normal(), axis=-1)[:, looks - 1]
    rate = (np.abs(sums / np.sqrt(looks)) >= bounds).any(1).mean()
    assert abs(rate - ALPHA) < allowed(ALPHA) - ALPHA


def test_twenty_peeks_at_a_fixed_n_test_cry_wolf_in_a_quarter_of_all_runs():
    looks = np.arange(1, 21) * 40
    expected = crossing_probabilities(looks / LENGTH, [norm.isf(0.025)] * 20).sum()
    assert expected == pytest.approx(0.248, abs=5e-4)
    sums = np.cumsum(normal(), axis=-1)[:, looks - 1]
    rate = (np.abs(sums / np.sqrt(looks)) >= norm.isf(0.025)).any(1).mean()
    assert allowed(expected, -3.5) < rate < allowed(expected)


def test_the_sequence_on_a_grid_errs_where_the_capital_does_and_not_elsewhere():
    values = coin(0.7)[:60]
    on_grid = [betting_cs(one, alpha=0.3, grid=100).first_without(0.7).item() for one in values]
    capital = betting_log_capital(values, 0.7, alpha=0.3) >= math.log(1 / 0.3)
    for grid, at in zip(on_grid, np.where(capital.any(1), capital.argmax(1) + 1, 0), strict=True):
        assert not grid or 0 < at <= grid
