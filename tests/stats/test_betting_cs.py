import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import NotComputableError
from bloomery.stats import betting_cs as module
from bloomery.stats.betting_cs import betting_cs, betting_log_capital, empirical_bernstein_cs

VALUES = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), min_size=1, max_size=60)


def naive_bets(values, alpha):
    """λ_i, one value after the other."""
    total, squares, variance, bets = 0.5, 0.25, 0.25, []
    for i, x in enumerate(values, start=1):
        bets.append(math.sqrt(2 * math.log(2 / alpha) / (variance * i * math.log(i + 1))))
        total += x
        squares += (x - total / (i + 1)) ** 2
        variance = squares / (i + 1)
    return bets


def naive_capitals(values, m, alpha):
    """K⁺ and K⁻ after each value."""
    up = down = 1.0
    for x, bet in zip(values, naive_bets(values, alpha), strict=True):
        up *= 1 + min(bet, 0.5 / m) * (x - m)
        down *= 1 - min(bet, 0.5 / (1 - m)) * (x - m)
        yield up, down


@given(VALUES, st.sampled_from([0.01, 0.3, 0.5, 0.99]), st.sampled_from([0.05, 0.2]))
def test_capital_is_that_of_the_slow_loop(values, m, alpha):
    found = np.exp(betting_log_capital(values, m, alpha=alpha))
    expected = [max(up, down) / 2 for up, down in naive_capitals(values, m, alpha)]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@settings(deadline=None, max_examples=40)
@given(VALUES, st.sampled_from([10, 40]), st.sampled_from([7, 2_000_000]))
def test_sequence_is_what_no_bet_has_ruled_out(values, grid, block):
    alpha = 0.2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        sequence = betting_cs(values, alpha=alpha, grid=grid)
    capitals = {g: list(naive_capitals(values, g / grid, alpha)) for g in range(1, grid)}
    low, high = 0, grid
    for n in range(len(values)):
        under = [g for g in capitals if capitals[g][n][0] / 2 >= 1 / alpha]
        over = [g for g in capitals if capitals[g][n][1] / 2 >= 1 / alpha]
        low, high = max([low, *under]), min([high, *over])
        if low > high:
            return
        assert (sequence.low[n], sequence.high[n]) == (low / grid, high / grid)


def test_one_right_answer_as_arithmetic():
    # α = 1/2: λ_1 = √(2 log 4 / (1/4 · log 2)) = 4, and for m > 1/8 cut to (1/2)/m, so K⁺ = 1 + (1/2)/m (1 − m) = .5 + .5/m;
    # ruled out if K⁺/2 ≥ 1/α = 2: m ≤ 1/7
    sequence = betting_cs([1.0], alpha=0.5, grid=10_000)
    assert (sequence.low[0], sequence.high[0]) == (math.floor(10_000 / 7) / 10_000, 1)


def test_bounds_move_and_stretch_the_sequence():
    values = np.random.default_rng(0).random(200)
    unit, moved = betting_cs(values), betting_cs(values * 2 - 1, bounds=(-1, 1))
    for a, b in zip(unit, moved, strict=True):
        np.testing.assert_allclose(2 * a - 1, b, atol=1e-12)


@given(VALUES)
@settings(deadline=None)
def test_mirrored_values_give_the_mirrored_sequence(values):
    values = np.array(values)
    for make in (lambda x: betting_cs(x, grid=50), empirical_bernstein_cs):
        straight, mirrored = make(values), make(1 - values)
        np.testing.assert_allclose(straight.low, 1 - mirrored.high, atol=1e-9)


@given(VALUES)
def test_empirical_bernstein_is_that_of_the_slow_loop(values):
    alpha, mean, total = 0.1, 0.5, 0.5
    weights = weighted = spread = 0.0
    low, high = 0.0, 1.0
    sequence = empirical_bernstein_cs(values, alpha=alpha)
    for i, (x, bet) in enumerate(zip(values, naive_bets(values, alpha), strict=True)):
        bet = min(bet, 0.5)
        weights, weighted = weights + bet, weighted + bet * x
        spread += 4 * (x - mean) ** 2 * (-math.log(1 - bet) - bet) / 4
        total += x
        mean = total / (i + 2)
        half = (math.log(2 / alpha) + spread) / weights
        low, high = max(low, weighted / weights - half), min(high, weighted / weights + half)
        if low > high:
            return
        assert sequence.low[i] == pytest.approx(low, abs=1e-9)
        assert sequence.high[i] == pytest.approx(high, abs=1e-9)


def test_zero_of_300_excludes_a_few_percent_and_is_never_without_width():
    # the rule of three says < 1.3 % (CASES: a Wald interval has no width); a sequence that may be watched costs more
    sequence = betting_cs([0.0] * 300)
    assert sequence.low[-1] == 0
    assert 0.01 < sequence.high[-1] < 0.03
    assert (sequence.high > sequence.low).all()


def test_values_whose_mean_moves_leave_the_last_interval_standing():
    sequence = betting_cs([0.0] * 500 + [1.0] * 500)
    assert (sequence.low <= sequence.high).all()
    assert sequence.high[-1] < 0.1
    many = empirical_bernstein_cs([[0.0] * 500 + [1.0] * 500, [0.0, 1.0] * 500])
    assert (many.low <= many.high).all() and many.high[0, -1] < 0.1 and many.low[1, -1] < 0.5 < many.high[1, -1]


def test_streams_of_many_rows_are_those_of_each():
    values = np.random.default_rng(1).random((3, 100))
    np.testing.assert_array_equal(betting_log_capital(values, 0.4)[2], betting_log_capital(values[2], 0.4))
    np.testing.assert_array_equal(empirical_bernstein_cs(values).low[2], empirical_bernstein_cs(values[2]).low)


def test_what_cannot_be_computed_says_why():
    with pytest.raises(NotComputableError, match=r"found 0\.5 to 1\.5"):
        betting_cs([0.5, 1.5])
    with pytest.raises(NotComputableError, match="no values"):
        empirical_bernstein_cs([])
    with pytest.raises(ValueError, match="one stream"):
        betting_cs([[0.5, 1.0]])
    with pytest.raises(ValueError, match="bounds"):
        betting_cs([0.5], bounds=(1, 0))
    with pytest.raises(ValueError, match="between the bounds"):
        betting_log_capital([0.5], 1.0)
    with pytest.raises(ValueError, match="grid"):
        betting_cs([0.5], grid=1)
