"""Comparing evaluated runs on the same items: the first against each of the others.

1. runs that differ only in the training seed are one model (`groups`); metrics must have been the same
2. each model is paired with the first by item (`pairing`): the same question, the same references, or an error
3. each value is tested on the items that both sides have a score for (`tested`); what is unscored is left out, counted, and
   bounded: the difference had the missing answers been the worst for one side, or for the other
4. p-values are corrected for all values and models together (Holm), intervals are there at 1 − α and, where there are several,
   at 1 − α/k for all k at once (Bonferroni)

No model is called the best one: a table of many models and a maximum is how chance is chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.errors import DataError, NotComputableError, did_you_mean
from bloomery.evaluate import comparison_report
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.compared import Compared, Comparison, summary, value_of
from bloomery.evaluate.few_clusters import cluster_notes
from bloomery.evaluate.flips import Flips, flips
from bloomery.evaluate.groups import Value, comparable, grouped
from bloomery.evaluate.needed import needed, unit_of
from bloomery.evaluate.options import Compare
from bloomery.evaluate.pairing import Pair, note, paired
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.tested import Clusters, Sides, Tested, of_means, of_totals
from bloomery.metrics.base import Metric
from bloomery.schema import checked_options
from bloomery.stats.multiple import holm
from bloomery.store import building


@dataclass(frozen=True)
class _Sheets:
    """What a metric made of the answers of a pair."""

    metric: Metric  # prepared
    reference: tuple[pl.DataFrame, ...]  # items of each run, of the rows where `there`
    other: tuple[pl.DataFrame, ...]
    there: NDArray[np.bool_]  # rows with an answer in all runs


class _Found(NamedTuple):
    """What was found about one value of one pair."""

    row: Comparison
    tested: Tested | None
    flips: Flips | None


def compare(runs: Sequence[str | Path], *, out: str | Path | None = None, **options: Any) -> Compared:
    """Compare the first of `runs` with each of the others; with `out`, into a new folder with JSON and a report.

    `options` are those of `bloomery.evaluate.options.Compare`. Raises UsageError (and its kinds) for what the caller can mend.
    """
    asked = checked_options(Compare, options)
    opened = [Evaluated(run) for run in runs]
    groups, notes = grouped(opened)
    values, more = comparable(opened, asked.metric)
    pairs = [paired(groups[0], other) for other in groups[1:]]
    notes += cluster_notes(pairs[0].of_reference[0], asked.cluster)
    notes += more + [one for pair in pairs for one in note(pair)] + _seed_notes(groups)
    found = [_compared(pair, value, asked) for pair in pairs for value in values]
    comparisons = _corrected(found, asked)
    flipped = [one.flips for one in found]
    told = summary(groups, values, comparisons, flipped, asked, list(dict.fromkeys(notes)))
    result = Compared(told, None if out is None else Path(out))
    if out is not None:
        with building(Path(out)) as folder:
            (folder / "compare.json").write_bytes(json_bytes(told))
            (folder / "report.html").write_text(comparison_report.render(told, pairs, flipped), encoding="utf-8")
            (folder / "manifest.json").write_bytes(
                json_bytes({k: told[k] for k in ("bloomery", "verb", "options", "runs")})
            )
    return result


def _seed_notes(groups: Sequence[Any]) -> list[str]:
    alone = [group.name for group in groups if len(group.runs) == 1]
    if not alone:
        return []
    return [
        f"{', '.join(alone)}: trained once each, as far as is known; how much another training seed would change is unknown "
        "and in no interval"
        if len(alone) > 1
        else f"{alone[0]}: trained once, as far as is known; how much another training seed would change is unknown and in no "
        "interval"
    ]


def _compared(pair: Pair, value: Value, asked: Compare) -> _Found:
    """One value of one pair, p and intervals still without correction."""
    sheets = None if value.is_mean and not (pair.only_reference or pair.only_other) else _sheets(pair, value.metric)
    known = _scores(pair, value, sheets) if value.is_mean else None
    scored = _scored(known, sheets)
    n = int(scored.sum())
    bounds = None if known is None or scored.all() else _bounds(known, value.metric)
    names = pair.reference.name, pair.other.name
    row = Comparison(value.name, *names, value.rises, n, len(pair.items) - n, bounds=bounds)
    clusters = _clusters(pair, asked.cluster, scored)
    changed = None if known is None else flips(pair, value, known)
    try:
        if known is not None:
            tested = of_means(Sides(known.reference[:, scored], known.other[:, scored]), clusters, asked.seed)
            reference = float(known.reference[:, scored].mean())
        else:
            assert sheets is not None
            _check_again(pair, value, sheets)
            tested = of_totals(sheets.metric, value.name, sheets.reference, sheets.other, clusters, asked.seed)
            reference = float(np.mean([_total(sheets.metric, items, value.name) for items in sheets.reference]))
    except NotComputableError as error:
        return _Found(replace(row, error=str(error)), None, changed)
    drop = asked.drop * unit_of(value.metric, reference)
    row = replace(
        row,
        value_reference=reference,
        value_other=reference + tested.value,
        difference=tested.value,
        p=tested.p,
        method=tested.method,
        drop=drop or None,
        needed=needed(tested, n, drop, power=asked.power, alpha=asked.alpha) if drop else None,
    )
    return _Found(row, tested, changed)


def _scored(known: Sides | None, sheets: _Sheets | None) -> NDArray[np.bool_]:
    """Which items all runs have a score for, or an answer where the value is no mean of scores."""
    if known is not None:
        return np.asarray(np.isfinite(np.concatenate(known)).all(axis=0), dtype=np.bool_)
    assert sheets is not None
    return sheets.there


def _check_again(pair: Pair, value: Value, sheets: _Sheets) -> None:
    """DataError where a value computed now is not the one that was written: other code, or other answers."""
    if not sheets.there.all() or pair.only_reference or pair.only_other:
        return
    for run, items in zip((*pair.reference.runs, *pair.other.runs), (*sheets.reference, *sheets.other), strict=True):
        written, now = value_of(run, value.name), sheets.metric.total(items).get(value.name)
        if (written is None) != (now is None) or abs((written or 0.0) - (now or 0.0)) > 1e-9 * max(1, abs(now or 0.0)):
            raise DataError(
                f"{value.name} of {run.folder} is no longer what was written",
                expected=f"{written}, as in its values.parquet",
                found=f"{now} from its answers",
                next="Evaluate it again with this version",
            )


def _total(metric: Metric, items: pl.DataFrame, name: str) -> float:
    found = metric.total(items).get(name) if len(items) else None
    if found is None:
        raise NotComputableError("The metric has no value on these items.")
    return found


def _sheets(pair: Pair, metric: Metric) -> _Sheets:
    """The metric's items of every run, of the rows that all of them answered."""
    frames = [*pair.of_reference, *pair.of_other]
    there = np.logical_and.reduce([frame["state"].to_numpy() != "missing" for frame in frames])
    ready = metric.prepared(frames[0])
    mask = pl.Series(there)
    made = [ready.items(frame.filter(mask)) if there.any() else pl.DataFrame() for frame in frames]
    here = len(pair.of_reference)
    return _Sheets(ready, tuple(made[:here]), tuple(made[here:]), there)


