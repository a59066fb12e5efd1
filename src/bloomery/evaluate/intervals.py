"""The interval around each value of an evaluation, by how the value is made from items (`bloomery.metrics.base`).

share of items     Wilson's; with clusters Student's t with the clustered standard error, of nothing but 0 or nothing but 1
                   Wilson's with each cluster counted as one item
mean of items      Student's t, with clusters with their standard error
corpus             percentiles of a bootstrap over items or clusters, which `bloomery.stats.bootstrap` has for any statistic

Where there is none, there is a reason. Nothing is drawn but by the seed.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from bloomery.errors import NotComputableError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.resampled import REPLICATES, holds, row_by_row, sums, whole
from bloomery.metrics.base import STATES, Additive, Corpus, Floats, Metric, Share
from bloomery.metrics.score import Scored, Sheet
from bloomery.metrics.shares import States
from bloomery.stats.bootstrap import error_of, percentile
from bloomery.stats.interval import Interval
from bloomery.stats.mean import mean
from bloomery.stats.proportion import wilson

LEVEL = 0.95
SURE = 100  # items from which the bootstrap holds nearly what it says (benchmarks/results/intervals.md)
_MANY = 10_000  # items from which values that are no sums are resampled less often
_FEWER = 200


class Around(NamedTuple):
    """An interval and how it was made, or why there is none."""

    low: float | None
    high: float | None
    method: str
    why: str


class _Ready(NamedTuple):
    """A metric with what it made of the rows with an answer."""

    metric: Metric
    items: pl.DataFrame
    clusters: Clusters | None
    level: float = LEVEL


def around(
    metric: Metric, items: pl.DataFrame, name: str, clusters: Clusters | None, seed: int, level: float = LEVEL
) -> Around:
    """The interval of one value of a prepared metric over these items, at `level`, with their clusters."""
    if not items.height:
        return Around(None, None, "", "there are no items")
    ready = _Ready(metric, items, None if clusters is None else _codes(clusters), level)
    found = dict(_plain(ready))
    if name not in found:
        found = _corpus([ready], set(found), seed)
    return found.get(name) or Around(None, None, "", "the value is not defined")


def corpus_arounds(
    metric: Metric, items: pl.DataFrame, clusters: Clusters | None, seed: int, level: float
) -> dict[str, Around]:
    """The intervals of all values of a prepared metric that are no shares and no means, from the same resamples."""
    if not items.height:
        return {}
    ready = _Ready(metric, items, None if clusters is None else _codes(clusters), level)
    made = {name: metric.how(name) for name in metric.total(items)}
    left = {name for name, one in made.items() if not isinstance(one, Corpus) or one.no_interval}
    return _corpus([ready], left, seed)


def intervals(scored: Scored, answers: pl.DataFrame, clusters: Clusters | None, seed: int) -> dict[str, dict[str, Any]]:
    """Name → `Around` as plain data, for each value of the whole test set."""
    states = States()
    ready = [_Ready(states, states.items(answers), clusters)]
    for sheet in scored.sheets:
        if sheet.items.height:
            of_rows = None if clusters is None else _codes(clusters[sheet.place >= 0])
            ready.append(_Ready(sheet.metric, sheet.items, of_rows))
    found = {name: around for one in ready for name, around in _plain(one)}
    found |= _corpus(ready[1:], set(found), seed)
    return {f"task.{name}": around._asdict() for name, around in found.items()}


def bounds_read(sheet: Sheet, answers: pl.DataFrame) -> dict[str, list[float | None]]:
    """The ends of values had the unparsed answers, and the missing ones, been given and read; none without unparsed ones."""
    unread = sheet.state == STATES.index("unparsed")
    if not unread.any():
        return {}
    out = unread | (sheet.place < 0)
    kept = sheet.items[sheet.place[~out]]
    found = sheet.metric.between(kept, answers.filter(pl.Series(out)))
    return {f"task.{name}": list(ends) for name, ends in found.items()}


def _codes(clusters: Clusters) -> Clusters:
    """Clusters from 0 on without a gap."""
    return np.asarray(np.unique(clusters, return_inverse=True)[1], dtype=np.intp)


def _plain(ready: _Ready) -> Iterator[tuple[str, Around]]:
    """Shares and means, and corpus values that have a reason for none."""
    for name, value in ready.metric.total(ready.items).items():
        made = ready.metric.how(name)
        if value is None:
            yield name, Around(None, None, "", "the value is not defined")
        elif isinstance(made, Corpus):
            if made.no_interval:
                yield name, Around(None, None, "", made.no_interval)
        else:
            each = ready.metric.each(ready.items, name)
            assert each is not None
            yield name, _of_each(each, ready, share=isinstance(made, Share))


def _of_each(each: pl.Series, ready: _Ready, *, share: bool) -> Around:
    """A mean of nothing but 0 and 1, both of them, is a share as well (one sample an item of a pass rate)."""
    there = each.is_not_null().to_numpy()
    known = each.drop_nulls().to_numpy()
    clusters, level = ready.clusters, ready.level
    try:
        units = 0 if clusters is None else len(np.unique(clusters[there]))
        if units > 1 and share and len(set(known)) == 1:
            return _around(wilson(units if known[0] else 0, units, level), "Wilson over clusters")
        if clusters is not None:
            return _around(mean(known, clusters=clusters[there], level=level).interval, "clustered t")
        if share or set(np.unique(known)) == {0.0, 1.0}:
            return _around(wilson(int(known.sum()), len(known), level), "Wilson")
        return _around(mean(known, level=level).interval, "t")
    except NotComputableError as error:
        return Around(None, None, "", _reason(error))


def _corpus(ready: Sequence[_Ready], known: set[str], seed: int) -> dict[str, Around]:
    """The other values, those that are made of sums all with the same draws."""
    found: dict[str, Around] = {}
    added: list[tuple[_Ready, Additive, dict[str, float]]] = []
    for one in ready:
        values = {k: v for k, v in one.metric.total(one.items).items() if k not in known and v is not None}
        additive = one.metric.additive(one.items) if values else None
        if additive is not None:
            added.append((one, additive, values))
        elif values:
            found |= _by_rows(one, values, seed)
    if added:
        # all metrics have the same rows: those with an answer
        first = added[0][0]
        n = first.items.height
        tables = [additive.numbers for _, additive, _ in added]
        if n < 2:
            return found | {name: Around(None, None, "", _few(n)) for _, _, values in added for name in values}
        drawn = sums(tables, n, seed=seed, clusters=first.clusters, replicates=REPLICATES)
        for (one, additive, values), table in zip(added, drawn, strict=True):
            replicates = additive.values(table)
            found |= {name: _of_replicates(replicates.get(name), one, value) for name, value in values.items()}
    return found


def _by_rows(one: _Ready, values: dict[str, float], seed: int) -> dict[str, Around]:
    n = one.items.height
    if n < 2:
        return {name: Around(None, None, "", _few(n)) for name in values}
    replicates = REPLICATES if n <= _MANY else _FEWER
    drawn = row_by_row(whole(one.metric, one.items), n, seed=seed, clusters=one.clusters, replicates=replicates)
    return {name: _of_replicates(drawn.get(name), one, value) for name, value in values.items()}


def _of_replicates(found: Floats | None, one: _Ready, value: float) -> Around:
    if found is None:
        return Around(None, None, "", "no resample has this value")
    try:
        error_of(found)
    except NotComputableError as error:
        return Around(None, None, "", _reason(error))
    interval = percentile(found, one.level)
    if not holds(interval, value):
        return Around(
            None, None, "", f"the value lies outside of {100 * one.level:g} % of its resamples, which are biased for it"
        )
    units = one.items.height if one.clusters is None else int(one.clusters.max()) + 1
    what = "items" if one.clusters is None else "clusters"
    few = f", too short for {units} {what}" if units < SURE else ""
    clustered = "" if one.clusters is None else "clustered "
    return _around(interval, f"{clustered}bootstrap percentile ({len(found):,}{few})")


def _few(n: int) -> str:
    return f"2 items at least are needed, there {'is' if n == 1 else 'are'} {n}"


def _around(interval: Interval, method: str) -> Around:
    return Around(interval.low, interval.high, method, "")


def _reason(error: NotComputableError) -> str:
    """The message as part of a sentence."""
    text = str(error).rstrip(".")
    return text[:1].lower() + text[1:]
