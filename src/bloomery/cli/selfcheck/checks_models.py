"""Bradley–Terry, prediction-powered inference, CUPED: published strengths, and small examples solved by hand."""

from math import exp, log, log10, sqrt
from typing import Any

from bloomery.cli.selfcheck.by_hand import T3, Z95
from bloomery.cli.selfcheck.check import EXACT, Check, digits
from bloomery.stats import bradley_terry, cuped, prediction_powered

#: wins of Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore over each other
_LEAGUE = [
    [0, 7, 9, 7, 7, 9, 11],
    [6, 0, 7, 5, 11, 9, 9],
    [4, 6, 0, 7, 7, 8, 12],
    [6, 8, 6, 0, 6, 7, 10],
    [6, 2, 6, 7, 0, 7, 12],
    [4, 4, 5, 6, 6, 0, 6],
    [2, 4, 1, 3, 1, 7, 0],
]
_ODDS = log(3) / 2  # 30 wins of 40: half of log 3 either way
_REACH = Z95 / sqrt(30)  # n p q = 40 · ¾ · ¼ = 7.5; variance 1/(4 · 7.5)
_APART = Z95 / sqrt(7.5)


def _thirty() -> Any:
    return bradley_terry.bradley_terry([[0, 30], [10, 0]], names=["a", "b"])


def _league() -> Any:
    strengths = bradley_terry.bradley_terry(_LEAGUE).strengths
    return strengths[:-1] - strengths[-1]


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-logit))


_ELO = 200 * log10(3)
_ELO_REACH = 400 / log(10) * _REACH
# y = 1, 2, 3; f = 1, 1, 2; f̃ = 0, 2: y − f = 0, 1, 1 with mean 2/3 and variance 1/3; variance 2/2 + (1/3)/3 = 10/9
_PPI = ([1, 2, 3], [1, 1, 2], [0, 2])
_PPI_REACH = Z95 * sqrt(10 / 9)
# x = 0, 1, 2 and 1, 2, 3; y = 0, 3, 3 and 5, 8, 8: θ = (3 + 3)/(2 + 2) = 1½; what is left in each arm is −½, 1, −½, variance ¾;
# times (6 − 2)/(6 − 2 − 1), by 3, twice: ⅔; without covariates 3/3, twice: 2. Welch's degrees 4, less 1
_CUPED_REACH = T3 * sqrt(2 / 3)

CHECKS = (
    Check(
        "stats.bradley_terry.bradley_terry",
        "30 of 40 games won",
        _thirty,
        (
            "a",
            "b",
            _ODDS,
            -_ODDS,
            _ODDS - _REACH,
            _ODDS + _REACH,
            -_ODDS - _REACH,
            -_ODDS + _REACH,
            1 / 30,
            -1 / 30,
            -1 / 30,
            1 / 30,
            0.95,
        ),
        "odds of 3: ± ½ log 3, variance 1/(4 · 40 · ¾ · ¼)",
        1e-8,
    ),
    Check(
        "stats.bradley_terry.bradley_terry",
        "baseball 1987, six teams against Baltimore",
        _league,
        (1.581, 1.436, 1.294, 1.248, 1.108, 0.684),
        "Agresti 2002, Categorical Data Analysis, table 10.10",
        digits(3),
    ),
    Check(
        "stats.bradley_terry.BradleyTerry.difference",
        "30 of 40 games won: the difference",
        lambda: _thirty().difference("a", "b"),
        (log(3), log(3) - _APART, log(3) + _APART),
        "log 3 ± 1.96/√7.5",
        1e-8,
    ),
    Check(
        "stats.bradley_terry.BradleyTerry.chance",
        "30 of 40 games won: the chance",
        lambda: _thirty().chance("a", "b"),
        (0.75, _chance(log(3) - _APART), _chance(log(3) + _APART)),
        "3/(3 + 1)",
        1e-8,
    ),
    Check(
        "stats.bradley_terry.BradleyTerry.elo",
        "30 of 40 games won: points",
        lambda: _thirty().elo(),
        {
            "a": (1000 + _ELO, 1000 + _ELO - _ELO_REACH, 1000 + _ELO + _ELO_REACH),
            "b": (1000 - _ELO, 1000 - _ELO - _ELO_REACH, 1000 - _ELO + _ELO_REACH),
        },
        "1000 ± 200 log₁₀ 3",
        1e-5,
    ),
    Check(
        "stats.bradley_terry.bootstrap_strengths",
        "5 of 10 games won: percentiles",
        lambda: bradley_terry.bootstrap_strengths([[0, 5], [5, 0]], names=["a", "b"], replicates=4000, seed=1),
        {"a": (-log(2), log(2)), "b": (-log(2), log(2))},
        "binomial(10, ½): 2 and 8 wins, ½ log(8/2)",
        1e-7,
    ),
    Check(
        "stats.prediction_powered.ppi_mean",
        "three labels, weight 1",
        lambda: prediction_powered.ppi_mean(*_PPI, weight=1.0),
        (5 / 3, 5 / 3 - _PPI_REACH, 5 / 3 + _PPI_REACH, sqrt(10 / 9), 1, 0.9),
        "Angelopoulos 2023: 1 + 2/3; variance 2/2 + (1/3)/3",
    ),
    Check(
        "stats.prediction_powered.ppi_mean",
        "the tuned weight",
        lambda: prediction_powered.ppi_mean(*_PPI).weight,
        2 / 7,
        "PPI++: ½/((1 + 3/2) · .7)",
    ),
    Check(
        "stats.cuped.cuped",
        "two arms of three rows, one covariate",
        lambda: cuped.cuped([0, 3, 3, 5, 8, 8], [0, 0, 0, 1, 1, 1], [0, 1, 2, 1, 2, 3]),
        (3.5, 3.5 - _CUPED_REACH, 3.5 + _CUPED_REACH, sqrt(2 / 3), 1.5, 2 / 3, 5, sqrt(2)),
        "Deng 2013: 5 − θ · 1, θ = 6/4; variances ⅔ and 2",
        EXACT,
    ),
)