def _scores(pair: Pair, value: Value, sheets: _Sheets | None) -> Sides:
    """The item scores that were written, a row a run; nan where there is none.

    With `sheets`, those of the items that both have: a metric that learns from the whole test (its labels) may have learnt
    something else on another set of items.
    """
    if sheets is not None:
        return Sides(_placed(sheets.reference, sheets.there), _placed(sheets.other, sheets.there))
    name = f"task.{next(iter(value.metric.names))}"

    def of(run: Evaluated) -> NDArray[np.float64]:
        mine = run.scores.filter(pl.col("metric") == name).select("item", "value")
        told = pair.items.to_frame().join(mine, on="item", how="left", maintain_order="left")["value"]
        return told.fill_null(float("nan")).to_numpy()

    return Sides(np.array([of(run) for run in pair.reference.runs]), np.array([of(run) for run in pair.other.runs]))


def _placed(made: Sequence[pl.DataFrame], there: NDArray[np.bool_]) -> NDArray[np.float64]:
    scores = np.full((len(made), len(there)), np.nan)
    for row, items in zip(scores, made, strict=True):
        if len(items):
            row[there] = items["score"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return scores


def _bounds(sides: Sides, metric: Metric) -> tuple[float, float] | None:
    """The difference over all items had what is unscored been the worst for the other side, and the best for it."""
    low, high = metric.bounds
    if low is None or high is None:
        return None
    a, b = sides
    ends = []
    for of_a, of_b in ((high, low), (low, high)):
        worst = np.where(np.isfinite(b), b, of_b).mean() - np.where(np.isfinite(a), a, of_a).mean()
        ends.append(float(worst))
    return ends[0], ends[1]


def _clusters(pair: Pair, column: str | None, scored: NDArray[np.bool_]) -> Clusters | None:
    """The cluster of each scored item, as a number; DataError for a column that is not there."""
    if column is None:
        return None
    frame = pair.of_reference[0]
    if column not in frame.columns:
        raise DataError(
            f"There is no column '{column}' to cluster by",
            expected="one of " + ", ".join(frame.columns),
            next=did_you_mean(column, frame.columns),
        )
    alone = frame[column].is_null()
    # an item without a cluster is one of its own
    label = frame.select(
        pl.when(alone).then(pl.lit("item ") + pl.col("item")).otherwise(pl.lit("in ") + pl.col(column).cast(pl.String))
    ).to_series()
    code = np.unique(label.to_numpy(), return_inverse=True)[1]
    return np.asarray(code[scored], dtype=np.intp)


def _corrected(found: Sequence[_Found], asked: Compare) -> list[Comparison]:
    """Holm's p over all that could be tested, and both intervals."""
    p = [one.tested.p for one in found if one.tested is not None]
    adjusted = iter(holm(p).tolist() if p else [])
    level, joint = 1 - asked.alpha, 1 - asked.alpha / max(len(p), 1)
    done = []
    for row, tested, _ in found:
        if tested is None:
            done.append(row)
            continue
        interval = tested.at(level)
        wide = interval if joint == level else tested.at(joint)
        done.append(replace(row, interval=interval, simultaneous=wide, p_holm=next(adjusted)).decided(asked.alpha))
    return done
