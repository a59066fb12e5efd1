"""Shares and counts: intervals, score tests, McNemar, several tests at once."""

from math import comb, sqrt

from bloomery.cli.selfcheck.by_hand import Z90, Z95, phi
from bloomery.cli.selfcheck.check import Check, digits, refusal
from bloomery.stats import equivalence, mcnemar, multiple, proportion, score, unpaired

#: Benjamini and Hochberg (1995), section 3.2; given here out of order, since ranks are not the order of sorting
_P = [
    0.0459,
    0.0001,
    0.7590,
    0.0004,
    0.0298,
    0.0019,
    0.3240,
    0.0095,
    0.5719,
    0.0201,
    1.0,
    0.0278,
    0.0344,
    0.4262,
    0.6528,
]
#: 15 p/rank, and the least of those from there on: .0298 · 15/7 for ranks 6 and 7
_BH = {
    0.0001: 0.0015, 0.0004: 0.003, 0.0019: 0.0095, 0.0095: 0.035625, 0.0201: 0.0603, 0.0278: 0.447 / 7, 0.0298: 0.447 / 7,
    0.0344: 0.0645, 0.0459: 0.0765, 0.3240: 0.486, 0.4262: 6.393 / 11, 0.5719: 0.714875, 0.6528: 9.792 / 13,
    0.7590: 11.385 / 14, 1.0: 1.0,
}  # fmt: skip
_NO_DISAGREEMENT = Z90**2 / (300 + Z90**2)
_MARGIN_300 = phi(-sqrt(300 * 0.05 / 0.95))
_MARGIN_100 = phi(-sqrt(100 * 0.05 / 0.95))
_POOLED = 0.25 / sqrt(0.375 * 0.625 * (1 / 20 + 1 / 20))

