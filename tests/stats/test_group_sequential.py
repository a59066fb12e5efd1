import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from bloomery.errors import NotComputableError
from bloomery.stats.group_sequential import (
    boundaries,
    crossing_probabilities,
    decide,
    repeated_intervals,
    spent,
)

FRACTIONS = st.lists(st.integers(1, 100), min_size=1, max_size=6, unique=True).map(lambda looks: np.sort(looks) / 100)
SPENDING = st.sampled_from(["obrien_fleming", "pocock"])


def even(looks):
    return np.arange(1, looks + 1) / looks


@pytest.mark.parametrize(
    ("spending", "expected"),
    [
        # gsDesign (R): gsDesign(k = 4, test.type = 1, alpha = 0.025, sfu = sfLDOF / sfLDPocock)$upper$bound
        ("obrien_fleming", [4.332634, 2.963131, 2.359044, 2.014090]),
        ("pocock", [2.368328, 2.367524, 2.358168, 2.350036]),
    ],
)
def test_one_sided_bounds_are_those_of_gsdesign(spending, expected):
    np.testing.assert_allclose(boundaries(even(4), alpha=0.025, spending=spending, sides=1), expected, atol=2e-6)


@pytest.mark.parametrize(
    ("spending", "expected"),
    [
        # Reboussin, DeMets, Kim, Lan: Programs for computing group sequential boundaries using the Lan-DeMets method
        ("obrien_fleming", [4.877, 3.357, 2.680, 2.290, 2.031]),
        ("pocock", [2.438, 2.427, 2.410, 2.397, 2.386]),
    ],
)
def test_two_sided_bounds_are_the_published_ones(spending, expected):
    np.testing.assert_allclose(boundaries(even(5), spending=spending), expected, atol=6e-4)


# Armitage, McPherson, Rowe (JRSS A 1969), table 2: |Z| ≥ 1.96 at any of so many looks
REPEATED = {1: 0.050, 2: 0.083, 3: 0.107, 4: 0.126, 5: 0.142, 10: 0.193, 20: 0.248, 50: 0.320}
# Jennison and Turnbull (2000), tables 2.1 and 2.3: constants of Pocock's and of O'Brien and Fleming's own tests, α = .05
POCOCK = {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555}
OBRIEN_FLEMING = {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087}


@pytest.mark.parametrize(("looks", "expected"), REPEATED.items())
def test_peeks_at_a_fixed_n_test(looks, expected):
    found = crossing_probabilities(even(looks), [norm.isf(0.025)] * looks).sum()
    assert found == pytest.approx(expected, abs=5.01e-4)


@pytest.mark.parametrize("looks", POCOCK)
def test_published_constants_spend_five_percent(looks):
    # the constants have three decimals, and the probability changes by less than .2 for each 1 of them: .0005 · .2 = 1e-4
    pocock = crossing_probabilities(even(looks), [POCOCK[looks]] * looks).sum()
    obrien_fleming = crossing_probabilities(even(looks), OBRIEN_FLEMING[looks] / np.sqrt(even(looks))).sum()
    assert pocock == pytest.approx(0.05, abs=1e-4)
    assert obrien_fleming == pytest.approx(0.05, abs=1e-4)


@settings(deadline=None, max_examples=30)
@given(FRACTIONS, SPENDING, st.sampled_from([1, 2]), st.sampled_from([0.01, 0.05, 0.3]))
def test_each_look_spends_its_share(fractions, spending, sides, alpha):
    bounds = boundaries(fractions, alpha=alpha, spending=spending, sides=sides)
    found = crossing_probabilities(fractions, bounds, sides=sides)
    expected = sides * np.diff(spent(fractions, alpha=alpha / sides, spending=spending), prepend=0)
    np.testing.assert_allclose(found, expected, atol=1e-10)


@settings(deadline=None, max_examples=30)
@given(
    st.floats(0.05, 0.95),
    st.floats(0.5, 4),
    st.floats(0.5, 4),
    st.floats(-3, 3),
)
def test_two_looks_are_a_bivariate_normal(early, first, second, drift):
    means, root = drift * np.sqrt([early, 1.0]), math.sqrt(early)
    cov = [[1, root], [root, 1]]
    stay = multivariate_normal(means, cov).cdf([first, second], lower_limit=[-first, -second])
    found = crossing_probabilities([early, 1.0], [first, second], drift=drift)
    alone = norm.sf(first, means[0]) + norm.cdf(-first, means[0])
    np.testing.assert_allclose(found, [alone, 1 - stay - alone], atol=1e-8)


def test_many_looks_are_a_random_walk():
    # 200,000 walks of 8 looks with an effect: each share within 4 of its standard deviations √(p(1 − p)/200,000)
    fractions, walks = np.array([0.1, 0.15, 0.3, 0.45, 0.5, 0.8, 0.9, 1.0]), 200_000
    bounds = boundaries(fractions, spending="pocock", sides=1)
    rng = np.random.default_rng(5)
    steps = rng.normal(2 * np.diff(fractions, prepend=0), np.sqrt(np.diff(fractions, prepend=0)), (walks, 8))
    over = steps.cumsum(1) / np.sqrt(fractions) >= bounds
    first = np.where(over.any(1), over.argmax(1), 8)
    expected = crossing_probabilities(fractions, bounds, drift=2, sides=1)
    seen = np.bincount(first, minlength=9)[:8] / walks
    assert (np.abs(seen - expected) < 4 * np.sqrt(expected * (1 - expected) / walks)).all()


