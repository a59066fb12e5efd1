"""Intervals around the values that are means of item scores: Wilson's for shares, Student's t for other means."""

import polars as pl

from bloomery.errors import NotComputableError
from bloomery.metrics.names import METRICS
from bloomery.stats.interval import Interval
from bloomery.stats.mean import mean
from bloomery.stats.proportion import wilson

LEVEL = 0.95


def interval_of(scores: pl.Series) -> Interval:
    """The interval of the mean of `scores`, nulls left out; NotComputableError where there is none."""
    known = scores.drop_nulls()
    if known.is_in([0.0, 1.0]).all():
        return wilson(int(known.sum()), len(known), LEVEL)
    return mean(known.to_numpy(), level=LEVEL).interval


def intervals(scores: pl.DataFrame) -> dict[str, tuple[float, float]]:
    """Name → interval at 95 %, for the values of the whole test set that have one."""
    found: dict[str, tuple[float, float]] = {}
    means = {name for metric in METRICS.values() for name in metric.means}
    for (name,), rows in scores.group_by("metric", maintain_order=True):
        if str(name).rpartition("task.")[2] in means:
            try:
                low, high = interval_of(rows["value"])
                found[str(name)] = (low, high)
            except NotComputableError:
                continue
    return found
