"""Planning: sizes, power, detectable effects, widths; Miller's and Cohen's examples, and the formulas inverted by hand."""

from math import ceil, inf, log, sqrt

from bloomery.cli.selfcheck.by_hand import Z80, Z90, Z95, phi
from bloomery.cli.selfcheck.check import Check, digits
from bloomery.stats import designs, power, precision

_BOTH = Z95 + Z80
_MILLER = 1 / 3  # ω = √(1/9)
_SHARES = sqrt(2 * 0.55 * 0.45), sqrt(0.5 * 0.5 + 0.6 * 0.4)  # σ₀, σ₁ of .5 against .6
_PAIRS = sqrt(0.15), sqrt(0.15 - 0.05**2)  # ψ = .15, δ = .05
_FIFTEEN = Z95 / (1 + Z95**2 / 300) * sqrt(0.15 * 0.85 / 300 + Z95**2 / (4 * 300**2))


def _two_tails(shift: float, null: float, alternative: float) -> float:
    return phi((shift - Z95 * null) / alternative) + phi((-shift - Z95 * null) / alternative)


CHECKS = (
    Check(
        "stats.power.sample_size",
        "δ = .03, ω² = 1/9, σ² = 0; 1/6 once; 1/6 ten times",
        lambda: (
            power.sample_size(designs.SampledAnswers(1 / 9), 0.03),
            power.sample_size(designs.SampledAnswers(1 / 9, 1 / 6, 1 / 6), 0.03),
            power.sample_size(designs.SampledAnswers(1 / 9, 1 / 6, 1 / 6, 10, 10), 0.03),
        ),
        (969, 3876, 1260),
        "Miller 2024: (1.96 + .84)² (ω² + 2σ²/K)/δ²",
        0,
    ),
    Check(
        "stats.power.sample_size",
        "two means d = .5; paired means d = .5",
        lambda: (power.sample_size(designs.TwoMeans(1), 0.5), power.sample_size(designs.PairedMeans(1), 0.5)),
        (64, 34),
        "Cohen 1988, table 2.4.1; G*Power",
        0,
    ),
    Check(
        "stats.power.power",
        "two means d = .5, 64 in each",
        lambda: power.power(designs.TwoMeans(1), 64, 0.5),
        0.8015,
        "G*Power 3: .8014596",
        digits(4),
    ),
    Check(
        "stats.power.detectable_effect",
        "969 items, ω² = 1/9, up and down",
        lambda: [power.detectable_effect(designs.SampledAnswers(1 / 9), 969, direction=way) for way in (1, -1)],
        (_BOTH * _MILLER / sqrt(969), -_BOTH * _MILLER / sqrt(969)),
        "Miller 2024: (1.96 + .84) ω/√969",
        1e-6,
    ),
    Check(
        "stats.designs.normal_power",
        "100 items, effect .2, σ = 1",
        lambda: designs.normal_power(100, 0.2, 0.05, null=1, alternative=1),
        phi(2 - Z95) + phi(-2 - Z95),
        "Φ(2 − 1.96) + Φ(−2 − 1.96)",
    ),
    Check(
        "stats.designs.independent_discordance",
        ".85 and .80, independent",
        lambda: designs.independent_discordance(0.85, 0.80),
        0.29,
        ".85 · .2 + .8 · .15",
    ),
    Check(
        "stats.designs.t_power",
        "no effect; noncentrality √8 with 126 degrees",
        lambda: (designs.t_power(0.0, 10, 0.05), designs.t_power(sqrt(8), 126, 0.05)),
        (0.05, 0.80146),
        "α; G*Power 3: .8014596",
        digits(5),
    ),
    Check(
        "stats.designs.TwoProportions.power",
        ".5 against .6, 388 in each",
        lambda: designs.TwoProportions(0.5).power(388, 0.1, 0.05),
        _two_tails(0.1 * sqrt(388), *_SHARES),
        "Fleiss 2003, ch. 4: σ₀² = 2 · .55 · .45, σ₁² = .25 + .24",
    ),
    Check(
        "stats.designs.TwoProportions.spread",
        ".5 against .6, twice as many",
        lambda: designs.TwoProportions(0.5, 2.0).spread(0.1),
        sqrt(0.25 + 0.12),
        "√(.25 + .24/2)",
    ),
    Check(
        "stats.designs.TwoProportions.widest",
        "from .85, up and down",
        lambda: [designs.TwoProportions(0.85).widest(way) for way in (1, -1)],
        (0.15, 0.85),
        "as far as 1, and 0",
    ),
    Check(
        "stats.power.sample_size",
        ".5 against .6; pairs, ψ = .15, δ = .05",
        lambda: (
            power.sample_size(designs.TwoProportions(0.5), 0.1),
            power.sample_size(designs.PairedProportions(0.15), 0.05),
        ),
        tuple(ceil(((Z95 * a + Z80 * b) / d) ** 2) for (a, b), d in ((_SHARES, 0.1), (_PAIRS, 0.05))),
        "Fleiss 2003, Connor 1987: ((1.96 σ₀ + .84 σ₁)/δ)² = 388, 469",
        0,
    ),
    Check(
        "stats.designs.PairedProportions.power",
        "pairs, ψ = .15, δ = −.05, 640",
        lambda: designs.PairedProportions(0.15).power(640, -0.05, 0.05),
        _two_tails(0.05 * sqrt(640), *_PAIRS),
        "Connor 1987: σ₀² = ψ, σ₁² = ψ − δ²",
    ),
    Check(
        "stats.designs.PairedProportions.spread",
        "ψ = .15, δ = .05",
        lambda: designs.PairedProportions(0.15).spread(0.05),
        _PAIRS[1],
        "√(ψ − δ²)",
    ),
    Check(
        "stats.designs.PairedProportions.widest",
        "ψ = .15",
        lambda: designs.PairedProportions(0.15).widest(1),
        0.15,
        "all discordant one way",
    ),
    Check(
        "stats.designs.TwoMeans.power",
        "d = .5, 64 in each",
        lambda: designs.TwoMeans(2.0).power(64, 1.0, 0.05),
        0.80146,
        "G*Power 3: .8014596",
        digits(5),
    ),
    Check(
        "stats.designs.TwoMeans.spread",
        "sd 2, twice as many in the second",
        lambda: designs.TwoMeans(2.0, 2.0).spread(0.0),
        sqrt(6),
        "2 √(1 + ½)",
    ),
    Check("stats.designs.TwoMeans.widest", "means have no end", lambda: designs.TwoMeans(1).widest(1), inf, "∞"),
    Check(
        "stats.designs.PairedMeans.power",
        "d = .5, 34 pairs",
        lambda: designs.PairedMeans(2.0).power(34, 1.0, 0.05),
        0.80778,
        "G*Power 3: .8077775",
        digits(5),
    ),
    Check("stats.designs.PairedMeans.spread", "sd 2", lambda: designs.PairedMeans(2.0).spread(0.0), 2, "itself"),
    Check("stats.designs.PairedMeans.widest", "means have no end", lambda: designs.PairedMeans(1).widest(1), inf, "∞"),
    Check(
        "stats.designs.SampledAnswers.power",
        "969 items, δ = .03",
        lambda: designs.SampledAnswers(1 / 9).power(969, 0.03, 0.05),
        _two_tails(0.03 * sqrt(969), _MILLER, _MILLER),
        "Φ(.09 √969 − 1.96) = .8001",
    ),
    Check(
        "stats.designs.SampledAnswers.spread",
        "ω² = 1/9, σ² = 1/6 and 1/3, K = 2 and 3",
        lambda: designs.SampledAnswers(1 / 9, 1 / 6, 1 / 3, 2, 3).spread(0.0),
        sqrt(1 / 9 + 1 / 12 + 1 / 9),
        "√(ω² + σ_A²/K_A + σ_B²/K_B)",
    ),
    Check(
        "stats.designs.SampledAnswers.widest",
        "scores have no end",
        lambda: designs.SampledAnswers(1.0).widest(1),
        inf,
        "∞",
    ),
    Check(
        "stats.designs.NonInferiority.power",
        "margin .03, truth −.01, 969 items",
        lambda: designs.NonInferiority(designs.SampledAnswers(1 / 9), -0.01).power(969, 0.03, 0.05),
        phi(0.06 * sqrt(969) - Z90),
        "Blackwelder 1982: Φ(.02 √969/ω − 1.64)",
    ),
    Check(
        "stats.designs.NonInferiority.widest",
        "margins have no end",
        lambda: designs.NonInferiority(designs.TwoMeans(1)).widest(1),
        inf,
        "∞",
    ),
    Check(
        "stats.designs.Equivalence.power",
        "margin .03, truth −.01, 969 items",
        lambda: designs.Equivalence(designs.SampledAnswers(1 / 9), -0.01).power(969, 0.03, 0.05),
        phi(0.06 * sqrt(969) - Z90) + phi(0.12 * sqrt(969) - Z90) - 1,
        "Φ(.02 √969/ω − z) + Φ(.04 √969/ω − z) − 1",
    ),
    Check(
        "stats.designs.Equivalence.widest",
        "margins have no end",
        lambda: designs.Equivalence(designs.TwoMeans(1)).widest(1),
        inf,
        "∞",
    ),
    Check(
        "stats.precision.wilson_half_width",
        "half of 100",
        lambda: precision.wilson_half_width(0.5, 100),
        Z95 / (2 * sqrt(100 + Z95**2)),
        "z/(2 √(n + z²))",
    ),
    Check(
        "stats.precision.items_for_half_width",
        "± .05 around a half",
        lambda: precision.items_for_half_width(0.5, 0.05),
        ceil(Z95**2 / 0.01 - Z95**2),
        "z²/(4 · .05²) − z² = 380.3",
        0,
    ),
    Check(
        "stats.precision.share_for_half_width",
        "300 items, the half width of .15",
        lambda: precision.share_for_half_width(300, _FIFTEEN),
        0.15,
        "Wilson's formula, inverted",
    ),
    Check(
        "stats.precision.items_for_zero_failures",
        "none failed: fewer than 1 % do",
        lambda: precision.items_for_zero_failures(0.01),
        ceil(log(0.05) / log(0.99)),
        ".99²⁹⁹ = .0495, .99²⁹⁸ = .0500",
        0,
    ),
    Check(
        "stats.precision.rate_shown_by_zero_failures",
        "0 of 300",
        lambda: precision.rate_shown_by_zero_failures(300),
        1 - 0.05 ** (1 / 300),
        "1 − .05^(1/300)",
    ),
    Check(
        "stats.precision.chance_of_zero_failures",
        "none of 2 where a half fail",
        lambda: precision.chance_of_zero_failures(2, 0.5),
        0.25,
        "½ · ½",
    ),
    Check(
        "stats.precision.agreement_half_width",
        "κ .7, 200 items, two labels",
        lambda: precision.agreement_half_width(200, agreement=0.7, shares=[0.5, 0.5]),
        Z95 * sqrt(0.51 / 200),
        "items at ± 1: variance 1 − .7²",
    ),
    Check(
        "stats.precision.items_for_agreement",
        "κ .7 ± .1, two labels",
        lambda: precision.items_for_agreement(0.1, agreement=0.7, shares=[0.5, 0.5]),
        ceil(Z95**2 * 0.51 / 0.01),
        "z² (1 − .7²)/.1² = 195.9",
        0,
    ),
    Check(
        "stats.precision.agreement_for_half_width",
        "± .1 by 200 items, two labels",
        lambda: precision.agreement_for_half_width(200, 0.1, shares=[0.5, 0.5]),
        ceil(1000 * sqrt(1 - 2 / Z95**2)) / 1000,
        "κ = √(1 − 200 · .1²/z²) = .6924",
    ),
)
