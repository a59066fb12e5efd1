"""Bounds of a measured value at a one-sided certainty.

share of items    Wilson's score bound; where nothing else was seen than one number the exact one-sided bound, 1 − (1 − c)^(1/n)
                  (0 of 300: below 1.0 % at 95 %; Wilson's would say 0.9 %, and hold in 93 of 100 cases where 95 are promised)
mean of items     Student's t; of numbers that are all the same the exact bound as well, times the range
with clusters     clustered t; the exact bound counts clusters
whole corpus      percentiles of the bootstrap
worst of several  good enough if each is (an intersection-union test); too bad if one is, with Bonferroni's correction
census, number    the value itself

An item without a score counts as the worst in `low` and as the best in `high` where more is better: each end is made of the
numbers that make it widest. A corpus value is moved by what it would be had the unscored ones been the worst, or the best.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import polars as pl

from bloomery.errors import NotComputableError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.gates.measure import Measure, Rows
from bloomery.evaluate.gates.numbers import Floats, Numbers, Same, imagined, numbers_of
from bloomery.evaluate.intervals import Around, corpus_arounds
from bloomery.metrics.base import Corpus, Ends, Share
from bloomery.stats.mean import mean
from bloomery.stats.proportion import rule_of_three, wilson

#: a lower and an upper bound; None where there is none
Sides = tuple[float | None, float | None]
Pick = Callable[[list[float]], float]


class Bounds(NamedTuple):
    """A value with its bounds; both are the value where there is nothing uncertain, None where there is no bound."""

    value: float
    low: float | None
    high: float | None
    n: int  #: items with a score
    method: str
    unscored: int = 0
    alone: Sides = (None, None)  #: the bounds of the scored items alone, as if there were no others
    share: bool = False  #: whether it is a share of items, bounded by Wilson's interval or exactly
    of: str = ""  #: of the worst of several: which one
    members: tuple["Bounds", ...] = ()
    spread: float | None = None  #: standard deviation of an item's difference
    discordance: float | None = None  #: share of items that two models have differently


def two_sided(certainty: float) -> float:
    """The level of an interval whose ends each are so sure one-sided.

    >>> round(two_sided(0.95), 3)
    0.9
    """
    return 2 * certainty - 1


def bounds(measure: Measure, certainty: float | None, seed: int) -> Bounds:
    """The bounds of a value, each at `certainty` for itself (one-sided); None: the value alone.

    Raises NotComputableError where a sampled value has no interval.
    """
    assert measure.value is not None
    value = measure.value
    if measure.how == "least":
        return _least(measure, certainty, seed)
    if measure.how == "census":
        return _census(measure, certainty)
    if certainty is None or measure.how == "number":
        return Bounds(value, value, value, measure.n, "the value alone", measure.unscored, (value, value))
    numbers = numbers_of(measure)
    if numbers is not None:
        low, high, alone, method = of_numbers(numbers, certainty, share=isinstance(measure.made, Share))
        plain = numbers.clusters is None and _is_share(numbers.each, measure)
        return Bounds(value, low, high, numbers.scored, method, numbers.unscored, alone, plain)
    return _corpus(measure, certainty, seed)


def of_numbers(numbers: Numbers, certainty: float, *, share: bool) -> tuple[float | None, float | None, Sides, str]:
    """The bounds of a mean of items: low, high, both of the scored items alone, and how they were made."""
    known = ~np.isnan(numbers.each)
    clusters = numbers.clusters
    alone = interval(
        numbers.each[known], None if clusters is None else clusters[known], numbers.ends, certainty, share=share
    )
    if known.all():
        return alone[0], alone[1], alone[:2], alone[2]
    found: list[float | None] = []
    for low, end in zip((True, False), numbers.ends, strict=True):
        filled = numbers.filled(end)
        sides = (None, None, "") if filled is None else interval(filled, clusters, numbers.ends, certainty, share=share)
        found.append(sides[0] if low else sides[1])
    return found[0], found[1], alone[:2], alone[2]


def interval(
    values: Floats, clusters: Clusters | None, ends: Ends, certainty: float, *, share: bool
) -> tuple[float | None, float | None, str]:
    """Both bounds of the mean of `values`, each at `certainty`, and the method. NotComputableError where there is none."""
    if not len(values):
        raise NotComputableError("no item has a score")
    if (values == values[0]).all():
        return alike(float(values[0]), len(values) if clusters is None else len(np.unique(clusters)), ends, certainty)
    level = two_sided(certainty)
    if clusters is not None:
        found, method = mean(values, clusters=clusters, level=level).interval, "clustered t"
    elif share or set(np.unique(values)) == {0.0, 1.0}:
        found, method = wilson(int(values.sum()), len(values), level), "Wilson"
    else:
        found, method = mean(values, level=level).interval, "t"
    low, high = ends
    return (
        found.low if low is None else max(low, found.low),
        found.high if high is None else min(high, found.high),
        method,
    )


def alike(value: float, units: int, ends: Ends, certainty: float) -> tuple[float | None, float | None, str]:
    """Bounds of a mean of numbers that are all `value`: others have a share below 1 − (1 − c)^(1/n), and are in the range.

    >>> [round(end, 4) for end in alike(0.0, 300, (0.0, 1.0), 0.95)[:2]]
    [0.0, 0.0099]
    """
    other = rule_of_three(units, certainty)
    low, high = ends
    return (
        None if low is None else value - (value - low) * other,
        None if high is None else value + (high - value) * other,
        "exact",
    )


def _is_share(each: Floats, measure: Measure) -> bool:
    return isinstance(measure.made, Share) or set(np.unique(each[~np.isnan(each)])) <= {0.0, 1.0}


def _census(measure: Measure, certainty: float | None) -> Bounds:
    """What was counted; what could not be looked at may be either."""
    assert measure.value is not None
    value, n, lost = measure.value, measure.n, measure.unscored
    low, high = value, value
    if lost and certainty is not None:
        known = (
            measure.ends if measure.ends != (None, None) else (value * n / (n + lost), (value * n + lost) / (n + lost))
        )
        low = value if known[0] is None else known[0]
        high = value if known[1] is None else known[1]
    return Bounds(value, low, high, n, "counted", lost, (value, value))


def _corpus(measure: Measure, certainty: float, seed: int) -> Bounds:
    """A value of all items together."""
    assert measure.value is not None
    if measure.rows is None:
        raise NotComputableError("there is no interval around it")
    made = measure.made
    if isinstance(made, Corpus) and made.no_interval:
        raise NotComputableError(f"there is no interval around it: {made.no_interval}")
    whole = _resampled(Same(measure.rows), seed, two_sided(certainty))
    found = whole.get(measure.bare, Around(None, None, "", "the value is not defined"))
    if found.low is None or found.high is None:
        raise NotComputableError(f"there is no interval around it: {found.why}")
    low, high = moved(measure, found.low, found.high)
    method = found.method.partition(" (")[0]
    n = int(np.count_nonzero(measure.rows.sheet.place[measure.rows.at] >= 0))
    return Bounds(measure.value, low, high, n, method, measure.unscored, (found.low, found.high))


@lru_cache(maxsize=8)
def _resampled(same: Same, seed: int, level: float) -> dict[str, Around]:
    """The intervals of all corpus values of the same rows: they are resampled once for all gates."""
    items, clusters = answered(same.rows)
    return corpus_arounds(same.rows.metric, items, clusters, seed, level)


def forget() -> None:
    """Let go of what was resampled, and of answers that were imagined."""
    _resampled.cache_clear()
    imagined.cache_clear()


def moved(measure: Measure, low: float, high: float) -> Sides:
    """Bounds of the scored items, moved by what the unscored ones could do to the value; None where that is not known."""
    assert measure.value is not None
    if not measure.unscored:
        return low, high
    worst, best = measure.ends
    return (
        None if worst is None else low + min(0.0, worst - measure.value),
        None if best is None else high + max(0.0, best - measure.value),
    )


def answered(rows: Rows) -> tuple[pl.DataFrame, Clusters | None]:
    """What the metric made of the answers that are there, with their clusters."""
    place = rows.sheet.place[rows.at]
    clusters = None if rows.clusters is None else np.asarray(rows.clusters[rows.at][place >= 0], dtype=np.intp)
    return rows.sheet.items[place[place >= 0]], clusters


def _least(measure: Measure, certainty: float | None, seed: int) -> Bounds:
    """The worst of several."""
    members = [one for one in measure.members if one.value is not None]
    if not members:
        raise NotComputableError(measure.why or "none of them has a value")
    each = [bounds(one, certainty, seed) for one in members]
    k = len(measure.members)
    wide = each if certainty is None else [bounds(one, 1 - (1 - certainty) / k, seed) for one in members]
    values = [one.value for one in each]
    worst = values.index(min(values) if measure.rises else max(values))
    pick: Pick = min if measure.rises else max
    # the bound on the bad side holds for each of them, that on the good side for one
    lows, highs = (each, wide) if measure.rises else (wide, each)
    of_low, of_high = (_all, _some) if measure.rises else (_some, _all)
    low, high = of_low([one.low for one in lows], pick), of_high([one.high for one in highs], pick)
    alone = of_low([one.alone[0] for one in lows], pick), of_high([one.alone[1] for one in highs], pick)
    return Bounds(
        each[worst].value,
        low,
        high,
        each[worst].n,
        f"worst of {k}",
        sum(one.unscored for one in each),
        alone,
        of=members[worst].name,
        members=tuple(each),
    )


def _all(ends: list[float | None], pick: Pick) -> float | None:
    """The bound that holds for each; None where one has none."""
    known = [end for end in ends if end is not None]
    return pick(known) if len(known) == len(ends) else None


def _some(ends: list[float | None], pick: Pick) -> float | None:
    """The bound of those that have one."""
    known = [end for end in ends if end is not None]
    return pick(known) if known else None
