"""Cohen's kappa: agreement of two raters beyond chance."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.ratings import Agreement, Estimate, Floats, agreement_weights, coded, settled


def cohen_kappa(
    first: Sequence[Any],
    second: Sequence[Any],
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    labels: Sequence[Any] | None = None,
    level: float = 0.95,
) -> Agreement:
    """Cohen's kappa of two raters' labels of the same items, with its interval (see `bloomery.stats.ratings`).

    κ = (p_o - p_e) / (1 - p_e), p_o = Σ w_ij p_ij, p_e = Σ w_ij p_i. p_.j, where w is 1 for equal labels and else 0, or the
    weight by distance on the scale (Cohen 1960, 1968). The standard error is that of Fleiss, Cohen and Everitt (1969):
    n (1 - p_e)² se² = Σ p_ij (w_ij - (w̄_i. + w̄_.j)(1 - κ))² - (κ - p_e (1 - κ))².

    Items that one of the two did not rate are left out; `items` says how many are used. Labels that are strings need `labels`,
    in order, for weights. A rater who gave one label only makes kappa undefined (both: 0/0) or 0 whatever the other did: that is
    `NotComputableError`, and it tells the raw agreement.

    >>> found = cohen_kappa(["a"] * 25 + ["b"] * 25, ["a"] * 20 + ["b"] * 5 + ["a"] * 10 + ["b"] * 15)
    >>> round(found.value, 3), round(found.raw, 3), round(found.expected, 3)
    (0.4, 0.7, 0.5)
    """
    if len(first) != len(second):
        raise ValueError(f"two raters of the same items: {len(first)} and {len(second)} ratings")
    ratings = coded(list(zip(first, second, strict=True)), labels)
    codes = ratings.codes[(ratings.codes >= 0).all(axis=1)]
    if not len(codes):
        raise NotComputableError("Kappa: no item was rated by both")
    _refuse_constant(codes, ratings.labels)
    width = len(ratings.labels)
    table = np.bincount(codes[:, 0] * width + codes[:, 1], minlength=width**2).astype(np.float64)
    weighing = agreement_weights(weights, ratings.labels, declared=labels is not None)
    cells = np.indices((width, width)).reshape(2, -1).T.astype(np.float64)
    return settled(
        lambda cells, counts: kappa_of(cells, counts, weighing), cells, table, cells, level=level, least=-1.0
    )


def _refuse_constant(codes: Any, labels: list[Any]) -> None:
    constant = [bool((rater == rater[0]).all()) for rater in codes.T]
    if not any(constant):
        return
    raw = float((codes[:, 0] == codes[:, 1]).mean())
    named = " and ".join(
        f"the {name} rater gave only {labels[rater[0]]!r}"
        for name, rater, same in zip(("first", "second"), codes.T, constant, strict=True)
        if same
    )
    raise NotComputableError(
        f"Kappa is undefined: {named}, so nothing is left to agree on beyond chance. "
        f"Raw agreement is {raw:.1%} of {len(codes)} items"
    )


def kappa_of(cells: Floats, counts: Floats, weights: Floats) -> Estimate:
    """Kappa of a table given as cells (first label, second label), shape (cells, 2), and their counts."""
    first, second = cells.astype(np.int64).T
    share = counts / counts.sum()
    rows = np.bincount(first, share, len(weights))
    columns = np.bincount(second, share, len(weights))
    weight = weights[first, second]
    raw, expected = float(share @ weight), float(rows @ weights @ columns)
    value = (raw - expected) / (1 - expected)
    mean_weight = (weights @ columns)[first] + (weights @ rows)[second]
    spread = share @ (weight - mean_weight * (1 - value)) ** 2 - (value - expected * (1 - value)) ** 2
    variance = max(float(spread), 0.0) / (float(counts.sum()) * (1 - expected) ** 2)
    return Estimate(value, variance**0.5, raw, expected)
