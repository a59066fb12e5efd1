import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bloomery.errors import NotComputableError
from bloomery.stats.bradley_terry import bootstrap_strengths, bradley_terry
from bloomery.stats.interval import Interval


def by_glm(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strengths and covariance of statsmodels' logistic regression: the first player is 0, then the mean is taken off."""
    k = len(table)
    first, second = np.triu_indices(k, 1)
    met = table[first, second] + table[second, first] > 0
    first, second = first[met], second[met]
    sides = np.zeros((len(first), k))
    sides[np.arange(len(first)), first], sides[np.arange(len(first)), second] = 1, -1
    outcomes = np.stack([table[first, second], table[second, first]], axis=1)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # of statsmodels: no degree of freedom left, or all outcomes even
        fit = sm.GLM(outcomes, sides[:, 1:], family=sm.families.Binomial()).fit(tol=1e-14, maxiter=200)
    centre = np.eye(k) - 1 / k
    covariance = np.zeros((k, k))
    covariance[1:, 1:] = fit.cov_params()
    return centre @ np.concatenate([[0], fit.params]), centre @ covariance @ centre


@given(arrays(np.int64, (4, 4), elements=st.integers(0, 20)), arrays(np.int64, (4, 4), elements=st.integers(0, 5)))
@settings(max_examples=60, deadline=None)
def test_strengths_and_covariance_as_statsmodels(wins: np.ndarray, some: np.ndarray) -> None:
    np.fill_diagonal(wins, 0)
    ties = np.triu(some, 1) + np.triu(some, 1).T
    try:
        fit = bradley_terry(wins, ties=ties)
    except NotComputableError:
        assume(False)
    strengths, covariance = by_glm(wins + ties / 2)
    assert np.allclose(fit.strengths, strengths, atol=1e-7)
    assert np.allclose(fit.covariance, covariance, rtol=1e-6, atol=1e-8)
    assert fit.strengths.sum() == pytest.approx(0, abs=1e-12)
    assert np.allclose(fit.covariance.sum(axis=0), 0, atol=1e-8)


def test_two_players_by_hand() -> None:
    """30 to 10: the difference is log 3, its variance 1/30 + 1/10, and each strength is half of both."""
    fit = bradley_terry([[0, 30], [10, 0]], names=["a", "b"])
    value, (low, high) = fit.difference("a", "b")
    se = np.sqrt(1 / 30 + 1 / 10)
    assert (value, high - value, value - low) == pytest.approx((np.log(3), 1.959964 * se, 1.959964 * se), abs=1e-6)
    assert fit.strengths.tolist() == pytest.approx([np.log(3) / 2, -np.log(3) / 2])
    assert fit.intervals[0].high - fit.strengths[0] == pytest.approx(1.959964 * se / 2, abs=1e-6)
    assert fit.chance("a", "b")[0] == pytest.approx(0.75)
    assert fit.chance("a", "b")[1] == pytest.approx((1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))))


def test_a_tie_is_half_a_win() -> None:
    tied = bradley_terry([[0, 6], [2, 0]], ties=[[0, 4], [4, 0]])
    assert tied.strengths.tolist() == pytest.approx(bradley_terry([[0, 8], [4, 0]]).strengths.tolist())


def test_elo_has_400_points_for_ten_times_the_odds() -> None:
    elo = bradley_terry([[0, 100], [10, 0]], names=["a", "b"]).elo(mean=1500)
    assert (elo["a"][0], elo["b"][0]) == pytest.approx((1700, 1300))
    assert elo["a"][1].low < 1700 < elo["a"][1].high


def test_the_order_of_players_does_not_matter() -> None:
    wins = np.random.default_rng(4).integers(1, 9, size=(5, 5)) * (1 - np.eye(5))
    order = [3, 0, 4, 2, 1]
    turned = bradley_terry(wins[np.ix_(order, order)])
    assert np.allclose(turned.strengths, bradley_terry(wins).strengths[order], atol=1e-10)


@pytest.mark.parametrize(
    ("wins", "said"),
    [
        ([[0, 3, 0], [2, 0, 0], [0, 0, 0]], "never compared with each other: a, b; c"),
        ([[0, 3, 1], [0, 0, 2], [0, 2, 0]], "a never lost or tied.*infinitely strong; b, c never won"),
        ([[0, 3, 1], [3, 0, 2], [0, 0, 0]], "a, b never lost or tied.*; c never won"),
        ([[0, 0, 0], [0, 0, 0], [0, 0, 0]], "never compared with each other: a; b; c"),
    ],
)
def test_players_without_a_finite_strength_are_named(wins, said: str) -> None:
    with pytest.raises(NotComputableError, match=said) as error:
        bradley_terry(wins, names=["a", "b", "c"])
    assert "prior=1" in str(error.value)
    fit = bradley_terry(wins, names=["a", "b", "c"], prior=1)
    assert np.isfinite(fit.strengths).all()


