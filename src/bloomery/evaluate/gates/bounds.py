"""Bounds of a measured value, and of its difference to another model's on the same items, at a one-sided certainty."""

from typing import NamedTuple

import numpy as np
import polars as pl

from bloomery.errors import NotComputableError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.gates.measure import Measure, Rows
from bloomery.evaluate.intervals import around
from bloomery.evaluate.tested import Sides, of_means, of_totals
from bloomery.metrics.base import Corpus, Share


class Bounds(NamedTuple):
    """A value with its bounds; both are the value where there is nothing uncertain."""

    value: float
    low: float | None
    high: float | None
    n: int
    method: str


def bounds(measure: Measure, certainty: float | None, seed: int) -> Bounds:
    """The bounds of a value, each at `certainty` for itself (one-sided); None: the value alone.

    Raises NotComputableError where a sampled value has no interval.
    """
    assert measure.value is not None
    if measure.how == "least":
        return _least(measure, certainty, seed)
    if certainty is None or measure.how != "sampled":
        return Bounds(measure.value, measure.value, measure.value, measure.n, measure.how)
    if measure.rows is None:
        raise NotComputableError(f"{measure.name} has no interval")
    found = around(
        measure.rows.sheet.metric, _items(measure.rows), measure.bare, _clusters(measure.rows), seed, 2 * certainty - 1
    )
    if found.low is None or found.high is None:
        raise NotComputableError(f"{measure.name} has no interval: {found.why}")
    return Bounds(measure.value, found.low, found.high, measure.n, found.method)


def _least(measure: Measure, certainty: float | None, seed: int) -> Bounds:
    """The worst of several: it is at least so good if each one is, and worse if one is (with Bonferroni's correction)."""
    assert measure.value is not None
    each = [bounds(one, certainty, seed) for one in measure.members]
    k = len(each)
    wide = each if certainty is None else [bounds(one, 1 - (1 - certainty) / k, seed) for one in measure.members]
    pick = min if measure.rises else max
    near, far = ("low", "high") if measure.rises else ("high", "low")
    ends = {near: pick(getattr(one, near) for one in each), far: pick(getattr(one, far) for one in wide)}
    return Bounds(measure.value, ends["low"], ends["high"], min(one.n for one in each), f"worst of {k}")


def difference(measure: Measure, other: Measure, certainty: float | None, seed: int) -> Bounds:
    """The value minus the other's on the items that both have, paired: Tango's interval for shares, Student's t for means, a
    paired bootstrap for values of the whole test.

    Raises NotComputableError where the two cannot be paired.
    """
    assert measure.value is not None
    assert other.value is not None
    if certainty is None or (measure.how != "sampled" and other.how != "sampled"):
        plain = measure.value - other.value
        return Bounds(plain, plain, plain, min(measure.n, other.n), "the values alone")
    if measure.rows is None or other.rows is None:
        raise NotComputableError(f"{measure.name} is not of items that two models can be paired on")
    mine, theirs, clusters = _paired(measure.rows, other.rows)
    if not mine.height:
        raise NotComputableError("no item has a score of both models")
    metric, name = measure.rows.metric, measure.bare
    if isinstance(measure.made, Corpus):
        tested = of_totals(metric, name, [theirs], [mine], clusters, seed)
    else:
        sides = [metric.each(items, name) for items in (theirs, mine)]
        there = [one.is_not_null() for one in sides if one is not None]
        both = (there[0] & there[1]).to_numpy()
        reference, tuned = (one.to_numpy()[both][None, :] for one in sides if one is not None)
        share = isinstance(measure.made, Share)
        tested = of_means(Sides(reference, tuned), None if clusters is None else clusters[both], seed, share=share)
        mine = mine.filter(both)
    interval = tested.at(2 * certainty - 1)
    if interval is None:
        raise NotComputableError(f"the difference of {measure.name} has no interval")
    return Bounds(tested.value, interval.low, interval.high, mine.height, tested.method)


def _paired(one: Rows, other: Rows) -> tuple[pl.DataFrame, pl.DataFrame, Clusters | None]:
    """The items of both, in the same order, where both have an answer; with their clusters."""
    frames = []
    for rows in (one, other):
        place = rows.sheet.place[rows.at]
        frames.append(
            pl.DataFrame({"item": rows.item[rows.at], "place": place, "row": rows.at}).filter(pl.col("place") >= 0)
        )
    both = frames[0].join(frames[1], on="item", how="inner", suffix="_other", maintain_order="left")
    clusters = None if one.clusters is None else np.unique(one.clusters[both["row"].to_numpy()], return_inverse=True)[1]
    mine, theirs = one.sheet.items[both["place"].to_numpy()], other.sheet.items[both["place_other"].to_numpy()]
    return mine, theirs, clusters


def _items(rows: Rows) -> pl.DataFrame:
    place = rows.sheet.place[rows.at]
    return rows.sheet.items[place[place >= 0]]


def _clusters(rows: Rows) -> Clusters | None:
    if rows.clusters is None:
        return None
    return np.asarray(rows.clusters[rows.at][rows.sheet.place[rows.at] >= 0], dtype=np.intp)
