import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import xlogy
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar as chi_square

from bloomery.stats.score import farrington_manning, farrington_manning_z, tango, tango_z
from bloomery.stats.unpaired import two_proportions

DIFFERENCES = st.sampled_from([-0.8, -0.3, -0.05, 0.01, 0.1, 0.5, 0.9])


@st.composite
def pairs(draw, most=400):
    n = draw(st.integers(1, most))
    b = draw(st.integers(0, n))
    return b, draw(st.integers(0, n - b)), n


@st.composite
def groups(draw, most=400):
    n_a, n_b = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n_a)), n_a, draw(st.integers(0, n_b)), n_b


def slow_tango(b, c, n, difference):
    """The likelihood of (q + Δ, q, 1 − 2q − Δ) maximised by search."""
    low, high = max(0, -difference), (1 - difference) / 2

    def unlikely(q):
        return -(xlogy(b, q + difference) + xlogy(c, q) + xlogy(n - b - c, max(0, 1 - 2 * q - difference)))

    q = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    q = min((q, low, high), key=unlikely)
    return (b - c - n * difference) / np.sqrt(n * (2 * q + difference - difference**2))


@settings(max_examples=60)
@given(pairs(), DIFFERENCES)
def test_tango_as_the_likelihood_maximised_by_search(case, difference):
    """A search finds the maximum to about 10⁻⁸ of q (the square root of the precision of the likelihood)."""
    assert tango_z(*case, difference) == pytest.approx(slow_tango(*case, difference), rel=1e-5, abs=1e-5)


@given(pairs())
def test_tango_at_0_is_mcnemar(case):
    b, c, n = case
    assume(b + c)
    assert tango_z(b, c, n, 0.0) ** 2 == pytest.approx(
        chi_square([[0, b], [c, 0]], exact=False, correction=False).statistic
    )


def slow_farrington_manning(k_a, n_a, k_b, n_b, difference):
    """The likelihood of (p, p − Δ) maximised by search."""
    low, high = max(0, difference), min(1, 1 + difference)

    def unlikely(p):
        q = p - difference
        first = xlogy(k_a, p) + xlogy(n_a - k_a, max(0, 1 - p))
        return -(first + xlogy(k_b, max(0, q)) + xlogy(n_b - k_b, max(0, 1 - q)))

    p = minimize_scalar(unlikely, bounds=(low, high), method="bounded", options={"xatol": 1e-12}).x
    p = min((p, low, high), key=unlikely)
    q = p - difference
    return (k_a / n_a - k_b / n_b - difference) / np.sqrt(p * (1 - p) / n_a + q * (1 - q) / n_b)


@settings(max_examples=60)
@given(groups(), DIFFERENCES)
def test_farrington_manning_as_the_likelihood_maximised_by_search(case, difference):
    """Not against statsmodels 0.15: its cubic has c0·Δ where Miettinen and Nurminen (1985) have n0·Δ."""
    oracle = slow_farrington_manning(*case, difference)
    assert farrington_manning_z(*case, difference) == pytest.approx(oracle, rel=1e-5, abs=1e-5)


@given(groups())
def test_farrington_manning_at_0_is_the_test_of_two_shares(case):
    k_a, n_a, k_b, n_b = case
    assume(0 < k_a + k_b < n_a + n_b)
    assert 2 * norm.sf(abs(farrington_manning_z(*case, 0.0))) == pytest.approx(two_proportions(*case), rel=1e-6)


@settings(max_examples=60)
@given(pairs(), groups(), st.sampled_from([0.8, 0.9, 0.95]))
def test_intervals_are_what_is_not_rejected(pair, group, level):
    z = norm.ppf((1 + level) / 2)
    b, c, n = pair
    k_a, n_a, k_b, n_b = group
    for interval, z_of, seen in [
        (tango(*pair, level), lambda d: tango_z(*pair, d), (b - c) / n),
        (farrington_manning(*group, level), lambda d: farrington_manning_z(*group, d), k_a / n_a - k_b / n_b),
    ]:
        assert -1 <= interval.low <= seen <= interval.high <= 1
        assert interval.low < interval.high
        for end, sign in ((interval.low, 1), (interval.high, -1)):
            if abs(end) < 1 - 1e-6:
                assert sign * z_of(end) == pytest.approx(z, rel=1e-4)


def test_no_disagreement_has_a_width():
    """Z(Δ) = −√n·Δ/√(Δ(1 − Δ)), so the ends are ± z²/(n + z²)."""
    z2 = norm.ppf(0.975) ** 2
    assert tango(0, 0, 300) == pytest.approx((-z2 / (300 + z2), z2 / (300 + z2)))


def test_refused():
    for wrong in (lambda: tango(3, 3, 5), lambda: tango_z(1, 1, 5, 1.0), lambda: farrington_manning_z(6, 5, 1, 5, 0)):
        with pytest.raises(ValueError, match="expected"):
            wrong()