def test_one_look_is_the_plain_test():
    assert boundaries([1.0])[0] == pytest.approx(norm.isf(0.025), abs=1e-9)
    assert decide([1.7], [1.0]) == (None, pytest.approx([norm.isf(0.025)]), pytest.approx(2 * norm.sf(1.7), abs=1e-12))
    assert decide([-1.7], [1.0], sides=1).p_value == pytest.approx(norm.cdf(1.7), abs=1e-12)


@settings(deadline=None, max_examples=20)
@given(FRACTIONS, SPENDING, st.sampled_from([1, 2]), st.integers(0, 5))
def test_p_on_the_bound_is_what_has_been_spent(fractions, spending, sides, look):
    bounds = boundaries(fractions, spending=spending, sides=sides)
    look = min(look, len(fractions) - 1)
    if bounds[look] > 8:  # nothing to speak of is spent there
        return
    z = np.r_[np.zeros(look), bounds[look] + 1e-9]
    found = decide(z, fractions[: look + 1], spending=spending, sides=sides)
    assert found.crossed == look + 1
    assert found.p_value == pytest.approx(
        sides * spent(fractions[look], alpha=0.05 / sides, spending=spending), abs=1e-8
    )


def test_the_first_crossing_counts():
    early = decide([3.5, 0.0, 0.0], [0.4, 0.7, 1.0])
    assert early.crossed == 1
    assert early.p_value == pytest.approx(2 * norm.sf(3.5), abs=1e-15)
    # not crossed: earlier looks (spent by .5) and then |Z| ≥ 1.9 at the last one
    fractions = [0.5, 1.0]
    bounds = boundaries(fractions)
    late = decide([1.0, -1.9], fractions)
    assert late.crossed is None
    assert late.p_value == pytest.approx(crossing_probabilities(fractions, [bounds[0], 1.9]).sum(), abs=1e-12)
    assert decide([0.0, 0.0], fractions).p_value == pytest.approx(1, abs=1e-12)


def test_there_is_no_p_while_looks_go_on():
    # |Z| = 2.5 at half time is below the bound of 2.96: p = .012 would look like an effect
    assert decide([2.5], [0.5])[::2] == (None, None)
    assert decide([2.5], [0.5], final=True).p_value == pytest.approx(2 * norm.sf(2.5), abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-4, 4), min_size=3, max_size=3), SPENDING, st.sampled_from([1, 2]))
def test_p_is_below_alpha_just_when_a_bound_was_crossed(z, spending, sides):
    found = decide(z, even(3), spending=spending, sides=sides)
    assert (found.p_value <= 0.05) == (found.crossed is not None)


def test_repeated_intervals_exclude_zero_just_when_the_bound_is_crossed():
    rng = np.random.default_rng(0)
    for _ in range(20):
        estimates, errors = rng.normal(0.1, 0.05, 3), np.array([0.06, 0.045, 0.035])
        crossed = decide(estimates / errors, even(3)).crossed
        outside = [not low <= 0 <= high for low, high in repeated_intervals(estimates, errors, even(3))]
        assert crossed == (outside.index(True) + 1 if any(outside) else None)


def test_a_look_at_next_to_nothing_has_no_bound_and_no_end():
    bounds = boundaries([0.001, 1.0])
    assert np.isinf(bounds[0]) and bounds[1] == pytest.approx(norm.isf(0.025), abs=1e-9)
    assert repeated_intervals([5.0, 1.0], [1.0, 1.0], [0.001, 1.0])[0] == (-math.inf, math.inf)


def test_what_cannot_be_computed_says_why():
    with pytest.raises(NotComputableError, match="no looks"):
        boundaries([])
    with pytest.raises(NotComputableError, match="too close"):
        boundaries([0.5, 0.5 + 1e-12, 1.0])
    with pytest.raises(NotComputableError, match="standard error 0"):
        decide([math.nan], [1.0])
    with pytest.raises(NotComputableError, match="more than 0"):
        repeated_intervals([1.0], [0.0], [1.0])
    for wrong in ([0.0, 1.0], [0.5, 0.5], [0.5, 1.1], [1.0, 0.5], [math.nan]):
        with pytest.raises(ValueError, match="fractions"):
            boundaries(wrong)
    with pytest.raises(ValueError, match="each of the 2 looks"):
        decide([1.0], [0.5, 1.0])
    with pytest.raises(ValueError, match="sides"):
        boundaries([1.0], sides=3)
    with pytest.raises(ValueError, match="spending"):
        spent(0.5, spending="haybittle")
    with pytest.raises(ValueError, match="at least 0"):
        crossing_probabilities([1.0], [-1.0])
