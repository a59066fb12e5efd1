"""Methods that may be looked at any time, and group-sequential ones: short streams by arithmetic, published bounds."""

from math import e, erfc, exp, inf, log, log1p, sqrt

import numpy as np

from bloomery.cli.selfcheck.by_hand import Z95, best_growth, phi
from bloomery.cli.selfcheck.check import EXACT, Check, digits, refusal
from bloomery.stats import asymptotic_cs, betting_cs, group_sequential, msprt, srm, streams, tails

#: x = nρ² at the best ρ, 8.212
_X = best_growth(0.05)
_HALF = np.tile([0.0, 1.0], 100)  # 200 values, mean ½, variance 50/199
_ARMS = np.tile([0, 1], 200)
_BOTH_ARMS = np.tile([0.0, 2.0, 1.0, 1.0], 100)  # arm 0: 0, 1, 0, 1 …; arm 1: 2, 1, 2, 1 …


def _reach(n: int, variance: float) -> float:
    """√s² √(2(nρ² + 1)/(nρ)² log(√(nρ² + 1)/α)), with nρ² = x and so (nρ)² = n x."""
    return sqrt(variance * 2 * (_X + 1) / (n * _X) * log(sqrt(_X + 1) / 0.05))


_MEAN = _reach(200, 50 / 199)
_TWO_MEANS = _reach(400, 400 * 2 * (50 / 199) / 200)

# ten times 1, by betting: against m every bet is ½/m, so K⁺ = (1 + ½(1 − m)/m)¹⁰ = (½ + ½/m)¹⁰ ≥ 2/α = 40
_RULED_OUT = int(1000 * 0.5 / (40**0.1 - 0.5)) / 1000
# and by Bernstein: every λ is ½, μ̂ before the i-th is (½ + i − 1)/i, so v_i = 4 (½/i)² = 1/i²
_BERNSTEIN = (log(40) + (log(2) - 0.5) / 4 * sum(1 / i**2 for i in range(1, 11))) / 5
_QUARTERS = (np.tile([0, 1, 0, 1], 25), np.tile([1, 1, 1, 0], 25))  # rates .5 and .75, V = .25 + .1875
_LOG_TWO_ARM = log(0.4375 / (0.4375 + 1)) / 2 + (100 * 0.1 * 0.25) ** 2 / (2 * 0.4375 * (0.4375 + 1))
_BET = 2 * log(2 * 1.18 / 1.36)
_FIVE = (0.2, 0.4, 0.6, 0.8, 1.0)


def _ends(sequence: streams.ConfidenceSequence, *places: int) -> list[tuple[float, ...]]:
    return [tuple(float(side[place]) for side in sequence) for place in places]


def _armitage(looks: int) -> float:
    times = [(look + 1) / looks for look in range(looks)]
    return float(group_sequential.crossing_probabilities(times, [1.96] * looks).sum())