CHECKS = (
    Check(
        "stats.proportion.wilson",
        "81 of 263, 15 of 148, 0 of 20, 1 of 29",
        lambda: [proportion.wilson(k, n) for k, n in ((81, 263), (15, 148), (0, 20), (1, 29))],
        (0.2553, 0.3662, 0.0624, 0.1605, 0, 0.1611, 0.0061, 0.1718),
        "Newcombe 1998 (I), table I, method 3",
        digits(4),
    ),
    Check(
        "stats.proportion.wilson",
        "0 of 300, and 300 of 300: a width all the same",
        lambda: (proportion.wilson(0, 300), proportion.wilson(300, 300)),
        (0, Z95**2 / (300 + Z95**2), 300 / (300 + Z95**2), 1),
        "z²/(n + z²) = 1.26 %",
    ),
    Check(
        "stats.proportion.clopper_pearson",
        "81 of 263, 15 of 148, 0 of 20, 1 of 29",
        lambda: [proportion.clopper_pearson(k, n) for k, n in ((81, 263), (15, 148), (0, 20), (1, 29))],
        (0.2527, 0.3676, 0.0578, 0.1617, 0, 0.1684, 0.0009, 0.1776),
        "Newcombe 1998 (I), table I, method 5",
        digits(4),
    ),
    Check(
        "stats.proportion.clopper_pearson",
        "0 of 300",
        lambda: proportion.clopper_pearson(0, 300),
        (0, 1 - 0.025 ** (1 / 300)),
        "1 − .025^(1/300) = 1.22 %",
    ),
    Check(
        "stats.proportion.rule_of_three",
        "0 of 300 means less than 1 %",
        lambda: proportion.rule_of_three(300),
        1 - 0.05 ** (1 / 300),
        "Hanley and Lippman-Hand 1983: 1 − .05^(1/300)",
    ),
    Check(
        "stats.unpaired.two_proportions",
        "10 of 20 against 5 of 20",
        lambda: unpaired.two_proportions(10, 20, 5, 20),
        2 * phi(-_POOLED),
        "z = .25/√(.375 · .625/10) = 1.633",
    ),
    Check(
        "stats.unpaired.newcombe",
        "56/70 − 48/80, 9/10 − 3/10, 10/10 − 0/10",
        lambda: [unpaired.newcombe(*four) for four in ((56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 10))],
        (0.0524, 0.3339, 0.1705, 0.8090, 0.6075, 1),
        "Newcombe 1998 (II), table II, method 10",
        digits(4),
    ),
    Check(
        "stats.score.tango_z",
        "12 against 2 of 50 pairs, no difference: McNemar's χ²",
        lambda: score.tango_z(12, 2, 50, 0.0),
        10 / sqrt(14),
        "Tango 1998: (12 − 2)/√(12 + 2)",
    ),
    Check(
        "stats.score.tango_z",
        "0 against 0 of 300 pairs, Δ = .05",
        lambda: score.tango_z(0, 0, 300, 0.05),
        -sqrt(300 * 0.05 / 0.95),
        "−nΔ/√(nΔ(1 − Δ))",
    ),
    Check(
        "stats.score.tango",
        "no disagreement on 300 items: a width all the same",
        lambda: score.tango(0, 0, 300, 0.90),
        (-_NO_DISAGREEMENT, _NO_DISAGREEMENT),
        "nΔ/(1 − Δ) = z²: Δ = z²/(n + z²)",
    ),
    Check(
        "stats.score.farrington_manning_z",
        "10 of 20 against 5 of 20, no difference: the pooled z",
        lambda: score.farrington_manning_z(10, 20, 5, 20, 0.0),
        _POOLED,
        ".25/√(.375 · .625/10)",
    ),
    Check(
        "stats.score.farrington_manning_z",
        "0 of 100 against 0 of 100, Δ = .05",
        lambda: score.farrington_manning_z(0, 100, 0, 100, 0.05),
        -sqrt(100 * 0.05 / 0.95),
        "most likely are .05 and 0: −Δ/√(Δ(1 − Δ)/n)",
    ),
    Check(
        "stats.score.farrington_manning",
        "0 of 100 against 0 of 100",
        lambda: score.farrington_manning(0, 100, 0, 100),
        (-(Z95**2) / (100 + Z95**2), Z95**2 / (100 + Z95**2)),
        "nΔ/(1 − Δ) = z²",
    ),
    Check(
        "stats.equivalence.paired_shares",
        "no disagreement on 300 items, margin .05",
        lambda: equivalence.paired_shares(0, 0, 300, 0.05),
        (0, -_NO_DISAGREEMENT, _NO_DISAGREEMENT, _MARGIN_300, _MARGIN_300),
        "z = √(300 · .05/.95) = 3.97",
    ),
    Check(
        "stats.equivalence.unpaired_shares",
        "0 of 100 against 0 of 100, margin .05",
        lambda: equivalence.unpaired_shares(0, 100, 0, 100, 0.05),
        (0, -(Z90**2) / (100 + Z90**2), Z90**2 / (100 + Z90**2), _MARGIN_100, _MARGIN_100),
        "z = √(100 · .05/.95) = 2.29",
    ),
    Check(
        "stats.mcnemar.discordant",
        "only the first right, only the second",
        lambda: mcnemar.discordant([True, True, True, False], [True, False, False, True]),
        (2, 1),
        "counted",
    ),
    Check(
        "stats.mcnemar.mcnemar_exact",
        "3 against 12",
        lambda: mcnemar.mcnemar_exact(3, 12),
        0.03515625,
        "2 (1 + 15 + 105 + 455)/2¹⁵",
    ),
    Check(
        "stats.mcnemar.mcnemar_mid_p",
        "3 against 12",
        lambda: mcnemar.mcnemar_mid_p(3, 12),
        (2 * 576 - 455) / 2**15,
        "2 P(X ≤ 3) − P(X = 3)",
    ),
    Check(
        "stats.mcnemar.mcnemar",
        "12 against 3; 0 against 0",
        lambda: (mcnemar.mcnemar(12, 3), mcnemar.mcnemar(0, 0)),
        (0.03515625, "exact", 12, 3, 1, "exact", 0, 0),
        "exact below 25; nothing speaks for a difference: 1",
    ),
    Check(
        "stats.mcnemar.mcnemar",
        "10 against 20: mid-p",
        lambda: mcnemar.mcnemar(10, 20),
        ((2 * sum(comb(30, k) for k in range(11)) - comb(30, 10)) / 2**30, "mid-p", 10, 20),
        "Fagerland 2013: (2 ΣC(30, 0…10) − C(30, 10))/2³⁰",
    ),
    Check(
        "stats.multiple.holm",
        ".01, .04, .03",
        lambda: multiple.holm([0.01, 0.04, 0.03]),
        (0.03, 0.06, 0.06),
        "Holm 1979: 3 · .01, then 2 · .03, then no less",
    ),
    Check(
        "stats.multiple.benjamini_hochberg",
        "15 p-values of Benjamini and Hochberg, out of order",
        lambda: multiple.benjamini_hochberg(_P),
        [_BH[p] for p in _P],
        "Benjamini and Hochberg 1995, 3.2: 15 p/rank; 4 are ≤ .05",
    ),
    Check(
        "stats.multiple.benjamini_hochberg",
        "a p-value that is missing",
        lambda: refusal(lambda: multiple.benjamini_hochberg([0.01, float("nan")])),
        "NotComputableError",
        "never p = 1",
    ),
)
