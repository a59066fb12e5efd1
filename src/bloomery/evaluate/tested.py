"""The test of one value between two models on the same items; differences are the other's value minus the reference's.

How a value is made from items decides (`bloomery.metrics.base`):

share of items, each 0 or 1       McNemar's test (exact or mid-p), Tango's interval of the paired difference
mean of items                     permutation (sign flips) for p, paired Student's t for the interval; of both 0 and 1, as a share
value of the whole test           paired bootstrap over items, of sums (`Metric.additive`) or through `Metric.total`
clusters                          means by clustered standard errors and flips of whole clusters; clusters are drawn
                                  a share that no item changes has Tango's interval with each cluster counted as one item
several trainings                 Student's t with the trainings as a level of their own (`bloomery.evaluate.seeds`)
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.errors import NotComputableError
from bloomery.evaluate.clusters import Clusters
from bloomery.evaluate.resampled import REPLICATES, holds, row_by_row, sums, whole
from bloomery.evaluate.seeds import Training, combined, of_items, of_values
from bloomery.metrics.base import Corpus, Metric
from bloomery.stats.bootstrap import error_of, percentile
from bloomery.stats.checked import Numbers
from bloomery.stats.difference import t_difference
from bloomery.stats.interval import Interval
from bloomery.stats.mcnemar import discordant, mcnemar
from bloomery.stats.paired import paired_t, sign_flip
from bloomery.stats.score import tango

SURE = 100  # items from which the bootstrap holds nearly what it says (benchmarks/results/intervals.md)
ENOUGH = 12  # clusters: with 11 lost and 1 gained, flips have p = .006


class Tested(NamedTuple):
    """What was found about one value."""

    value: float  #: other − reference
    p: float
    method: str
    at: Callable[[float], Interval | None]  #: the interval at a level; None where there is none
    sd: (
        float | None
    )  #: standard deviation of an item's difference, clusters and trainings included; None where none can be told
    discordant: tuple[int, int] | None = None  #: items that only the reference has, and only the other, of a share
    unplanned: str = ""  #: why no number of items can be told
    lowest: str = ""  #: what p cannot get lower with, where it is as low as it can be


class Sides(NamedTuple):
    """Numbers of the items of the two models, a row a training; shape (S, n) each."""

    reference: Numbers
    other: Numbers

    @property
    def single(self) -> bool:
        """Whether each was trained once."""
        return len(self.reference) == len(self.other) == 1


def of_means(sides: Sides, clusters: Clusters | None, seed: int, *, share: bool) -> Tested:
    """A mean of item scores, or a `share` of items. NotComputableError for fewer than two items."""
    n = sides.reference.shape[1]
    if n < 2:
        raise NotComputableError(f"At least 2 scored items are needed, there {'is' if n == 1 else 'are'} {n}.")
    if not sides.single:
        return _of_trainings(sides, clusters)
    a, b = sides.reference[0], sides.other[0]
    share = share or set(np.unique([a, b])) == {0.0, 1.0}
    if clusters is None and share:
        return _of_shares(a > 0, b > 0)
    p = sign_flip(b, a, seed=seed, clusters=clusters)
    kind = "clustered " if clusters is not None else ""
    method = f"{kind}sign flips ({'all' if p.exact else f'{p.flips:,}'}), interval by {kind}paired t"
    few = _few(clusters)
    spread = None if few else _sd(a, b, clusters)
    by = _by_t(a, b, clusters)
    if share and clusters is not None and (a == b).all():
        units = len(np.unique(clusters))
        method, by = (
            f"{method.partition(',')[0]}, interval by Tango over clusters",
            lambda level: tango(0, 0, units, level),
        )
    lowest = f"{p.flips:,} random flips" if not p.exact and p.p <= 1 / (p.flips + 1) else ""
    return Tested(float(b.mean() - a.mean()), p.p, method, by, spread, None, few, lowest)


def of_totals(
    metric: Metric,
    name: str,
    reference: Sequence[pl.DataFrame],
    other: Sequence[pl.DataFrame],
    clusters: Clusters | None,
    seed: int,
    resamples: int = REPLICATES,
) -> Tested:
    """A value of the whole test by the paired bootstrap; the frames are the metric's items, one frame a training.

    So many `resamples` where sums are enough, REPLICATES where each is made from its items. NotComputableError for fewer than
    two items, and for a value that resamples tell nothing about (`Corpus.no_interval`).
    """
    made, n = metric.how(name), len(reference[0])
    if isinstance(made, Corpus) and made.no_interval:
        raise NotComputableError(f"No resample tells how sure the difference is: {made.no_interval}.")
    if n < 2:
        raise NotComputableError(f"At least 2 items are needed, there {'is' if n == 1 else 'are'} {n}.")
    a, b = (_value(metric, name, frames) for frames in (reference, other))
    frames = [*reference, *other]
    found = _replicates(metric, name, frames, clusters, seed, resamples)
    before, after = np.mean(found[: len(reference)], axis=0), np.mean(found[len(reference) :], axis=0)
    replicates = after - before
    error = error_of(replicates)
    extreme = np.count_nonzero(np.abs(replicates - replicates.mean()) >= abs(b - a))
    p = (1 + int(extreme)) / (1 + len(replicates))
    if len(reference) == len(other) == 1:
        units = n if clusters is None else len(np.unique(clusters))
        doubt = f"; of {units} {'items' if clusters is None else 'clusters'} it is too sure" if units < SURE else ""
        made_of = f"{len(replicates):,} resamples"
        method, few = f"paired bootstrap ({len(replicates):,}){doubt}", _few(clusters)
        spread = None if few else error * sqrt(n)
        return Tested(b - a, p, method, _by_resamples(b - a, replicates), spread, None, few, "" if extreme else made_of)
    trainings = [
        of_values([float(metric.total(frame)[name] or 0.0) for frame in some])
        for some in (reference, other)
        if len(some) > 1
    ]
    return _with_trainings(b - a, error, n - 1, trainings, "paired bootstrap and trainings")


def _value(metric: Metric, name: str, frames: Sequence[pl.DataFrame]) -> float:
    """The mean over trainings. NotComputableError where one has no value."""
    values = [metric.total(frame).get(name) for frame in frames]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        raise NotComputableError("The metric has no value on these items.")
    return float(np.mean(known))


def _replicates(
    metric: Metric, name: str, frames: Sequence[pl.DataFrame], clusters: Clusters | None, seed: int, resamples: int
) -> list[Numbers]:
    """The value of each frame over the same resamples; from sums where these are enough."""
    told = [metric.additive(frame) for frame in frames]
    additive = [one for one in told if one is not None]
    if len(additive) == len(frames):
        drawn = sums(
            [one.numbers for one in additive], len(frames[0]), seed=seed, clusters=clusters, replicates=resamples
        )
        values = [one.values(some).get(name) for one, some in zip(additive, drawn, strict=True)]
        if all(value is not None for value in values):
            return [value for value in values if value is not None]
    made = [
        row_by_row(whole(metric, frame), len(frame), seed=seed, clusters=clusters, replicates=REPLICATES)
        for frame in frames
    ]
    return [one.get(name, np.full(REPLICATES, np.nan)) for one in made]


def _few(clusters: Clusters | None) -> str:
    """Why no number of items helps: so few clusters, of which whole ones are flipped or drawn; "" if they are enough."""
    count = len(np.unique(clusters)) if clusters is not None else ENOUGH
    return "" if count >= ENOUGH else f"{count} clusters are few: more of them would tell, and not more items in them."


def _of_shares(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> Tested:
    gained, lost = discordant(b, a)
    test = mcnemar(gained, lost)
    differ = (gained + lost) / len(a)
    sd = float((b * 1.0 - a * 1.0).std(ddof=1))
    return Tested(
        (gained - lost) / len(a),
        test.p,
        f"McNemar, {test.method} (b = {lost:,}, c = {gained:,}: discordance {differ:.3f}), interval by Tango",
        lambda level: tango(gained, lost, len(a), level),
        sd,
        (lost, gained),
    )


def _of_trainings(sides: Sides, clusters: Clusters | None) -> Tested:
    """Means over several trainings."""
    a, b = sides.reference.mean(axis=0), sides.other.mean(axis=0)
    value = float(b.mean() - a.mean())
    trainings = [of_items(scores) for scores in sides if len(scores) > 1]
    try:
        found = paired_t(b, a, clusters=clusters)
        error, df = found.error, found.df
    except NotComputableError:
        error, df = 0.0, float(len(a) - 1)
    return _with_trainings(value, error, df, trainings, "paired t with trainings as a level")


def _with_trainings(
    value: float, item_error: float, item_df: float, trainings: Sequence[Training], method: str
) -> Tested:
    error, df = combined(item_error, item_df, trainings)
    if error <= 0:
        raise NotComputableError("Neither items nor trainings differ, so there is nothing to estimate an error from.")
    return Tested(
        value,
        t_difference(value, error, df, 0.95).p,
        f"{method} (df {df:.1f})",
        lambda level: t_difference(value, error, df, level).interval,
        None,
        None,
        "More items do not make trainings agree, so a number of items alone decides nothing.",
    )


def _by_t(a: Numbers, b: Numbers, clusters: Clusters | None) -> Callable[[float], Interval | None]:
    def at(level: float) -> Interval | None:
        try:
            return paired_t(b, a, clusters=clusters, level=level).interval
        except NotComputableError:
            return None

    return at


def _by_resamples(value: float, replicates: Numbers) -> Callable[[float], Interval | None]:
    """Percentiles; none where the difference itself is outside of them, so that its resamples are of something else."""

    def at(level: float) -> Interval | None:
        found = percentile(replicates, level)
        return found if holds(found, value) else None

    return at


def _sd(a: Numbers, b: Numbers, clusters: Clusters | None) -> float | None:
    try:
        return paired_t(b, a, clusters=clusters).error * sqrt(len(a))
    except NotComputableError:
        return None
