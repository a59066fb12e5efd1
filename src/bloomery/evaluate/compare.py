"""Comparing evaluated runs on the same items: the first against each of the others.

1. a run's files must be those that its manifest tells of; runs that differ only in the training seed are one model (`groups`)
2. each model is paired with the first by item (`pairing`): the same question, the same references, or an error
3. metrics are computed again from the answers, and must give what the runs wrote (`sheets`)
4. each value is tested on the items that both sides have (`tested`), as it is made from them; what is unscored is left out,
   counted, and bounded: the difference had the missing answers been the worst for one side, or for the other
5. p-values are corrected for all values and models together (Holm), intervals are there at 1 − α and, where there are several,
   at 1 − α/k for all k at once (Bonferroni); the slices that the runs share likewise, as a family of their own (`sliced`).
   What the drop would need is told at α/k as well, and a bootstrap draws as often as k tests need (`resampled.enough`)

No model is called the best one: a table of many models and a maximum is how chance is chosen.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bloomery.errors import NotComputableError
from bloomery.evaluate import comparison_report
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.clusters import Clusters, clusters_of
from bloomery.evaluate.compared import Compared, Comparison, Sizes, summary
from bloomery.evaluate.doubles import without_doubles
from bloomery.evaluate.few_clusters import cluster_notes, clustered_by
from bloomery.evaluate.flips import Flips, flips
from bloomery.evaluate.groups import Value, comparable, grouped
from bloomery.evaluate.needed import needed, unit_of
from bloomery.evaluate.options import Compare
from bloomery.evaluate.pairing import Pair, note, paired
from bloomery.evaluate.resampled import enough
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.share_of import check_shares
from bloomery.evaluate.sheets import Sheets, check_files, sheets, value_on
from bloomery.evaluate.sliced import columns_of, surprises, worst_first
from bloomery.evaluate.tested import Sides, Tested, of_means, of_totals
from bloomery.metrics.base import Corpus, Share
from bloomery.metrics.slices import Slice, slices_of
from bloomery.schema import checked_options
from bloomery.stats.multiple import holm
from bloomery.store import building


class _Found(NamedTuple):
    """What was found about one value of one pair, p and intervals still without correction."""

    row: Comparison
    tested: Tested | None


class _Asked(NamedTuple):
    """A value of a pair, and what its test needs."""

    pair: Pair
    value: Value
    made: Sheets
    sides: Sides | None
    clusters: Clusters | None
    options: Compare


def compare(
    runs: Sequence[str | Path], *, out: str | Path | None = None, replace: bool = False, **options: Any
) -> Compared:
    """Compare the first of `runs` with each of the others; with `out`, into a new folder with JSON and a report.

    `replace` writes in the place of a finished comparison. `options` are those of `bloomery.evaluate.options.Compare`. Raises
    UsageError (and its kinds) for what the caller can mend.
    """
    check_shares(options, ("drop",))
    asked = checked_options(Compare, options)
    opened = [Evaluated(run) for run in runs]
    groups, notes = grouped(opened)
    for run in opened:
        check_files(run)
    cluster, said = clustered_by(opened, asked.cluster)
    asked, notes = asked.model_copy(update={"cluster": cluster}), notes + said
    values, more = comparable(opened, asked.metric)
    pairs = [paired(groups[0], other) for other in groups[1:]]
    todo = [one for pair in pairs for one in _all(pair, values, asked)]
    if not asked.metric:
        values, said = without_doubles(values, [(one.value, one.sides) for one in todo])
        todo, notes = [one for one in todo if one.value in values], notes + said
    whole = [_compared(one, Slice(None, None, np.arange(len(one.pair.items))), len(todo)) for one in todo]
    flipped = [_flipped(one) for one in todo]
    comparisons = _corrected(whole, asked)
    notes += cluster_notes(pairs[0].of_reference[0], asked.cluster)
    by_column = [columns_of(pair) for pair in pairs]
    shared = {pair.other.name: found for pair, (found, _) in zip(pairs, by_column, strict=True)}
    parts = [
        (one, part) for one in todo for part in slices_of(one.pair.of_reference[0], shared[one.pair.other.name])[1:]
    ]
    slices = worst_first(_corrected([_compared(*both, len(parts)) for both in parts], asked))
    notes += more + [one for pair in pairs for one in note(pair)] + [one for _, said in by_column for one in said]
    notes += [one.made.note for one in todo if one.made.note] + _seed_notes(groups)
    told = summary(
        groups, values, comparisons, flipped, slices, surprises(comparisons, slices), asked, list(dict.fromkeys(notes))
    )
    result = Compared(told, None if out is None else Path(out))
    if out is not None:
        with building(Path(out), replace=replace) as folder:
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
    each = " each" if len(alone) > 1 else ""
    return [
        f"{', '.join(alone)}: trained once{each}, as far as is known; how much another training seed would change is unknown "
        "and in no interval"
    ]


def _all(pair: Pair, values: Sequence[Value], asked: Compare) -> list[_Asked]:
    """The values of a pair; what a metric makes of the answers is made once."""
    known: dict[str, Sheets] = {}
    clusters = clusters_of(pair.of_reference[0], asked.cluster)
    found = []
    for value in values:
        name = value.metric.name()
        known[name] = known.get(name) or sheets(pair, value.metric)
        found.append(_Asked(pair, value, known[name], known[name].sides(value), clusters, asked))
    return found


def _flipped(one: _Asked) -> Flips | None:
    return None if one.sides is None else flips(one.pair, one.value, one.sides)


def _compared(one: _Asked, part: Slice, tests: int) -> _Found:
    """The value on the rows of a slice, as one of so many tests."""
    rows = np.zeros(len(one.pair.items), dtype=np.bool_)
    rows[part.rows] = True
    scored, applies = _scored(one, rows)
    n, unscored = int(scored.sum()), int((applies & ~scored).sum())
    row = Comparison(
        one.value.name,
        one.pair.reference.name,
        one.pair.other.name,
        one.value.rises,
        n,
        unscored,
        part.column,
        part.value,
    )
    gone = bool((rows & ~one.made.there).any())
    row = _bounded(row, one, rows) if gone else row
    clusters = None if one.clusters is None else _codes(one.clusters[scored])
    try:
        if one.sides is not None:
            known = Sides(one.sides.reference[:, scored], one.sides.other[:, scored])
            share = isinstance(one.value.made, Share)
            tested = of_means(known, clusters, one.options.seed, share=share)
            reference = float(known.reference.mean())
        else:
            frames = one.made.frames(scored)
            reference = value_on(one.made.reference, scored, one.value.name)
            other = value_on(one.made.other, scored, one.value.name)
            row = replace(row, value_reference=reference, value_other=other, difference=other - reference)
            resamples = enough(tests, one.options.alpha)
            tested = of_totals(one.made.metric, one.value.name, *frames, clusters, one.options.seed, resamples)
    except NotComputableError as error:
        return _Found(replace(row, error=str(error)), None)
    return _Found(_told(row, tested, reference, one), tested)


def _told(row: Comparison, tested: Tested, reference: float, one: _Asked) -> Comparison:
    asked = one.options
    drop = asked.drop * unit_of(one.value, reference)
    return replace(
        row,
        value_reference=reference,
        value_other=reference + tested.value,
        difference=tested.value,
        p=tested.p,
        method=tested.method,
        drop=drop or None,
        only_reference=tested.discordant[0] if tested.discordant else None,
        only_other=tested.discordant[1] if tested.discordant else None,
        discordance=sum(tested.discordant) / row.n if tested.discordant else None,
    )


def _scored(one: _Asked, rows: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the rows all runs have a number for (an answer, for a value of the whole test), and which could have one.

    An item that all runs answered and none has a number for is one that the value is not about (the recall of another label).
    """
    if one.sides is None:
        return rows & one.made.there, rows
    finite = np.isfinite(np.concatenate(one.sides))
    scored: NDArray[np.bool_] = rows & finite.all(axis=0)
    applies: NDArray[np.bool_] = rows & ~(one.made.there & ~finite.any(axis=0))
    return scored, applies


