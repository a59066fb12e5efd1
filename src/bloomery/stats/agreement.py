"""What belongs beside a coefficient of agreement: raw agreement, prevalence and bias; and the vote of several raters.

A kappa of -0.02 at 96 % agreement is no contradiction: where nearly all items have one label, chance agrees nearly always. With
prevalence and bias beside it the reader sees that.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.ratings import coded, missing, tallied


class Beside(NamedTuple):
    """Agreement of two raters without correction for chance."""

    #: share of items with equal labels
    raw: float
    #: share of each label in all ratings of both
    prevalence: dict[Any, float]
    #: how much larger the first rater's share of each label is than the second's
    bias: dict[Any, float]
    #: of the ratings with this label, the share to which the other rater agreed; None where nobody gave it
    specific: dict[Any, float | None]
    #: 2 raw - 1: kappa if both labels were as frequent and there were no bias (two labels only, else None)
    pabak: float | None
    items: int


def beside_kappa(first: Sequence[Any], second: Sequence[Any], *, labels: Sequence[Any] | None = None) -> Beside:
    """Raw agreement, prevalence, bias and agreement on each label of two raters (items that both rated).

    With two labels the prevalence index (a - d)/n of Byrt, Bishop and Carlin (1993) is the difference of the two prevalences,
    the bias index (b - c)/n is `bias` of the first label, and PABAK = 2 p_o - 1. Specific agreement is 2 n_kk / (n_k. + n_.k)
    (Cicchetti and Feinstein 1990). No item rated by both: `NotComputableError`.

    >>> found = beside_kappa(["y"] * 98 + ["n"] * 2, ["y"] * 96 + ["n"] * 2 + ["y"] * 2)
    >>> found.raw, found.prevalence, found.specific["n"]
    (0.96, {'n': 0.02, 'y': 0.98}, 0.0)
    """
    if len(first) != len(second):
        raise ValueError(f"two raters of the same items: {len(first)} and {len(second)} ratings")
    given = coded(list(zip(first, second, strict=True)), labels)
    codes = given.codes[(given.codes >= 0).all(axis=1)]
    n, width = len(codes), len(given.labels)
    if not n:
        raise NotComputableError("Raw agreement: no item was rated by both")
    one, other = (np.bincount(rater, minlength=width) for rater in codes.T)
    same = np.bincount(codes[codes[:, 0] == codes[:, 1], 0], minlength=width)
    raw = float(same.sum()) / n

    def by_label(values: Any) -> dict[Any, float]:
        return dict(zip(given.labels, values.tolist(), strict=True))

    specific = {
        label: 2 * float(equal) / float(all_of) if all_of else None
        for label, equal, all_of in zip(given.labels, same, one + other, strict=True)
    }
    pabak = 2 * raw - 1 if width == 2 else None
    return Beside(raw, by_label((one + other) / (2 * n)), by_label((one - other) / n), specific, pabak, n)


def raw_agreement(ratings: Any) -> float:
    """The mean over items of the share of pairs of raters that agree, in 0..1; shape (items, raters).

    Items with fewer than two ratings have no pair and are left out; if there is no other, `NotComputableError`.

    >>> raw_agreement([["a", "a", "b"], ["b", "b", "b"], ["a", None, None]])  # (1/3 + 1) / 2
    0.6666666666666666
    """
    counts = tallied(coded(ratings))
    each = counts.sum(axis=1)
    counts, each = counts[each >= 2], each[each >= 2]
    if not len(counts):
        raise NotComputableError("Raw agreement: no item has two ratings")
    return float(((counts * (counts - 1)).sum(axis=1) / (each * (each - 1))).mean())


class Vote(NamedTuple):
    """What the raters of an item say together."""

    outcome: Literal["majority", "no majority", "unrated"]
    #: the label of the majority; None for the other outcomes
    label: Any
    #: votes for the most frequent label, of how many
    votes: int
    of: int


def majority_vote(ratings: Any) -> list[Vote]:
    """For each item the label that more than half of its ratings have, or that there is none; shape (items, raters).

    A tie is no majority, and neither is a label with two votes of five. An item without ratings is unrated.

    >>> [vote.outcome for vote in majority_vote([["a", "b", "a"], ["a", "b", "c"], ["a", "b", None], [None, None, None]])]
    ['majority', 'no majority', 'no majority', 'unrated']
    """
    return [_vote([one for one in row if not missing(one)]) for row in ratings]


def _vote(given: list[Any]) -> Vote:
    if not given:
        return Vote("unrated", None, 0, 0)
    label, votes = Counter(given).most_common(1)[0]
    if 2 * votes > len(given):
        return Vote("majority", label, votes, len(given))
    return Vote("no majority", None, votes, len(given))
