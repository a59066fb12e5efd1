"""Agreement of raters: the published examples, the pinned ones, and a symmetric table whose errors have a closed form.

Of 80 items two raters agree on 60, and each gives each label to half: κ = 2 · .75 − 1 = .5, the same for Scott's (Fleiss') and
Gwet's. The interval is the hull of 1 − (1 − κ) exp(±z se/(1 − κ)) and of the same with 2 more items, spread evenly over the four
cells: 61 of 82.
"""

from math import exp, sqrt

import numpy as np

from bloomery.cli.selfcheck.by_hand import Z95, all_draws
from bloomery.cli.selfcheck.check import EXACT, Check, digits, refusal
from bloomery.stats import agreement, fleiss, gwet, kappa, krippendorff, ratings


def _log_interval(value: float, se: float) -> tuple[float, float]:
    reach = exp(Z95 * se / (1 - value))
    return 1 - (1 - value) * reach, 1 - (1 - value) / reach


def _hull(se: float, padded_se: float) -> tuple[float, float]:
    ends = [_log_interval(0.5, se), _log_interval(40 / 82, padded_se)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _pairs(yes: int, only_first: int, only_second: int, no: int) -> list[tuple[str, str]]:
    cells = (("y", "y"), ("y", "n"), ("n", "y"), ("n", "n"))
    return [pair for pair, often in zip(cells, (yes, only_first, only_second, no), strict=True) for _ in range(often)]


def _sides(pairs: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [first for first, _ in pairs], [second for _, second in pairs]


_EVEN = _pairs(30, 10, 10, 30)
_PARADOX = _pairs(96, 2, 2, 0)
_COHEN = sqrt(4 * 0.75 * 0.25 / 80)
_COHEN_PADDED = sqrt(4 * (61 / 82) * (21 / 82) / 82)
_FLEISS = sqrt((60 * 0.5**2 + 20 * 1.5**2) / (80 * 79))
_FLEISS_PADDED = sqrt((61 * (42 / 82) ** 2 + 21 * (122 / 82) ** 2) / (82 * 81))
_SETTLED = _log_interval(0.5, 0.1)

#: 14 raters, 10 items, 5 labels
_FOURTEEN = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip
_FOURTEEN_RATINGS = [[label for label, often in enumerate(row) for _ in range(often)] for row in _FOURTEEN]


def _units(*raters: str) -> list[list[int | None]]:
    """Units from a line a rater; "." is no rating."""
    columns = zip(*(line.split() for line in raters), strict=True)
    return [[None if one == "." else int(one) for one in unit] for unit in columns]


_FIFTEEN = _units(". . . . . 3 4 1 2 1 1 3 3 . 3", "1 . 2 1 3 3 4 3 . . . . . . .", ". . 2 1 3 4 4 . 2 1 1 3 3 . 4")
_TWELVE = _units(
    "1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."
)
_FOUR = ["aa", "bb", "ab", "ab"]
_DRAWS = all_draws(_FOUR)
#: of 100,000 draws the sd is known to .001 (.44 · ½/√100,000 is its standard error), and this end to 5 times that
_WIDE = _log_interval(0.125, _DRAWS.sd)
_ALL_AGREE = [["a", "a"], ["b", "b"]] * 10
_MISSED = 1 - 0.025 ** (1 / 20)

CHECKS = (
    Check(
        "stats.ratings.coded",
        "ratings as positions in the labels",
        lambda: ratings.coded([["yes", "no"], ["yes", None]]),
        (1, 0, 1, -1, "no", "yes"),
        "no is 0, yes is 1, none is −1",
    ),
    Check(
        "stats.ratings.missing",
        "None, not a number, 0",
        lambda: [ratings.missing(one) for one in (None, float("nan"), 0)],
        (True, True, False),
        "by definition",
    ),
    Check(
        "stats.ratings.tallied",
        "labels counted by item",
        lambda: ratings.tallied(ratings.coded([["a", "a", "b"], ["b", None, "b"]])),
        (2, 1, 0, 2),
        "counted",
    ),
    Check(
        "stats.ratings.scores",
        "numbers are scores, words their places, if in order",
        lambda: (
            ratings.scores([1, 2, 10], declared=True),
            ratings.scores(["low", "high"], declared=True),
            refusal(lambda: ratings.scores(["low", "high"], declared=False)),
        ),
        (1, 2, 10, 0, 1, "NotComputableError"),
        "by definition",
    ),
    Check(
        "stats.ratings.agreement_weights",
        "linear and quadratic weights of 1, 2, 3",
        lambda: [ratings.agreement_weights(kind, [1, 2, 3], declared=True)[0] for kind in ("linear", "quadratic")],
        (1, 1 / 2, 0, 1, 3 / 4, 0),
        "Cohen 1968: 1 − d/2, 1 − d²/4",
    ),
    Check(
        "stats.ratings.log_interval",
        "κ .5 with se .1",
        lambda: ratings.log_interval(0.5, 0.1, 0.95),
        _SETTLED,
        "1 − .5 exp(± 1.96 · .1/.5)",
    ),
    Check(
        "stats.ratings.settled",
        "the coefficient with its interval, 3 items",
        lambda: ratings.settled(
            lambda items, weights: ratings.Estimate(0.5, 0.1, 0.75, 0.4),
            np.ones((3, 2)),
            np.ones(3),
            np.ones((4, 2)),
            level=0.95,
            least=-1.0,
        ),
        (0.5, *_SETTLED, 0.1, 0.75, 0.4, 3),
        "the hull of two equal intervals",
    ),
    Check(
        "stats.kappa.cohen_kappa",
        "60 of 80 agree, labels half and half",
        lambda: kappa.cohen_kappa(*_sides(_EVEN)),
        (0.5, *_hull(_COHEN, _COHEN_PADDED), _COHEN, 0.75, 0.5, 80),
        "Fleiss, Cohen, Everitt 1969: se² = 4 · ¾ · ¼/80",
    ),
    Check(
        "stats.kappa.cohen_kappa",
        "κ −.02 at 96 % agreement",
        lambda: kappa.cohen_kappa(*_sides(_PARADOX))[:1],
        (0.96 - 0.9608) / 0.0392,
        "p_e = .98² + .02² = .9608",
    ),
    Check(
        "stats.kappa.cohen_kappa",
        "quadratic weights: (1,1), (2,2), (3,3), (1,3)",
        lambda: kappa.cohen_kappa([1, 2, 3, 1], [1, 2, 3, 3], weights="quadratic").value,
        5 / 13,
        "Cohen 1968: (.75 − .59375)/(1 − .59375)",
    ),
    Check(
        "stats.kappa.cohen_kappa",
        "κ where both raters say one thing only",
        lambda: refusal(lambda: kappa.cohen_kappa(["y"] * 9, ["y"] * 9)),
        "NotComputableError",
        "0/0: neither nan nor 1",
    ),
    Check(
        "stats.kappa.kappa_of",
        "the same table as four counts",
        lambda: kappa.kappa_of(np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([30.0, 10, 10, 30]), np.eye(2)),
        (0.5, _COHEN, 0.75, 0.5),
        "2 · .75 − 1",
    ),
    Check(
        "stats.fleiss.fleiss_kappa",
        "14 raters, 10 items, 5 labels",
        lambda: [getattr(fleiss.fleiss_kappa(_FOURTEEN_RATINGS), name) for name in ("value", "raw", "expected")],
        (0.210, 0.378, 0.213),
        "Fleiss 1971, as worked in Wikipedia",
        digits(3),
    ),
    Check(
        "stats.fleiss.fleiss_kappa",
        "60 of 80 agree, labels half and half",
        lambda: fleiss.fleiss_kappa(_EVEN),
        (0.5, *_hull(_FLEISS, _FLEISS_PADDED), _FLEISS, 0.75, 0.5, 80),
        "Gwet 2021: items at ± 1, se² = (60 · ¼ + 20 · 9/4)/(80 · 79)",
    ),
    Check(
        "stats.fleiss.fleiss_kappa",
        "items with 2 and with 3 ratings",
        lambda: refusal(lambda: fleiss.fleiss_kappa([["a", "b", None], ["a", "b", "b"]])),
        "NotComputableError",
        "undefined: α is for these",
    ),
    Check(
        "stats.fleiss.pairs_of_labels",
        "all pairs of two labels",
        lambda: fleiss.pairs_of_labels(2),
        (2, 0, 1, 1, 1, 1, 0, 2),
        "aa, ab, ba, bb",
    ),
    Check(
        "stats.fleiss.fleiss_of",
        "the same table as three kinds of items",
        lambda: fleiss.fleiss_of(np.array([[2.0, 0], [1, 1], [0, 2]]), np.array([30.0, 20, 30])),
        (0.5, _FLEISS, 0.75, 0.5),
        "2 · .75 − 1",
    ),
    Check(
        "stats.gwet.gwet_ac",
        "AC1 at 96 % agreement where κ is −.02",
        lambda: gwet.gwet_ac(_PARADOX).value,
        (0.96 - 0.0392) / 0.9608,
        "Gwet 2008: p_e = 2 · .98 · .02",
    ),
    Check(
        "stats.gwet.gwet_ac",
        "60 of 80 agree, labels half and half",
        lambda: gwet.gwet_ac(_EVEN),
        (0.5, *_hull(_FLEISS, _FLEISS_PADDED), _FLEISS, 0.75, 0.5, 80),
        "Gwet 2008: p_e = ½, se² = 4 (60/16 + 20 · 9/16)/(80 · 79)",
    ),
    Check(
        "stats.gwet.gwet_of",
        "the same table as three kinds of items",
        lambda: gwet.gwet_of(np.array([[2.0, 0], [1, 1], [0, 2]]), np.array([30.0, 20, 30]), np.eye(2)),
        (0.5, _FLEISS, 0.75, 0.5),
        "2 · .75 − 1",
    ),
    Check(
        "stats.krippendorff.alpha_value",
        "3 coders × 15 units: nominal, interval",
        lambda: [krippendorff.alpha_value(_FIFTEEN, measure=m) for m in ("nominal", "interval")],
        (0.691, 0.811),
        "Krippendorff, as in Wikipedia",
        digits(3),
    ),
    Check(
        "stats.krippendorff.alpha_value",
        "4 observers × 12 units: nominal, ordinal, interval, ratio",
        lambda: [krippendorff.alpha_value(_TWELVE, measure=m) for m in ("nominal", "ordinal", "interval", "ratio")],
        (0.743, 0.815, 0.849, 0.797),
        "Krippendorff 2011, Computing α-reliability, C and D",
        digits(3),
    ),
    Check(
        "stats.krippendorff.krippendorff_alpha",
        "interval of aa, bb, ab, ab: all 256 draws",
        lambda: krippendorff.krippendorff_alpha(_FOUR, seed=1, replicates=100_000),
        (0.125, min(_DRAWS.low, _WIDE[0]), max(_DRAWS.high, _WIDE[1]), _DRAWS.sd, 0.5, 32 / 56, 4, 8),
        "α = 1 − (4/8)/(2 · 4 · 4/(8 · 7)); ends and sd enumerated",
        0.005,
    ),
    Check(
        "stats.krippendorff.krippendorff_alpha",
        "the same, what is not drawn",
        lambda: [
            getattr(krippendorff.krippendorff_alpha(_FOUR, seed=1, replicates=100), name)
            for name in ("value", "observed", "expected", "items", "ratings")
        ],
        (0.125, 0.5, 32 / 56, 4, 8),
        "1 − (4/8)/(2 · 4 · 4/(8 · 7))",
    ),
    Check(
        "stats.krippendorff.krippendorff_alpha",
        "where nobody disagreed on 20 items",
        lambda: krippendorff.krippendorff_alpha(_ALL_AGREE, seed=1, replicates=100),
        (1, 1 - _MISSED / (800 / 1560), 1, 0, 0, 800 / 1560, 20, 40),
        "a share of 1 − .025^(1/20) can be missed; D_e = 2 · 20 · 20/(40 · 39)",
    ),
    Check(
        "stats.agreement.beside_kappa",
        "beside κ −.02: raw agreement, prevalence, bias",
        lambda: agreement.beside_kappa(*_sides(_pairs(95, 3, 2, 0))),
        (0.95, {"n": 0.025, "y": 0.975}, {"n": -0.01, "y": 0.01}, {"n": 0.0, "y": 190 / 195}, 0.9, 100),
        "95 of 100; (98 + 97)/200; .98 − .97; 2 · 95/(98 + 97); 2 · .95 − 1",
    ),
    Check(
        "stats.agreement.raw_agreement",
        "aab, bbb, and one rating",
        lambda: agreement.raw_agreement([["a", "a", "b"], ["b", "b", "b"], ["a", None, None]]),
        2 / 3,
        "(1/3 + 1)/2",
    ),
    Check(
        "stats.agreement.majority_vote",
        "aba; a split three ways; no rating",
        lambda: agreement.majority_vote([["a", "b", "a"], ["a", "b", "c"], [None, None, None]]),
        ("majority", "a", 2, 3, "no majority", None, 1, 3, "unrated", None, 0, 0),
        "more than half, or none",
        EXACT,
    ),
)
