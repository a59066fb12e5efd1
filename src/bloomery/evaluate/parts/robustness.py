"""The part ``robustness``: what becomes of the model on other items, and on the same items said a little differently.

sets      edge cases, items from elsewhere (out of distribution) and adversarial ones, each scored as the task is:
          ``robustness.edge.accuracy``. The task's own value and that of the items from elsewhere stand side by side
changes   test items with another letter case, typing errors, options in another order, white space or Markdown around them
          (`bloomery.evaluate.parts.perturb`) are asked again. ``robustness.consistency.case`` is the share of them that the model
          answers as before, ``robustness.case.accuracy`` the value of the task on them

A test that is a random split of the data says nothing about other data. Without a set from elsewhere the verdict says that
generalisation was not measured (`bloomery.evaluate.parts.generalisation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bloomery.errors import UsageError
from bloomery.evaluate.defaults import default_metrics
from bloomery.evaluate.entries import build
from bloomery.evaluate.gates.measure import Measure, measures_of
from bloomery.evaluate.options import Robustness
from bloomery.evaluate.parts.asking import Further, answered, scored_as_task
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.beside import paired, shown, unpaired
from bloomery.evaluate.parts.consistency import Asked, consistent, perturbed_items
from bloomery.evaluate.parts.generalisation import generalisation, ood_beside
from bloomery.evaluate.parts.kinds import Kind
from bloomery.evaluate.parts.rates import main_names, measures_over, rate_of
from bloomery.evaluate.parts.tables import of_robustness
from bloomery.evaluate.testset import testset
from bloomery.formats.source import Source
from bloomery.llm.base import Model

ELSEWHERE = "out_of_distribution"


@dataclass
class _Robust:
    """What was found so far."""

    measures: list[Measure] = field(default_factory=list)
    sets: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    calls: int = 0


def robustness(case: Case) -> Found:
    """``robustness.<set>.<value>`` and ``robustness.consistency.<kind>``."""
    options = case.options.robustness or Robustness()
    files = _files(case, options)
    general = generalisation(case.test_file, given=ELSEWHERE in files)
    if case.model is None:
        return Found(
            "robustness", missing="the model cannot be asked", not_measured=general.not_measured, notes=general.notes
        )
    found = _Robust(notes=list(general.notes), left=list(general.not_measured))
    for name, file in files.items():
        try:
            _set(found, case, case.model, name, file)
        except UsageError as error:
            found.left.append(f"robustness, {name.replace('_', ' ')} items of {file}: {str(error).rstrip('.')}")
    failed: dict[str, list[str]] = {}
    for kind in options.perturb:
        try:
            _change(found, case, case.model, kind, options)
        except UsageError as error:
            failed.setdefault(str(error).rstrip("."), []).append(kind)
    found.left += [f"robustness, {', '.join(kinds)}: {why}" for why, kinds in failed.items()]
    told = {"sets": found.sets, "changes": found.changes, "calls": found.calls}
    return Found(
        "robustness",
        tuple(found.measures),
        notes=tuple(found.notes),
        told=told | {"tables": of_robustness(told)},
        missing="" if found.measures else "no set and no changed item could be asked",
        not_measured=tuple(found.left),
    )


def _files(case: Case, options: Robustness) -> dict[str, str]:
    """Set → file, those that are there; the held out rows of a split where nothing else is from elsewhere."""
    given = {
        "edge": options.edge,
        ELSEWHERE: options.out_of_distribution or ood_beside(case.test_file),
        "adversarial": options.adversarial,
    }
    return {name: file for name, file in given.items() if file is not None}


def _set(found: _Robust, case: Case, model: Model, name: str, file: str) -> None:
    tests = testset(Source(path=file))
    answers = answered(case, model, tests.frame, f"robustness/{name}/")
    found.calls += answers.height
    metrics = build(case.options.metrics) or default_metrics(case.tests)
    further = scored_as_task(answers, metrics, case.name, f"robustness.{name}")
    measures = _main(further, f"robustness.{name}")
    found.measures += measures
    of_task = {one.bare: one for one in _of_task(case, range(case.answers.height))}
    beside = [
        {"name": one.bare, "test": shown(of_task[one.bare], case.options.seed), "set": shown(one, case.options.seed)}
        | {"difference": unpaired(one, of_task[one.bare])}
        for one in measures
        if one.bare in of_task
    ]
    found.sets.append({"set": name, "file": file, "items": answers.height, "values": beside} | _left_out(further))
    found.notes += [_side_by_side(one, name) for one in beside[:1]]


def _side_by_side(one: dict[str, Any], name: str) -> str:
    test, other, apart = one["test"]["value"], one["set"]["value"], one["difference"]
    if test is None or other is None:
        return f"{one['name']} has no value on the {name.replace('_', ' ')} items"
    between = "" if apart["low"] is None else f", {apart['low']:+.3f} to {apart['high']:+.3f}"
    items = f"the {name.replace('_', ' ')} items ({other - test:+.3f}{between})"
    return f"{one['name']} is {test:.3f} on the test and {other:.3f} on {items}"


def _change(found: _Robust, case: Case, model: Model, kind: Kind, options: Robustness) -> None:
    asked = perturbed_items(case, kind, options.n)
    if not asked.rows:
        found.changes.append({"kind": kind, "items": 0, "why": "no item of the test can be changed so"})
        return
    answers = answered(case, model, asked.frame, f"robustness/{kind}/")
    found.calls += answers.height
    further = scored_as_task(answers, [sheet.metric for sheet in case.scored.sheets], case.name, f"robustness.{kind}")
    measures = _main(further, f"robustness.{kind}")
    flags = consistent(case, asked, further)
    rate = rate_of(f"robustness.consistency.{kind}", answers["item"].to_list(), flags, rises=True)
    found.measures += [rate, *measures]
    before = {one.bare: one for one in _of_task(case, asked.rows)}
    values = [
        {"name": one.bare, "before": shown(before[one.bare], case.options.seed), "after": shown(one, case.options.seed)}
        | {"difference": paired(one, before[one.bare])}
        for one in measures
        if one.bare in before
    ]
    told = {"kind": kind, "items": answers.height, "consistency": shown(rate, case.options.seed), "values": values}
    found.changes.append(told | {"changed": _examples(case, asked, further, flags)} | _left_out(further))


def _main(further: Further, group: str) -> list[Measure]:
    """The first value of each metric."""
    names = {f"{group}.{name}" for name in main_names(further.scored)}
    return [one for one in measures_of(further.scored, further.answers, group=group) if one.name in names]


def _of_task(case: Case, rows: Sequence[int]) -> list[Measure]:
    """The main values of the task over some of its items; without clusters, as the items of a set have none."""
    names = {f"task.{name}" for name in main_names(case.scored)}
    every = measures_over(case.scored, case.answers, np.array(rows, dtype=np.int64), None, "task")
    return [one for one in every if one.name in names]


def _left_out(further: Further) -> dict[str, Any]:
    return {"left_out": further.left_out} if further.left_out else {}


def _examples(case: Case, asked: Asked, further: Further, flags: Sequence[bool | None]) -> list[dict[str, Any]]:
    """The first items that were answered otherwise."""
    before = case.answers["prediction"]
    return [
        {
            "item": case.answers["item"][row],
            "asked": text[:_SHOWN],
            "before": (before[row] or "")[:_SHOWN],
            "after": (after or "")[:_SHOWN],
        }
        for row, text, after, same in zip(asked.rows, asked.texts, further.answers["prediction"], flags, strict=True)
        if same is False
    ][:_MOST]


_SHOWN, _MOST = 300, 10