def test_a_prior_is_as_many_ties_of_each_two() -> None:
    fit = bradley_terry([[0, 5, 1], [0, 0, 2], [0, 0, 0]], prior=2)
    same = bradley_terry([[0, 6, 2], [1, 0, 3], [1, 1, 0]])
    assert np.allclose(fit.strengths, same.strengths)
    assert np.allclose(fit.covariance, same.covariance)


def test_extreme_results_converge() -> None:
    fit = bradley_terry([[0, 1e6, 1e6], [1, 0, 1e6], [1e-3, 1, 0]])
    assert fit.difference("0", "1")[0] > 10
    expected = [1e6 + 1e6, 1 + 1e6, 1e-3 + 1]
    games = np.array([[0, 1e6 + 1, 1e6 + 1e-3], [1e6 + 1, 0, 1e6 + 1], [1e6 + 1e-3, 1e6 + 1, 0]])
    chance = 1 / (1 + np.exp(fit.strengths[None, :] - fit.strengths[:, None]))
    assert (games * chance).sum(axis=1) == pytest.approx(expected, abs=1e-4)


def test_bootstrap_is_seeded_and_near_fisher_information_without_ties() -> None:
    """300 games a pair: both ways have the same spread, to 4 Monte Carlo errors of a quantile of 1,000 replicates (about 4·4 %)."""
    wins = [[0, 180, 210], [120, 0, 160], [90, 140, 0]]
    one, other = (bootstrap_strengths(wins, names=["a", "b", "c"], seed=seed) for seed in (1, 2))
    assert one == bootstrap_strengths(wins, names=["a", "b", "c"], seed=1) != other
    fit = bradley_terry(wins, names=["a", "b", "c"])
    for name, interval in zip(fit.names, fit.intervals, strict=True):
        assert one[name].high - one[name].low == pytest.approx(interval.high - interval.low, rel=0.16)


def test_ties_make_the_bootstrap_narrower_than_fisher_information() -> None:
    wins, ties = [[0, 40], [40, 0]], [[0, 220], [220, 0]]
    low, high = bootstrap_strengths(wins, ties=ties)["0"]
    fisher = bradley_terry(wins, ties=ties).intervals[0]
    assert high - low < 0.8 * (fisher.high - fisher.low)


def test_a_bootstrap_with_infinite_replicates_is_refused() -> None:
    """A player who lost 1 of 20 loses none in (19/20)^20 = 36 % of the replicates."""
    with pytest.raises(NotComputableError, match=r"in 3\d% of the replicates"):
        bootstrap_strengths([[0, 19], [1, 0]])
    assert isinstance(bootstrap_strengths([[0, 19], [1, 0]], prior=1)["0"], Interval)


def test_pairs_that_never_met_stay_so() -> None:
    found = bootstrap_strengths([[0, 30, 0], [20, 0, 30], [0, 20, 0]], replicates=200)
    assert found["0"].low > found["2"].low


def test_coverage_of_a_difference() -> None:
    """400 tournaments of 4 players, 40 games a pair: 95 % to 3 Monte Carlo errors, 3·√(.95·.05/400) = 3.3 %."""
    rng = np.random.default_rng(7)
    truth = np.array([0.8, 0.2, -0.2, -0.8])
    chance = 1 / (1 + np.exp(truth[None, :] - truth[:, None]))
    held = 0
    for _ in range(400):
        above = np.triu(rng.binomial(40, chance), 1)
        wins = above + np.tril(40 - above.T, -1)
        low, high = bradley_terry(wins).difference("0", "3")[1]
        held += low <= 1.6 <= high
    assert held / 400 == pytest.approx(0.95, abs=0.033)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"wins": [[0, 1]]}, "square"),
        ({"wins": [[0]]}, "two players"),
        ({"wins": [[0, -1], [1, 0]]}, "not negative"),
        ({"wins": [[1, 1], [1, 0]]}, "diagonal"),
        ({"wins": [[0, 1], [1, 0]], "ties": [[0, 1], [0, 0]]}, "symmetric"),
        ({"wins": [[0, 1], [1, 0]], "names": ["a", "a"]}, "different names"),
        ({"wins": [[0, 1], [1, 0]], "prior": -1}, "virtual ties"),
    ],
)
def test_wrong_tables(arguments, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        bradley_terry(**arguments)
    if "wins" in arguments and said == "square":
        with pytest.raises(ValueError, match="whole numbers"):
            bootstrap_strengths([[0, 1.5], [1, 0]])
