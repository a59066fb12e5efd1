"""Measures for readers: a value with its interval, and two of them side by side, at 95 %.

same items       shares by Tango's interval, means by the paired t (`bloomery.stats`)
other items      shares by Farrington and Manning's interval, means by Welch's t
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.errors import NotComputableError
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.intervals import around
from bloomery.stats.interval import Interval
from bloomery.stats.mcnemar import discordant
from bloomery.stats.paired import paired_t
from bloomery.stats.score import farrington_manning, tango
from bloomery.stats.unpaired import welch

Numbers = NDArray[np.float64]


def shown(measure: Measure, seed: int) -> dict[str, Any]:
    """A value with its interval, as plain JSON."""
    told = {
        "name": measure.name,
        "value": measure.value,
        "n": measure.n,
        "unscored": measure.unscored,
        "low": None,
        "high": None,
        "why": measure.why,
    }
    if measure.rows is None or measure.value is None or measure.how != "sampled":
        return told
    place = measure.rows.sheet.place[measure.rows.at]
    clusters = None if measure.rows.clusters is None else measure.rows.clusters[measure.rows.at][place >= 0]
    items = measure.rows.sheet.items[place[place >= 0]]
    found = around(measure.rows.sheet.metric, items, measure.bare, clusters, seed)
    return told | {"low": found.low, "high": found.high, "why": found.why}


def paired(one: Measure, other: Measure) -> dict[str, Any]:
    """The value of `one` minus that of `other` on the items that both have."""
    mine, theirs = _numbers(one), _numbers(other)
    if mine is None or theirs is None:
        return _plain(one, other)
    both = mine.join(theirs, on="item", how="inner", suffix="_other", maintain_order="left")
    a, b = both["value"].to_numpy(), both["value_other"].to_numpy()
    if not len(a):
        return _told(None, None, 0, "", "no item has a score on both sides")
    try:
        if _zero_or_one(a, b):
            gained, lost = discordant(a > 0, b > 0)
            return _told((gained - lost) / len(a), tango(gained, lost, len(a)), len(a), "Tango")
        found = paired_t(a, b)
        return _told(float((a - b).mean()), found.interval, len(a), "paired t")
    except NotComputableError as error:
        return _told(float((a - b).mean()), None, len(a), "", str(error))


def unpaired(one: Measure, other: Measure) -> dict[str, Any]:
    """The value of `one` minus that of `other`, which is of other items."""
    mine, theirs = _numbers(one), _numbers(other)
    if mine is None or theirs is None:
        return _plain(one, other)
    a, b = mine["value"].to_numpy(), theirs["value"].to_numpy()
    n = min(len(a), len(b))
    if not n:
        return _told(None, None, 0, "", "one of the two has no item with a score")
    value = float(a.mean() - b.mean())
    try:
        if _zero_or_one(a, b):
            found = farrington_manning(int(a.sum()), len(a), int(b.sum()), len(b))
            return _told(value, found, n, "Farrington and Manning")
        return _told(value, welch(a, b).interval, n, "Welch's t")
    except NotComputableError as error:
        return _told(value, None, n, "", str(error))


def _numbers(measure: Measure) -> pl.DataFrame | None:
    """``item, value`` of the items that have a number; None for a value of the whole corpus."""
    rows = measure.rows
    if rows is None:
        return None
    place = rows.sheet.place[rows.at]
    there = place >= 0
    items = rows.sheet.items[place[there]]
    each = rows.sheet.metric.each(items, measure.bare) if items.height else pl.Series([], dtype=pl.Float64)
    if each is None:
        return None
    return pl.DataFrame({"item": rows.item[rows.at[there]], "value": each}).drop_nulls("value")


def _zero_or_one(a: Numbers, b: Numbers) -> bool:
    return {*np.unique(a).tolist(), *np.unique(b).tolist()} <= {0.0, 1.0}


def _plain(one: Measure, other: Measure) -> dict[str, Any]:
    value = None if one.value is None or other.value is None else one.value - other.value
    return _told(value, None, min(one.n, other.n), "", "the value is one of all items together")


def _told(value: float | None, interval: Interval | None, n: int, method: str, why: str = "") -> dict[str, Any]:
    low, high = (None, None) if interval is None else interval
    return {"value": value, "low": low, "high": high, "n": n, "method": method, "why": why}
