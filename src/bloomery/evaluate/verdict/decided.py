"""All that a verdict needs, in order: the base and the baseline on the test, every part, the look, the gates, and the files."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.gates.measure import measures_of
from bloomery.evaluate.history import Seen, looked
from bloomery.evaluate.history import decided as keep
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.remade import Remade, of_base, of_baseline
from bloomery.evaluate.remade import write as write_remade
from bloomery.evaluate.saved import folder_of
from bloomery.evaluate.told import FILE as PARTS_FILE
from bloomery.evaluate.told import parts_told
from bloomery.evaluate.verdict.reach import Before, Ruled, hashes_of, look_of, measured, others, reach, write
from bloomery.evaluate.verdict.verdict import Verdict
from bloomery.metrics.base import Metric


def decided(
    case: Case,
    rules: Ruled | None,
    metrics: Sequence[Metric],
    *,
    before: Mapping[str, Any],
    known: Seen | None = None,
) -> Verdict | None:
    """Count the look at the test; with rules, measure all parts, decide, and write ``verdict.json`` and its like into the folder.

    ``answers.parquet`` is there already; `before` is the verdict that stood where the folder will be. With `known` the history
    is neither asked nor written: that is what it said. None without rules.
    """
    look = look_of(case)
    if rules is None:
        if known is None:
            looked(case.options.history, look)
        return None
    beside = _beside(case, metrics)
    base = beside.get("base")
    if base is not None:
        case = dataclasses.replace(case, base_answers=base.answers, base_scored=base.scored)
    found = measured(case, rules)
    case.ask.write()
    seen = known or looked(case.options.history, look)
    task = measures_of(case.scored, case.answers, clusters=clusters_of(case.answers, case.options.cluster))
    verdict = reach(
        rules,
        task,
        found,
        beside,
        case=case,
        hashes=hashes_of(case, rules, look.test),
        before=Before(before, seen),
    )
    write(verdict, case.folder)
    told = parts_told(task, found, others(found, beside), certainty=rules.certainty, seed=case.options.seed)
    (case.folder / PARTS_FILE).write_bytes(json_bytes(told))
    keep(None if known else case.options.history, look, verdict.verdict, rules.sha256, rules.told(), verdict.gates)
    return verdict


def _beside(case: Case, metrics: Sequence[Metric]) -> dict[str, Remade]:
    """The base and the baseline on the test, those that the options name."""
    found = dict[str, Remade]()
    if case.base is not None:
        found["base"] = of_base(case.base, case, metrics)
        write_remade(found["base"], case.place("task") / "base")
    if case.options.baseline is not None:
        folder = folder_of(case.options.baseline)
        found["baseline"] = of_baseline(folder, case.tests.frame, metrics, case.options)
    return found