CHECKS = (
    Check(
        "stats.streams.streams",
        "a stream; one with a value that is missing",
        lambda: (streams.streams([1, 2]), refusal(lambda: streams.streams([1, np.nan]))),
        (1, 2, "NotComputableError"),
        "by definition",
    ),
    Check(
        "stats.streams.probability",
        "α of .05, and of 5",
        lambda: (streams.probability(0.05), refusal(lambda: streams.probability(5))),
        (0.05, "ValueError"),
        "by definition",
    ),
    Check(
        "stats.streams.running",
        "running mean and variance of 2, 4, 9",
        lambda: streams.running(np.array([2.0, 4.0, 9.0])),
        (1, 2, 3, 2, 3, 5, 0, 2, 13),
        "(9 + 1 + 16)/2 = 13",
    ),
    Check(
        "stats.streams.lopsided",
        "squared skewness of 0, 0, 0, 1",
        lambda: streams.lopsided(np.array([0.0, 0.0, 0.0, 1.0])),
        (inf, inf, inf, 4 / 3),
        "(1 − 2/4)²/(1/4 · 3/4)",
    ),
    Check(
        "stats.streams.shape",
        "central moments of 0, 0, 0, 4",
        lambda: [moments[-1] for moments in streams.shape(np.array([0.0, 0.0, 0.0, 4.0]))],
        (3, 6, 21),
        "m₂ = (3·1² + 3²)/4, m₃ = (−3·1³ + 3³)/4, m₄ = (3·1⁴ + 3⁴)/4",
    ),
    Check(
        "stats.tails.straight",
        "t = 3 of a mean with skewness .3, and 1.5 with 0",
        lambda: (tails.straight(3.0, 0.3), tails.straight(1.5, 0.0)),
        (4.04, 1.5),
        "Hall 1992: 3 + .3 · 9/3 + .09 · 27/27 + .3/6",
    ),
    Check(
        "stats.tails.bent",
        "what becomes 4.04, and −1.5",
        lambda: (tails.bent(4.04, 0.3), tails.bent(-1.5, 0.0)),
        (3, -1.5),
        "Hall 1992, the other way round",
    ),
    Check(
        "stats.tails.tail",
        "0, 0, 1, 5: how much skewness may be hidden",
        lambda: tails.tail(np.array([0.0, 0.0, 1.0, 5.0]))[[1, 2, 3]],
        (0, 0, 18 * (1 - (1 + 81 / 4.25**3) / (40.0625 / 4.25**2))),
        "m₂ = 4.25, m₃ = 9, m₄ = 40.0625: 2 h m₃",
    ),
    Check(
        "stats.streams.ConfidenceSequence.first_without",
        "when 0 was first outside",
        lambda: streams.ConfidenceSequence(
            np.ones(3), np.array([-1.0, 0.1, 0.2]), np.array([2.0, 1.5, 1.4])
        ).first_without(0.0),
        2,
        "counted",
    ),
    Check(
        "stats.asymptotic_cs.best_rho",
        "ρ that is narrowest after 1,000",
        lambda: asymptotic_cs.best_rho(1000),
        sqrt(_X / 1000),
        "x = nρ²: x − log(1 + x) = 2 log 20",
    ),
    Check(
        "stats.asymptotic_cs.half_width",
        "n = 100, s² = 1, ρ = .1",
        lambda: asymptotic_cs.half_width(100, 1.0, rho=0.1),
        sqrt(4 / 100 * log(sqrt(2) / 0.05)),
        "Waudby-Smith 2024: √(2 · 2/10² · log(√2/.05))",
    ),
    Check(
        "stats.asymptotic_cs.asymptotic_cs",
        "100 times 0, 1: after 1 and after 200",
        lambda: _ends(asymptotic_cs.asymptotic_cs(_HALF, target=200), 0, -1),
        (0, -inf, inf, 0.5, 0.5 - _MEAN, 0.5 + _MEAN),
        "Waudby-Smith 2024, s² = 50/199",
    ),
    Check(
        "stats.asymptotic_cs.asymptotic_cs_difference",
        "two arms of 200, means ½ and 1½",
        lambda: _ends(asymptotic_cs.asymptotic_cs_difference(_BOTH_ARMS, _ARMS, target=400), 0, -1)[1],
        (1, 1 - _TWO_MEANS, 1 + _TWO_MEANS),
        "variance 400 (s²/200 + s²/200), s² = 50/199",
    ),
    Check(
        "stats.betting_cs.betting_log_capital",
        "ten times 1, against a mean of ½",
        lambda: betting_cs.betting_log_capital([1.0] * 10, 0.5)[[0, -1]],
        (log(1.5 / 2), 10 * log(1.5) - log(2)),
        "Waudby-Smith and Ramdas 2024: bets of 1, 1.5ⁿ/2",
    ),
    Check(
        "stats.betting_cs.betting_cs",
        "ten times 1: after 1 and after 10",
        lambda: _ends(betting_cs.betting_cs([1.0] * 10), 0, -1),
        (1, 0, 1, 1, _RULED_OUT, 1),
        "(½ + ½/m)¹⁰ ≥ 40: m ≤ .528",
    ),
    Check(
        "stats.betting_cs.empirical_bernstein_cs",
        "ten times 1: after 1 and after 10",
        lambda: _ends(betting_cs.empirical_bernstein_cs([1.0] * 10), 0, -1),
        (1, 0, 1, 1, 1 - _BERNSTEIN, 1),
        "1 − (log 40 + ψ(½) Σ 1/i²)/5",
    ),
    Check(
        "stats.msprt.log_mixture_ratio",
        "n = 100, mean .3, σ = 1, τ = .1",
        lambda: msprt.log_mixture_ratio(100, 0.3, 1.0, tau=0.1),
        log(0.5) / 2 + 2.25,
        "Johari 2022: ½ log ½ + 100² · .01 · .09/(2 · 2)",
    ),
    Check(
        "stats.msprt.always_valid",
        "Λ of ½, 4, 2",
        lambda: msprt.always_valid(np.log([0.5, 4.0, 2.0])),
        (-log(2), log(4), log(2), 1, 1 / 4, 1 / 4),
        "1/4 from the second on: it never rises",
    ),
    Check(
        "stats.msprt.msprt_mean",
        "2, 2 with σ = τ = 1",
        lambda: msprt.msprt_mean([2.0, 2.0], tau=1.0, variance=1.0),
        (1 - log(2) / 2, 8 / 3 - log(3) / 2, exp(log(2) / 2 - 1), exp(log(3) / 2 - 8 / 3)),
        "½ log ½ + 2²/(2 · 2), ½ log ⅓ + 4²/(2 · 3)",
    ),
    Check(
        "stats.msprt.msprt_two_arm",
        "rates .5 and .75, 100 pairs, τ = .1",
        lambda: [float(side[place]) for side in msprt.msprt_two_arm(*_QUARTERS, tau=0.1) for place in (0, -1)][:3],
        (0, _LOG_TWO_ARM, 1),
        "Johari 2022: V = .25 + .1875; nothing is said at first",
    ),
    Check(
        "stats.msprt.two_arm_e_value",
        "0, 0 against 1, 1",
        lambda: msprt.two_arm_e_value([0, 0], [1, 1]),
        (0, _BET, 1, exp(-_BET)),
        "Turner 2024: the second pair bets 1.18/1.36 against ½, twice",
    ),
    Check(
        "stats.group_sequential.spent",
        "O'Brien–Fleming at ¼, Pocock at ½, α = .05",
        lambda: (
            group_sequential.spent(0.25, alpha=0.05),
            group_sequential.spent(0.5, alpha=0.05, spending="pocock"),
        ),
        (2 * phi(-2 * Z95), 0.05 * log1p((e - 1) / 2)),
        "Lan and DeMets 1983: 2 − 2Φ(1.96/√¼), α log(1 + (e − 1)/2)",
    ),
    Check(
        "stats.group_sequential.boundaries",
        "five looks, O'Brien–Fleming, α = .05",
        lambda: group_sequential.boundaries(_FIVE),
        (4.877, 3.357, 2.680, 2.290, 2.031),
        "Lan and DeMets 1983; Jennison and Turnbull 2000",
        digits(3),
    ),
    Check(
        "stats.group_sequential.boundaries",
        "five looks, Pocock, α = .05",
        lambda: group_sequential.boundaries(_FIVE, spending="pocock"),
        (2.438, 2.427, 2.410, 2.397, 2.386),
        "Lan and DeMets 1983; Jennison and Turnbull 2000",
        digits(3),
    ),
    Check(
        "stats.group_sequential.crossing_probabilities",
        "2, 5, 10, 20 looks at a test of one look",
        lambda: [_armitage(looks) for looks in (2, 5, 10, 20)],
        (0.083, 0.142, 0.193, 0.248),
        "Armitage, McPherson, Rowe 1969, table 2: 8.3 %, 14.2 %, 19.3 %, 24.8 %",
        digits(3),
    ),
    Check(
        "stats.group_sequential.decide",
        "z = 2.5 at the only look",
        lambda: group_sequential.decide([2.5], [1.0]),
        (1, Z95, 2 * phi(-2.5)),
        "2.5 > 1.96; p = 2 Φ(−2.5)",
        1e-8,
    ),
    Check(
        "stats.group_sequential.decide",
        "z = 1.2 half way",
        lambda: group_sequential.decide([1.2], [0.5])._replace(bounds=np.array([])),
        (None, None),
        "more is to come: no p-value",
    ),
    Check(
        "stats.group_sequential.repeated_intervals",
        ".1 ± .04 half way, .1 ± .03 at the end",
        lambda: group_sequential.repeated_intervals([0.1, 0.1], [0.04, 0.03], [0.5, 1.0]),
        (0.1 - 0.04 * 2.963, 0.1 + 0.04 * 2.963, 0.1 - 0.03 * 1.969, 0.1 + 0.03 * 1.969),
        "bounds 2.963, 1.969 (Lan and DeMets 1983)",
        5e-5,
    ),
    Check(
        "stats.srm.srm",
        "5,150 and 4,850 rows, a third arm not running",
        lambda: srm.srm({"A": 5150, "B": 4850, "C": 0}),
        (erfc(sqrt(9 / 2)), 9, 1, "chi-square", {"A": 5000, "B": 5000}, ["C"]),
        "χ² = 150²/5000 + 150²/5000, one degree: .0027, not .011",
    ),
    Check(
        "stats.srm.srm",
        "3, 0, 0 rows of equal shares",
        lambda: srm.srm({"A": 3, "B": 0, "C": 0}, {"A": 1, "B": 1, "C": 1})[:4],
        (3 / 27, None, 2, "multinomial"),
        "3 of 27 ways have all in one arm",
    ),
    Check(
        "stats.srm.srm_sequential",
        "5 and 0 rows, concentration 2",
        lambda: srm.srm_sequential([[5, 0]], concentration=2.0),
        (log(32 / 6), 6 / 32),
        "Lindon and Malek 2022: ∫ p⁵ dp · 2⁵ = 32/6",
        EXACT,
    ),
)
