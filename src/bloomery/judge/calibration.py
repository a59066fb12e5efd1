"""Calibrating: what a judge said and what people said in, a trust report out.

manifest.json     everything that the report says
values.parquet    ``judge.trust`` and what it is made of, as values that a gate may demand; unknown ones are null
report.html
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from bloomery import __version__
from bloomery.errors import DataError, did_you_mean
from bloomery.judge import report
from bloomery.judge.calibrate import FEW_LABELS, Drift, Report, drift
from bloomery.judge.calibrate import report as reported
from bloomery.judge.cases import OWN, Case, Judgements, cases
from bloomery.judge.judgements import judgements
from bloomery.judge.labels import once, repeated
from bloomery.judge.labels import said as labels_of
from bloomery.judge.measured import Number
from bloomery.judge.named import SHOWN, named
from bloomery.judge.options import Calibrate
from bloomery.judge.position import direction
from bloomery.judge.result import JudgedRun
from bloomery.judge.run import json_bytes
from bloomery.judge.trust import Trust
from bloomery.metrics.score import VALUES_SCHEMA
from bloomery.store import building
from bloomery.text.counted import counted

#: the slice that is made of the lengths of answers
BANDS = ("short", "middle", "long")


def calibrate(
    judged: Sequence[str | Path],
    people: Sequence[str | Path],
    *,
    out: str | Path,
    options: Calibrate | None = None,
    replace: bool = False,
) -> JudgedRun:
    """Put the judges of the runs (or files) `judged` beside the labels in the files `people`, into the new folder `out`.

    Several `judged` of the same items are versions of a judge: what changed between them is told as drift, from the first on.
    """
    asked = options or Calibrate()
    with building(Path(out), replace=replace) as folder:
        every_label = [labels_of(path, asked.label, metric=asked.metric) for path in people]
        if not every_label:
            raise DataError("There are no labels of people", expected="a file of labels, such as --humans labels.jsonl")
        all_said = pl.concat(every_label)
        said, twice = once(all_said), repeated(all_said)
        found = [
            one._replace(run=str(path))
            for path in judged
            for one in judgements(
                path, metric=asked.metric, threshold=asked.threshold, exact=asked.exact, label=asked.judged_label
            )
        ]
        if not found:
            raise DataError("There is nothing that was judged", expected="a folder that bloomery judge wrote")
        every = [_one(one, said, asked) for one in found]
        told = {
            "bloomery": __version__,
            "verb": "judge calibrate",
            "people": said["rater"].unique(maintain_order=True).to_list(),
            "labels": len(said),
            "labelled_twice": {"count": len(twice), "first": _who(twice)},
            "judges": [told for told, _ in every],
            "drift": [drift_told(one) for one in _drifts(found, [cases for _, cases in every])],
            "notes": [
                *_twice(twice),
                *(note for one in found for note in one.notes),
                *_notes([told for told, _ in every]),
            ],
            "options": asked.model_dump(mode="json"),
        }
        values([told for told, _ in every]).write_parquet(folder / "values.parquet")
        (folder / "report.html").write_text(report.trusted(told), encoding="utf-8")
        (folder / "manifest.json").write_bytes(json_bytes(told))
    return JudgedRun(out)


def _one(one: Judgements, said: pl.DataFrame, asked: Calibrate) -> tuple[dict[str, Any], list[Case]]:
    """All about a judge."""
    columns = [name for name in one.frame.columns if name not in OWN]
    for name in asked.slices:
        if name not in columns:
            raise DataError(
                f"There is no column '{name}' to slice by",
                expected=", ".join(columns) or "none",
                next=did_you_mean(name, columns),
            )
    found = cases(one, said, slices=asked.slices)
    whole = reported(found, one, seed=asked.seed)
    parts = []
    for column, value, mine in _slices(found, asked.slices):
        if any(case.people for case in mine):
            parts.append({"slice": column, "of": value} | report_told(reported(mine, one, seed=asked.seed)))
    told = {
        "rater": one.rater,
        "version": one.version,
        "pairwise": one.pairwise,
        "threshold": one.threshold,
        "canary_won": one.canary_won,
        "of_no_item": _of_no_item(one, said),
        **report_told(whole),
        "slices": parts,
    }
    return told, found


def _of_no_item(one: Judgements, said: pl.DataFrame) -> dict[str, Any]:
    """Labels of items that the judge was not asked about: how many, and the first of these items."""
    lost = said.filter(~pl.col("item").is_in(one.frame["item"].implode()))
    return {"count": len(lost), "first": lost["item"].unique(maintain_order=True).to_list()[:SHOWN]}


def _who(twice: pl.DataFrame) -> list[str]:
    return [f"{item} by {rater}" for item, rater in twice.select("item", "rater").head(SHOWN).iter_rows()]


def _twice(twice: pl.DataFrame) -> list[str]:
    """What must be said of what one person labelled more than once."""
    if not len(twice):
        return []
    return [
        f"{counted(len(twice), 'item was', 'items were')} labelled more than once by one person, and the last label counts: "
        + named(_who(twice), len(twice))
    ]


def _slices(found: Sequence[Case], wanted: Sequence[str]) -> list[tuple[str, str | None, list[Case]]]:
    """Each column's values with their cases; then the answers by length, in three of the same size."""
    parts: list[tuple[str, str | None, list[Case]]] = []
    for column in wanted:
        values = sorted({case.slices[column] for case in found}, key=lambda value: (value is None, value or ""))
        parts += [(column, value, [case for case in found if case.slices[column] == value]) for value in values]
    lengths = np.array([case.length for case in found if case.length is not None])
    if len(lengths) >= 30 and np.ptp(lengths) > 0:
        low, high = np.quantile(lengths, [1 / 3, 2 / 3])
        bands: dict[str, list[Case]] = {name: [] for name in BANDS}
        for case in found:
            if case.length is not None:
                bands[BANDS[int(case.length > low) + int(case.length > high)]].append(case)
        parts += [("length", name, mine) for name, mine in bands.items() if mine]
    return parts