def _bounded(row: Comparison, one: _Asked, rows: NDArray[np.bool_]) -> Comparison:
    """With the bounds that the missing answers leave, or the reason why there are none."""
    low, high = one.made.bounds(one.value, rows)
    if low is not None or high is not None:
        return replace(row, bounds=(low, high))
    made = one.value.made
    why = made.no_bounds if isinstance(made, Corpus) else "a missing answer has no end to what it could be"
    return replace(row, no_bounds=why)


def _codes(clusters: Clusters) -> Clusters:
    """Clusters from 0 on without a gap."""
    return np.asarray(np.unique(clusters, return_inverse=True)[1], dtype=np.intp)


def _corrected(rows: Sequence[_Found], asked: Compare) -> list[Comparison]:
    """Holm's p over all that could be tested, and both intervals."""
    p = [one.tested.p for one in rows if one.tested is not None]
    adjusted = iter(holm(p).tolist() if p else [])
    tests = max(len(p), 1)
    level, joint = 1 - asked.alpha, 1 - asked.alpha / tests
    sizes = Sizes(asked.alpha, tests)
    done = []
    for row, tested in rows:
        if tested is None:
            done.append(row)
            continue
        interval = tested.at(level)
        wide = interval if joint == level else tested.at(joint)
        found = replace(row, interval=interval, simultaneous=wide, p_holm=next(adjusted), lowest=tested.lowest)
        if row.drop:
            told = needed(tested, row.n, row.drop, power=asked.power, alpha=asked.alpha / tests)
            found = replace(found, needed=told)
        done.append(found.decided(sizes))
    return done
