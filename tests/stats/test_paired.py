from itertools import product

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bloomery.errors import NotComputableError
from bloomery.stats.bootstrap import bootstrap_mean
from bloomery.stats.mean import mean
from bloomery.stats.paired import paired_bootstrap_mean, paired_t, sign_flip
from bloomery.stats.unpaired import welch

PAIRS = st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=2, max_size=40)


@given(PAIRS)
def test_paired_t_as_scipy(pairs):
    a, b = np.array(pairs).T
    assume(np.std(a - b) > 1e-5 * np.abs(a - b).max())
    found, oracle = paired_t(a, b), scipy.stats.ttest_rel(a, b)
    assert found.p == pytest.approx(oracle.pvalue, rel=1e-7, abs=1e-12)
    assert found.interval == pytest.approx(oracle.confidence_interval(), rel=1e-9, abs=1e-9)


def test_paired_error_formula():
    """SE = sd(s_A − s_B)/√n: differences 1, 0, 0, −1, 1, mean .2, sum of squares 3 − 5·.04 = 2.8, sd √.7, SE √.14."""
    a, b = np.array([1, 1, 0, 0, 1]), np.array([0, 1, 0, 1, 0])
    found = paired_t(a, b)
    assert (found.value, found.error, found.df) == (pytest.approx(0.2), pytest.approx(np.sqrt(0.14)), 4)


def test_pairing_takes_the_difficulty_out():
    rng = np.random.default_rng(1)
    hard = rng.normal(size=400)
    a, b = hard + 0.1 + 0.2 * rng.normal(size=400), hard + 0.2 * rng.normal(size=400)
    assert paired_t(a, b).error < welch(a, b).error / 3


def test_clustered_pairs():
    rng = np.random.default_rng(2)
    a, b, clusters = rng.normal(size=40), rng.normal(size=40), np.arange(40) // 4
    found, inner = paired_t(a, b, clusters=clusters), mean(a - b, clusters=clusters)
    assert found.interval == pytest.approx(inner.interval)
    assert found.error == pytest.approx(inner.error * np.sqrt(10 / 9))
    assert found.df == 9
    by_hand = np.sqrt(sum((a - b - (a - b).mean())[clusters == c].sum() ** 2 for c in range(10))) / 40
    assert inner.error == pytest.approx(by_hand)


def slow_flips(d):
    """All 2ⁿ sign vectors, zeros too, in whole numbers."""
    sums = [abs(sum(s * x for s, x in zip(signs, d, strict=True))) for signs in product([1, -1], repeat=len(d))]
    return sum(total >= abs(sum(d)) for total in sums) / len(sums)


@settings(max_examples=40)
@given(st.lists(st.integers(-4, 4), min_size=2, max_size=9))
def test_sign_flip_exact_as_counted_out(d):
    found = sign_flip(d, [0] * len(d), seed=0)
    assert found.exact
    assert found.p == slow_flips(d)
    tenth = sign_flip(np.array(d) / 10, [0] * len(d), seed=0)  # sums that are equal but for rounding are equal
    assert tenth.p == found.p


def test_sign_flip_exact_as_scipy():
    d = np.random.default_rng(0).normal(0.4, size=12)
    oracle = scipy.stats.permutation_test(
        (d, 0 * d), lambda a, b, axis: (a - b).mean(axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(d, 0 * d, seed=0).p == pytest.approx(oracle.pvalue)


@pytest.mark.parametrize("values", [np.r_[np.ones(14), -np.ones(5)], np.random.default_rng(3).normal(0.45, size=19)])
def test_random_flips_as_all_of_them(values, monkeypatch):
    """Binary scores: 2·P(X ≥ 14), X ~ Binomial(19, ½); otherwise all 2¹⁹ flips. Tolerance: 4 standard errors of 20,000 flips."""
    sampled = sign_flip(values, 0 * values, seed=5, flips=20_000)
    assert (sampled.exact, sampled.flips) == (False, 20_000)
    monkeypatch.setattr("bloomery.stats.paired.EXACT_UP_TO", 19)
    p = sign_flip(values, 0 * values, seed=5).p
    assert sampled.p == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / 20_000))
    if (abs(values) == 1).all():
        assert p == pytest.approx(scipy.stats.binomtest(14, 19).pvalue)


def test_sign_flip_is_never_0_and_seeded():
    d = np.arange(1.0, 41)
    assert sign_flip(d, 0 * d, seed=1, flips=999).p == 1 / 1000
    b = np.random.default_rng(0).normal(20, 80, size=40)
    assert sign_flip(d, b, seed=1) == sign_flip(d, b, seed=1)
    assert sign_flip(d, b, seed=1) != sign_flip(d, b, seed=2)
    with pytest.raises(NotComputableError):
        sign_flip(d, 0 * d, seed=1, flips=0)


def test_cuts_of_flips_do_not_matter(monkeypatch):
    d = np.random.default_rng(0).normal(0.2, size=50)
    before = sign_flip(d, 0 * d, seed=1), sign_flip(np.sign(d), 0 * d, seed=1)
    monkeypatch.setattr("bloomery.stats.paired._CELLS", 177)
    assert (sign_flip(d, 0 * d, seed=1), sign_flip(np.sign(d), 0 * d, seed=1)) == before


def test_clusters_flip_together():
    d = np.array([1.0, 2, -1, 3, 1, 1])
    assert sign_flip(d, 0 * d, seed=0, clusters=[0, 0, 1, 1, 2, 2]).p == slow_flips([3, 2, 2])


def test_two_equal_systems():
    same = np.arange(5.0)
    assert sign_flip(same, same, seed=0) == (1.0, True, 1)
    for estimate in (lambda: paired_t(same, same), lambda: paired_bootstrap_mean(same, same, seed=0)):
        with pytest.raises(NotComputableError):
            estimate()


def test_paired_bootstrap_mean_is_of_the_differences():
    a, b = np.random.default_rng(0).normal(size=(2, 30))
    clusters = np.arange(30) // 3
    assert paired_bootstrap_mean(a, b, seed=4, clusters=clusters) == bootstrap_mean(a - b, seed=4, clusters=clusters)


def test_pairs_must_match():
    with pytest.raises(ValueError, match="as many values"):
        paired_t([1, 2], [1, 2, 3])
