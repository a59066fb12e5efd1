"""Ratings of items by raters, and what all coefficients of agreement share.

Ratings are a table, one row an item and one column a rater: strings, numbers or booleans, with None or nan where a rater did
not rate the item. The labels are those that were declared, in their order, or those that occur, sorted. Declare them where a
scale has labels that nobody used: weighted kappa of strings and Gwet's coefficients depend on the whole scale.

Every coefficient here is chance-corrected: 1 - D / D_e with D the observed and D_e the expected disagreement, 0 for what chance
would give and 1 for no disagreement.

Intervals of kappa, Fleiss' kappa and Gwet's coefficients are made on the scale log(1 - value) from the linearised variance
(delta method): 1 - (1 - value) exp(±z se / (1 - value)). They end at 1 and are longer towards 0. A symmetric interval covers
too little: at a kappa of 0.9 with 100 items, 88 % for 95 %. Where a label is rare the variance is estimated as too small, and
where nobody disagreed as 0. So the interval is the hull of this one and the same from data with 2 more items, spread evenly
over all pairs of labels. In simulations (`benchmarks/agreement_coverage.py`) it covers 92 to 99 % for 95 % with 100 items or
more, mostly a little over 95 %, and 89 to 100 % with 30.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bloomery.errors import NotComputableError
from bloomery.stats.checked import normal_quantile
from bloomery.stats.interval import Interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: how many items are added, in all, for the second interval of the hull
ADDED = 2.0


class Agreement(NamedTuple):
    """A chance-corrected coefficient of agreement with what has to be read beside it."""

    #: the coefficient, at most 1
    value: float
    interval: Interval
    #: standard error of `value`, 0 where nobody disagreed
    se: float
    #: observed agreement, uncorrected, in 0..1: the mean share (or weight) of agreeing pairs of ratings
    raw: float
    #: agreement expected by chance, in 0..1
    expected: float
    #: the items that were used
    items: int


class Coded(NamedTuple):
    """Ratings as positions in the labels."""

    #: shape (items, raters); -1 where there is no rating
    codes: Ints
    labels: list[Any]


class Estimate(NamedTuple):
    """A coefficient with its parts, as functions of weighted items return it."""

    value: float
    se: float
    raw: float
    expected: float


def coded(ratings: Any, labels: Sequence[Any] | None = None) -> Coded:
    """Ratings, shape (items, raters), as positions in the labels.

    Raises `NotComputableError` where there are fewer than two raters, no rating at all, or a rating that is not among the labels.

    >>> coded([["yes", "no"], ["yes", None]])
    Coded(codes=array([[ 1,  0],
           [ 1, -1]]), labels=['no', 'yes'])
    """
    table = [list(row) for row in ratings]
    raters = {len(row) for row in table}
    if len(raters) > 1 or (table and min(raters) < 2):
        raise NotComputableError(
            "Agreement needs a table of items and at least two raters, with None where a rating is missing"
        )
    flat = [None if missing(one) else one for row in table for one in row]
    given = [one for one in flat if one is not None]
    if not given:
        raise NotComputableError("There is no rating")
    known = _sorted(set(given)) if labels is None else list(labels)
    position: dict[Any, int] = {label: index for index, label in enumerate(known)} | {None: -1}
    strange = [one for one in given if one not in position]
    if strange:
        raise NotComputableError(f"A rater gave {strange[0]!r}, which is not one of the labels {known}")
    codes = np.array([position[one] for one in flat], dtype=np.int64)
    return Coded(codes.reshape(len(table), -1), [one.item() if isinstance(one, np.generic) else one for one in known])


def missing(rating: Any) -> bool:
    """Whether a rating is None or nan."""
    return rating is None or (isinstance(rating, float | np.floating) and math.isnan(rating))


def _sorted(labels: set[Any]) -> list[Any]:
    try:
        return sorted(labels)
    except TypeError:
        return sorted(labels, key=lambda label: (type(label).__name__, str(label)))


def tallied(ratings: Coded) -> Floats:
    """How many raters gave each label to each item, shape (items, labels)."""
    items, width = len(ratings.codes), len(ratings.labels)
    rows, columns = np.nonzero(ratings.codes >= 0)
    cells = rows * width + ratings.codes[rows, columns]
    return np.bincount(cells, minlength=items * width).reshape(items, width).astype(np.float64)


def scores(labels: Sequence[Any], *, declared: bool) -> Floats:
    """Where labels stand on their scale: the numbers themselves, or the positions of declared labels of another type.

    Numbers are scores even where they are declared, so that a scale of 1, 2 and 10 has a long step. Labels that are not numbers
    have an order only if it was declared: without one, `NotComputableError`.
    """
    if all(isinstance(label, int | float | np.number) for label in labels):
        return np.array(labels, dtype=np.float64)
    if not declared:
        raise NotComputableError(f"The labels {list(labels)} have no order: pass labels=[...], lowest first")
    return np.arange(len(labels), dtype=np.float64)


def agreement_weights(kind: str | None, labels: Sequence[Any], *, declared: bool) -> Floats:
    """How far two labels agree, 1 on the diagonal, shape (labels, labels).

    None: 0 off the diagonal. ``linear``: 1 - |a - b| / range. ``quadratic``: 1 - (a - b)² / range² (Cohen 1968).
    """
    if kind is None:
        return np.eye(len(labels))
    if kind not in {"linear", "quadratic"}:
        raise ValueError(f"weights are None, 'linear' or 'quadratic', not {kind!r}")
    at = scores(labels, declared=declared)
    distance = np.abs(at[:, None] - at[None, :]) / (np.ptp(at) or 1.0)
    return 1 - (distance if kind == "linear" else distance**2)


def log_interval(value: float, se: float, level: float) -> Interval:
    """1 - (1 - value) exp(±z se / (1 - value)); without width where nobody disagreed."""
    if value >= 1:
        return Interval(1.0, 1.0)
    reach = min(normal_quantile(level) * se / (1 - value), 700.0)
    return Interval(1 - (1 - value) * math.exp(reach), 1 - (1 - value) * math.exp(-reach))


def settled(
    estimate: Callable[[Floats, Floats], Estimate],
    items: Floats,
    weights: Floats,
    added: Floats,
    *,
    level: float,
    least: float,
) -> Agreement:
    """The coefficient of these weighted items, with the hull of the two intervals, cut at the `least` possible value.

    `items` has a row an item and `added` the rows that are added for the second interval, with `ADDED` as their whole weight.
    """
    found = estimate(items, weights)
    share = np.full(len(added), ADDED / len(added))
    padded = estimate(np.concatenate([items, added]), np.concatenate([weights, share]))
    both = [log_interval(one.value, one.se, level) for one in (found, padded)]
    low, high = min(one.low for one in both), max(one.high for one in both)
    interval = Interval(max(min(low, found.value), least), max(high, found.value))
    return Agreement(found.value, interval, found.se, found.raw, found.expected, round(float(weights.sum())))
