"""Fleiss' kappa: agreement beyond chance of several raters, each item rated equally often."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.ratings import Agreement, Estimate, Floats, coded, settled, tallied


def fleiss_kappa(ratings: Any, *, labels: Sequence[Any] | None = None, level: float = 0.95) -> Agreement:
    """Fleiss' kappa of ratings, shape (items, raters), with its interval (see `bloomery.stats.ratings`).

    κ = (P̄ - P_e) / (1 - P_e); P̄ is the mean over items of Σ_k n_ik (n_ik - 1) / (r (r - 1)), P_e = Σ_k p_k² with the share p_k of
    all ratings (Fleiss 1971). With two raters this is Scott's pi. The standard error is the linearised one (Gwet 2021,
    Variance of Fleiss' generalised kappa), for inference to further items: Fleiss' own holds only if kappa is 0.
    se² = Σ_i (κ*_i - κ)² / (n (n - 1)), κ*_i = (P_i - P_e)/(1 - P_e) - 2 (1 - κ)(p_e,i - P_e)/(1 - P_e), where
    p_e,i = Σ_k p_k n_ik / r.

    Raters need not be the same people for each item, but every item needs as many ratings: else `NotComputableError` that names
    `krippendorff_alpha`. Items that nobody rated are left out. One label only: `NotComputableError`.

    >>> round(fleiss_kappa([["a", "a", "a"], ["a", "b", "b"], ["b", "b", "b"], ["a", "a", "b"]]).value, 4)
    0.3333
    """
    given = coded(ratings, labels)
    counts = tallied(given)
    each = counts.sum(axis=1)
    counts, each = counts[each > 0], each[each > 0]
    if (each != each[0]).any():
        raise NotComputableError(
            f"Fleiss' kappa needs as many ratings for every item, but items have {each.min():.0f} to {each.max():.0f}: "
            "use Krippendorff's alpha (krippendorff_alpha), which allows for missing ratings"
        )
    if each[0] < 2 or len(counts) < 2:
        raise NotComputableError(
            f"Fleiss' kappa needs two items with two ratings; there are {len(counts)} items with {each[0]:.0f}"
        )
    used = counts.sum(axis=0) > 0
    if used.sum() == 1:
        label = given.labels[int(np.argmax(used))]
        raise NotComputableError(
            f"Fleiss' kappa is undefined: all ratings are {label!r}, so nothing is left to agree on beyond chance. "
            f"Raw agreement is 100.0% of {len(counts)} items"
        )
    added = pairs_of_labels(counts.shape[1])
    return settled(fleiss_of, counts, np.ones(len(counts)), added, level=level, least=-1.0)


def pairs_of_labels(width: int) -> Floats:
    """An item for each ordered pair of labels, rated twice: shape (width², width)."""
    first, second = np.indices((width, width)).reshape(2, -1)
    return np.eye(width)[first] + np.eye(width)[second]


def fleiss_of(counts: Floats, weights: Floats) -> Estimate:
    """Fleiss' kappa of items with these counts of labels, shape (items, labels), that stand for `weights` items each."""
    total = float(weights.sum())
    each = counts.sum(axis=1)
    agreed = (counts * (counts - 1)).sum(axis=1) / (each * (each - 1))
    shares = weights @ (counts / each[:, None]) / total
    raw, expected = float(weights @ agreed) / total, float(shares @ shares)
    value = (raw - expected) / (1 - expected)
    chance = counts @ shares / each
    item = (agreed - expected) / (1 - expected) - 2 * (1 - value) * (chance - expected) / (1 - expected)
    variance = float(weights @ (item - value) ** 2) / (total * (total - 1))
    return Estimate(value, variance**0.5, raw, expected)
