"""The difference of a value to that of the base or the baseline, paired by item, at a one-sided certainty.

share of items    Tango's score interval; where no item came out differently the exact bound (`bounds.alike`)
mean of items     paired t (clustered, where there are clusters)
whole corpus      paired bootstrap (`bloomery.evaluate.tested`)

An item that either side has no score for counts as the worst for the model and the best for the other in the lower bound, the
other way round in the upper one. The smallest margin that so many items show, for a model that is as good, is told with a power
of 80 % (`bloomery.stats.designs.NonInferiority`).
"""

from math import sqrt
from typing import NamedTuple

import numpy as np
import polars as pl

from bloomery.errors import NotComputableError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.gates.bounds import Bounds, Sides, alike, moved, two_sided
from bloomery.evaluate.gates.measure import Measure, Rows
from bloomery.evaluate.gates.numbers import Floats, Numbers, numbers_of
from bloomery.evaluate.tested import of_totals
from bloomery.metrics.base import Ends, Share
from bloomery.stats.designs import NonInferiority, PairedMeans, PairedProportions
from bloomery.stats.mcnemar import discordant
from bloomery.stats.paired import paired_t
from bloomery.stats.power import detectable_effect
from bloomery.stats.score import tango

POWER = 0.8


def difference(measure: Measure, other: Measure, certainty: float | None, seed: int) -> Bounds:
    """The value minus the other's on the same items.

    Raises NotComputableError where the two cannot be paired, or there is no interval.
    """
    assert measure.value is not None
    assert other.value is not None
    plain = measure.value - other.value
    if certainty is None or (measure.how in ("census", "number") and other.how in ("census", "number")):
        return Bounds(plain, plain, plain, min(measure.n, other.n), "the values alone", 0, (plain, plain))
    if measure.rows is None or other.rows is None:
        raise NotComputableError("the two have no items to be paired by")
    mine, theirs = numbers_of(measure), numbers_of(other)
    if mine is None or theirs is None:
        return _of_corpus(measure, other, measure.rows, other.rows, certainty, seed)
    return _of_items(_paired(mine, theirs), certainty, share=isinstance(measure.made, Share))


class Pairs(NamedTuple):
    """Numbers of the same items, nan where a side has none."""

    mine: Floats
    theirs: Floats
    clusters: Clusters | None
    ends: Ends

    @property
    def both(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """The items that both have a score for."""
        return ~np.isnan(self.mine) & ~np.isnan(self.theirs)


def _paired(mine: Numbers, theirs: Numbers) -> Pairs:
    """By item, in the model's order; what the other was not asked has no score there."""
    left = pl.DataFrame({"item": mine.item, "row": np.arange(len(mine.each))})
    right = pl.DataFrame({"item": theirs.item, "other": theirs.each})
    found = left.join(right, on="item", how="left", maintain_order="left")
    each = found["other"].fill_null(float("nan")).to_numpy()
    return Pairs(mine.each, each, mine.clusters, mine.ends)


def _of_items(pairs: Pairs, certainty: float, *, share: bool) -> Bounds:
    both = pairs.both
    if not both.any():
        raise NotComputableError("no item has a score on both sides")
    mine, theirs = pairs.mine[both], pairs.theirs[both]
    clusters = None if pairs.clusters is None else pairs.clusters[both]
    share = share or {*np.unique(mine), *np.unique(theirs)} <= {0.0, 1.0}
    alone = of_pairs(mine, theirs, clusters, pairs.ends, certainty, share=share)
    low, high = alone[0], alone[1]
    if not both.all():
        bottom, top = pairs.ends
        low = _end(pairs, bottom, top, 0, certainty, share=share)
        high = _end(pairs, top, bottom, 1, certainty, share=share)
    apart = mine - theirs
    return Bounds(
        float(apart.mean()),
        low,
        high,
        int(both.sum()),
        alone[2],
        int((~both).sum()),
        alone[:2],
        spread=_spread(mine, theirs, clusters),
        discordance=float(np.mean(apart != 0)) if share and clusters is None else None,
    )


def _end(
    pairs: Pairs, mine: float | None, theirs: float | None, place: int, certainty: float, *, share: bool
) -> float | None:
    """One bound with these numbers in the place of what is unscored."""
    filled = []
    for each, end in ((pairs.mine, mine), (pairs.theirs, theirs)):
        lost = np.isnan(each)
        if lost.any() and end is None:
            return None
        filled.append(np.where(lost, 0.0 if end is None else end, each))
    found = of_pairs(filled[0], filled[1], pairs.clusters, pairs.ends, certainty, share=share)
    return found[0] if place == 0 else found[1]


def of_pairs(
    mine: Floats, theirs: Floats, clusters: Clusters | None, ends: Ends, certainty: float, *, share: bool
) -> tuple[float | None, float | None, str]:
    """Both bounds of the mean of mine − theirs, and the method."""
    apart = mine - theirs
    if (apart == apart[0]).all():
        low, high = ends
        width = None if low is None or high is None else high - low
        units = len(apart) if clusters is None else len(np.unique(clusters))
        return alike(float(apart[0]), units, (None if width is None else -width, width), certainty)
    if share and clusters is None:
        gained, lost = discordant(mine > 0, theirs > 0)
        found, method = tango(gained, lost, len(apart), two_sided(certainty)), f"Tango ({gained} gained, {lost} lost)"
    else:
        found = paired_t(mine, theirs, clusters=clusters, level=two_sided(certainty)).interval
        method = "paired t" if clusters is None else "clustered paired t"
    return found.low, found.high, method


def _spread(mine: Floats, theirs: Floats, clusters: Clusters | None) -> float | None:
    """Standard deviation of an item's difference, clusters included; None where there is none."""
    try:
        return paired_t(mine, theirs, clusters=clusters).error * sqrt(len(mine))
    except NotComputableError:
        return None


def _of_corpus(measure: Measure, other: Measure, mine: Rows, theirs: Rows, certainty: float, seed: int) -> Bounds:
    """A value of all items together, on the items that both have an answer to."""
    ours, those, clusters = _answered_by_both(mine, theirs)
    tested = of_totals(mine.metric, measure.bare, [those], [ours], clusters, seed)
    found = tested.at(two_sided(certainty))
    if found is None:
        raise NotComputableError("the difference lies outside of its own resamples")
    lost = measure.unscored or other.unscored
    low, high = found.low, found.high
    ends: Sides = (low, high)
    if lost:
        down, up = moved(measure, low, high)
        other_down, other_up = moved(other, 0.0, 0.0)
        ends = (
            None if down is None or other_up is None else down - other_up,
            None if up is None or other_down is None else up - other_down,
        )
    unscored = len(mine.at) - ours.height
    return Bounds(tested.value, *ends, ours.height, "paired bootstrap", unscored, (low, high), spread=tested.sd)


def _answered_by_both(one: Rows, other: Rows) -> tuple[pl.DataFrame, pl.DataFrame, Clusters | None]:
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


def seen(found: Bounds, certainty: float) -> float | None:
    """The smallest drop that so many items show (with a power of 80 %, one-sided), from how far they differed; None if unknown.

    >>> round(seen(Bounds(0.0, 0.0, 0.0, 400, "", discordance=0.1), 0.95), 4)  # (1.645 + 0.842) √(0.1 / 400)
    0.0393
    """
    if found.discordance:
        design: PairedProportions | PairedMeans = PairedProportions(found.discordance)
    elif found.spread:
        design = PairedMeans(found.spread)
    else:
        return None
    return detectable_effect(NonInferiority(design), found.n, power=POWER, alpha=1 - certainty)