def _drifts(found: Sequence[Judgements], every: Sequence[Sequence[Case]]) -> list[Drift]:
    """The first against each later one."""
    names = [f"{one.run}: {one.rater}, {one.version}" if one.run else f"{one.rater}, {one.version}" for one in found]
    return [drift(every[0], every[k], (names[0], names[k])) for k in range(1, len(found))]


def report_told(one: Report) -> dict[str, Any]:
    """A report as JSON."""
    told: dict[str, Any] = {}
    for name, value in one._asdict().items():
        told[name] = (
            value.told() if isinstance(value, Number) else value._asdict() if isinstance(value, Trust) else value
        )
    told["position"] = direction(one.first_shown)
    return told


def drift_told(one: Drift) -> dict[str, Any]:
    """A drift as JSON."""
    return {
        "before": one.before,
        "after": one.after,
        "items": one.items,
        "changed": one.changed.told(),
        "shift": one.shift.told(),
    }


def _notes(judges: Sequence[dict[str, Any]]) -> list[str]:
    notes = []
    for one in judges:
        name = one["rater"]
        lost = one["of_no_item"]
        if lost["count"]:
            notes.append(
                f"{name}: {counted(lost['count'], 'label is', 'labels are')} of no item that was judged, and left out: "
                + named(lost["first"], lost["count"])
            )
        if one["twice"] == 0:
            notes.append(
                f"{name}: no item was labelled by two people, so nobody knows how far people agree; trust asks for 100 %. "
                "Have a second person label some of the items"
            )
        if one["corrected"]["value"] is not None and one["corrected"]["items"] < FEW_LABELS:
            notes.append(
                f"{name}: {one['corrected']['items']} labels are few; the corrected interval is too narrow below {FEW_LABELS}"
            )
        if one["corrected"]["value"] is not None:
            notes.append(
                f"{name}: the corrected value is right only if the labelled items were drawn at random from all of them"
            )
    return list(dict.fromkeys(notes))


def values(judges: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """``judge.trust`` and others of each judge in VALUES_SCHEMA; the slice ``judge`` tells several apart."""
    rows = []
    for one in judges:
        told = {"trust": (one["trust"]["value"], None, one["trust"]["why"])}
        for name in ("agreement", "ceiling", "kappa", "unscored"):
            number = one[name]
            told[name] = (number["value"], number["interval"], number["why"])
        for name, (value, ends, why) in told.items():
            rows.append(
                {
                    "metric": f"judge.{name}",
                    "slice": "judge" if len(judges) > 1 else None,
                    "of": one["rater"] if len(judges) > 1 else None,
                    "n": one["items"],
                    "answered": one["labelled"],
                    "value": value,
                    "low": ends[0] if ends else value,
                    "high": ends[1] if ends else value,
                    "error": None if value is not None else why,
                }
            )
    return pl.DataFrame(rows, schema=VALUES_SCHEMA)
