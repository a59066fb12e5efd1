"""Means, differences, effects, equivalence: by arithmetic, mostly with two degrees of freedom, where t has a closed form."""

from math import pi, sqrt

import numpy as np

from bloomery.cli.selfcheck.by_hand import T1, T2, T2_90, Z95, tail2
from bloomery.cli.selfcheck.check import EXACT, Check, digits, refusal
from bloomery.stats import checked, difference, effect, equivalence, mean, paired, unpaired

_D = ([4, 7, 9], [3, 5, 6])  # differences 1, 2, 3: mean 2, sd 1, SE 1/√3, 2 degrees of freedom
_THREE = ([4, 2, 3, 1, 2, 0], list("aabbcc"))  # mean 2; sums of deviations of the clusters: 2, 0, −2
_CLUSTERED = sqrt(8) / 6
_WIDER = _CLUSTERED * sqrt(3 / 2)
_TWO = ([3, 5], [1, 3])  # means 4 and 2, variances 2 and 2: SE = √(2/2 + 2/2), 2 degrees of freedom
_T_D = 2 * sqrt(3)

CHECKS = (
    Check(
        "stats.checked.sample",
        "values of a sample; one alone, or one that is no number",
        lambda: (
            checked.sample([1, 2, 4]),
            refusal(lambda: checked.sample([1])),
            refusal(lambda: checked.sample([1, np.nan])),
        ),
        ([1, 2, 4], "NotComputableError", "NotComputableError"),
        "by definition: n < 2 has no error",
    ),
    Check(
        "stats.checked.differences",
        "a − b, item by item",
        lambda: checked.differences(*_D),
        [1, 2, 3],
        "4 − 3, 7 − 5, 9 − 6",
    ),
    Check(
        "stats.checked.clusters_of",
        "clusters, numbered; one cluster alone",
        lambda: (checked.clusters_of(["b", "a", "b"], 3), refusal(lambda: checked.clusters_of(["a", "a"], 2))),
        ([1, 0, 1], "NotComputableError"),
        "a is 0, b is 1",
    ),
    Check(
        "stats.checked.check_count",
        "no trials; 5 of 3",
        lambda: (refusal(lambda: checked.check_count(0, 0)), refusal(lambda: checked.check_count(5, 3))),
        ("NotComputableError", "ValueError"),
        "by definition",
    ),
    Check(
        "stats.checked.check_share",
        "a level of 95",
        lambda: refusal(lambda: checked.check_share("level", 95)),
        "ValueError",
        "by definition: 0.95 is meant",
    ),
    Check(
        "stats.checked.normal_quantile",
        "z at 95 %",
        lambda: checked.normal_quantile(0.95),
        1.959963984540054,
        "tables of the normal distribution",
    ),
    Check(
        "stats.checked.student_quantile",
        "t at 95 %, 1 and 2 degrees of freedom",
        lambda: (checked.student_quantile(0.95, 1), checked.student_quantile(0.95, 2)),
        (T1, T2),
        "tan(.475 π) = 12.706; .95 √(2/(1 − .95²)) = 4.303",
    ),
    Check(
        "stats.difference.t_difference",
        "2 with error .5, 2 degrees of freedom",
        lambda: difference.t_difference(2.0, 0.5, 2, 0.95),
        (2, 0.5, 2, 2 - T2 / 2, 2 + T2 / 2, 2 * tail2(4)),
        "t = 4: p = 1 − 4/√18",
    ),
    Check(
        "stats.difference.t_tail",
        "P(T ≥ 2), 2 degrees of freedom",
        lambda: difference.t_tail(1.0, 0.5, 2, 0.0),
        0.5 - 1 / sqrt(6),
        "½ − t/(2√(2 + t²))",
    ),
    Check(
        "stats.mean.standard_error",
        "SE of 1, 2, 3, 4",
        lambda: mean.standard_error([1, 2, 3, 4]),
        sqrt(5 / 3) / 2,
        "Miller 2024: √(5/3)/√4",
    ),
    Check(
        "stats.mean.clustered_error",
        "clustered SE of (3, 1), (2, 6)",
        lambda: mean.clustered_error([3, 1, 2, 6], list("aabb")),
        sqrt(8) / 4,
        "Miller 2024: √((−2)² + 2²)/4",
    ),
    Check(
        "stats.mean.mean",
        "mean of 1, 2, 3",
        lambda: mean.mean([1, 2, 3]),
        (2, 1 / sqrt(3), 2, 2 - T2 / sqrt(3), 2 + T2 / sqrt(3)),
        "2 ± 4.303/√3",
    ),
    Check(
        "stats.mean.mean",
        "mean of three clusters of two",
        lambda: mean.mean(_THREE[0], clusters=_THREE[1]),
        (2, _CLUSTERED, 2, 2 - T2 * _WIDER, 2 + T2 * _WIDER),
        "SE √(4 + 0 + 4)/6, interval by √(3/2) wider",
    ),
    Check(
        "stats.mean.mean",
        "mean of 1, 1, 1 has no interval",
        lambda: refusal(lambda: mean.mean([1, 1, 1])),
        "NotComputableError",
        "by definition: never (1, 1)",
    ),
    Check(
        "stats.mean.check_varies",
        "an error that is rounding only",
        lambda: refusal(lambda: mean.check_varies(1e-17, np.array([1.0, 1.0]))),
        "NotComputableError",
        "by definition",
    ),
    Check(
        "stats.paired.paired_t",
        "paired differences 1, 2, 3",
        lambda: paired.paired_t(*_D),
        (2, 1 / sqrt(3), 2, 2 - T2 / sqrt(3), 2 + T2 / sqrt(3), 2 * tail2(_T_D)),
        "Miller 2024: sd(a − b)/√n = 1/√3; p = 1 − √(12/14)",
    ),
    Check(
        "stats.paired.paired_t",
        "paired differences in three clusters",
        lambda: paired.paired_t(_THREE[0], [0] * 6, clusters=_THREE[1]),
        (2, _WIDER, 2, 2 - T2 * _WIDER, 2 + T2 * _WIDER, 2 * tail2(2 / _WIDER)),
        "SE √8/6 · √(3/2)",
    ),
    Check(
        "stats.paired.sign_flip",
        "signs of 1, 2, 3: all 8",
        lambda: paired.sign_flip(*_D, seed=0),
        (2 / 8, True, 8),
        "|±1 ± 2 ± 3| = 6 in 2 of 8",
    ),
    Check(
        "stats.paired.sign_flip",
        "8 up, 8 down: nothing is more extreme than 0",
        lambda: paired.sign_flip([1, -1] * 8, [0] * 16, seed=0, flips=99),
        (1, False, 99),
        "(99 + 1)/(99 + 1)",
    ),
    Check(
        "stats.unpaired.welch",
        "(3, 5) against (1, 3)",
        lambda: unpaired.welch(*_TWO),
        (2, sqrt(2), 2, 2 - T2 * sqrt(2), 2 + T2 * sqrt(2), 2 * tail2(sqrt(2))),
        "SE = √(2/2 + 2/2), t = √2, 2 degrees: p = 1 − 1/√2",
    ),
    Check(
        "stats.effect.cohens_d",
        "d of (2, 4) and (1, 3)",
        lambda: effect.cohens_d([2, 4], [1, 3]),
        1 / sqrt(2),
        "Cohen 1988, 2.2: (3 − 2)/√2",
    ),
    Check(
        "stats.effect.cohens_d_paired",
        "d_z of differences 1, 2, 3",
        lambda: effect.cohens_d_paired(*_D),
        2,
        "Cohen 1988, 2.3.5: 2/1",
    ),
    Check(
        "stats.effect.hedges_g",
        "g of (2, 4) and (1, 3)",
        lambda: effect.hedges_g([2, 4], [1, 3]),
        1 / sqrt(2 * pi),
        "Hedges 1981: J(2) = Γ(1)/Γ(½) = 1/√π",
    ),
    Check(
        "stats.effect.cohens_h",
        "h of .5 and .25",
        lambda: effect.cohens_h(0.5, 0.25),
        pi / 6,
        "Cohen 1988, 6.2: π/2 − π/3",
    ),
    Check(
        "stats.effect.cliffs_delta",
        "δ of (1, 2) and (1, 3)",
        lambda: effect.cliffs_delta([1, 2], [1, 3]),
        -1 / 4,
        "of 4 pairs one up, two down, one tie",
    ),
    Check(
        "stats.effect.odds_ratio",
        "10 of 20 against 5 of 20",
        lambda: effect.odds_ratio(10, 20, 5, 20),
        tuple(3 * np.exp(sign * Z95 * sqrt(1 / 10 + 1 / 10 + 1 / 5 + 1 / 15)) for sign in (0, -1, 1)),
        "Woolf 1955: (10 · 15)/(10 · 5), ± z √(1/10 + 1/10 + 1/5 + 1/15)",
    ),
    Check(
        "stats.effect.odds_ratio",
        "odds ratio with an empty cell; with ½ added",
        lambda: (refusal(lambda: effect.odds_ratio(0, 5, 2, 5)), effect.odds_ratio(0, 5, 2, 5, add=0.5).value),
        ("NotComputableError", (0.5 * 3.5) / (5.5 * 2.5)),
        "Haldane 1956: (½ · 3½)/(5½ · 2½)",
    ),
    Check(
        "stats.effect.risk_difference",
        "56 of 70 against 48 of 80",
        lambda: effect.risk_difference(56, 70, 48, 80),
        (0.2, 0.0524, 0.3339),
        "Newcombe 1998 (II), table II, method 10",
        digits(4),
    ),
    Check(
        "stats.effect.relative_change",
        "from 100 to 75; from 0",
        lambda: (effect.relative_change(75, 100), refusal(lambda: effect.relative_change(1, 0))),
        (-0.25, "NotComputableError"),
        "−25/100; a baseline of 0 has no share",
    ),
    Check(
        "stats.equivalence.paired_means",
        "paired differences 1, 2, 3, margin 3",
        lambda: equivalence.paired_means(*_D, 3),
        (2, 2 - T2_90 / sqrt(3), 2 + T2_90 / sqrt(3), tail2(5 * sqrt(3)), tail2(sqrt(3))),
        "Schuirmann 1987: t = (2 + 3)√3 and (3 − 2)√3, 2 degrees",
    ),
    Check(
        "stats.equivalence.unpaired_means",
        "(3, 5) against (1, 3), margin 3",
        lambda: equivalence.unpaired_means(*_TWO, 3),
        (2, 2 - T2_90 * sqrt(2), 2 + T2_90 * sqrt(2), tail2(5 / sqrt(2)), tail2(1 / sqrt(2))),
        "t = (2 + 3)/√2 and (3 − 2)/√2, 2 degrees",
        EXACT,
    ),
)
