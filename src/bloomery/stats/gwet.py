"""Gwet's AC1 and AC2: agreement beyond chance that does not collapse where one label is common."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.fleiss import pairs_of_labels
from bloomery.stats.ratings import Agreement, Estimate, Floats, agreement_weights, coded, settled, tallied


def gwet_ac(
    ratings: Any,
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    labels: Sequence[Any] | None = None,
    level: float = 0.95,
) -> Agreement:
    """Gwet's AC1 (without weights) or AC2 (with) of ratings, shape (items, raters), with its interval.

    AC = (p_a - p_e) / (1 - p_e); p_a is the mean over items of Σ_k r_ik (r*_ik - 1) / (r_i (r_i - 1)), r*_ik = Σ_l w_kl r_il, and
    p_e = T_w / (q (q - 1)) Σ_k π_k (1 - π_k), where T_w is the sum of all weights and π_k the mean share of label k in an item
    (Gwet 2008, Computing inter-rater reliability and its variance in the presence of high agreement; 2014, Handbook, ch. 4-5).
    The standard error is the linearised one, Gwet's where all items have two ratings; elsewhere his has
    the spread of the number of such items in it as well. AC1 is at least -1; AC2 can be less.

    Raters may be missing. An item with one rating counts for the shares only, as with Gwet; one without is left out.
    `items` counts those with two ratings or more. p_e depends on the number q of labels: declare `labels` where
    the scale has some that nobody used. With one label, `NotComputableError`. The agreement expected by chance stays below 1,
    so constant raters of a declared scale have a value: it is 1, and its interval has width.

    >>> ratings = [("y", "y")] * 118 + [("y", "n")] * 5 + [("n", "y")] * 2
    >>> round(gwet_ac(ratings).value, 4)
    0.9408
    """
    given = coded(ratings, labels)
    width = len(given.labels)
    counts = tallied(given)
    counts = counts[counts.sum(axis=1) > 0]
    pairable = int((counts.sum(axis=1) >= 2).sum())
    if width < 2:
        raise NotComputableError(
            f"Gwet's AC: all ratings are {given.labels[0]!r}; declare the scale with labels=[...]. Raw agreement is 100.0%"
        )
    if pairable < 2:
        raise NotComputableError(f"Gwet's AC needs two items with two ratings; there are {pairable}")
    weighing = agreement_weights(weights, given.labels, declared=labels is not None)

    def estimate(counts: Floats, weights: Floats) -> Estimate:
        return gwet_of(counts, weights, weighing)

    least = -1.0 if weights is None else -math.inf
    found = settled(estimate, counts, np.ones(len(counts)), pairs_of_labels(width), level=level, least=least)
    return found._replace(items=pairable)


def gwet_of(counts: Floats, weights: Floats, weighing: Floats) -> Estimate:
    """Gwet's AC of items with these counts of labels, shape (items, labels), that stand for `weights` items each."""
    total, width = float(weights.sum()), counts.shape[1]
    each = counts.sum(axis=1)
    paired = each >= 2
    pairs = np.where(paired, each * (each - 1), 1.0)
    agreed = (counts * (counts @ weighing - 1)).sum(axis=1) / pairs * paired
    used = float(weights @ paired)
    shares = weights @ (counts / each[:, None]) / total
    factor = float(weighing.sum()) / (width * (width - 1))
    raw, expected = float(weights @ agreed) / used, factor * float(shares @ (1 - shares))
    value = (raw - expected) / (1 - expected)
    item = value + total / used * (agreed - raw) * paired / (1 - expected)
    item -= 2 * (1 - value) * (factor * (counts @ (1 - shares)) / each - expected) / (1 - expected)
    variance = float(weights @ (item - value) ** 2) / (total * (total - 1))
    return Estimate(value, variance**0.5, raw, expected)
