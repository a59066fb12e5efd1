"""Another model's answers to the same test, scored as the model's are: the base's, and a baseline's that was kept.

A metric that cannot score them (a judge's scores are of one model's answers) loses its own values and no others.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from bloomery.errors import NotComputableError, UsageError
from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.gates.measure import Measure, measures_of
from bloomery.evaluate.generated import generated
from bloomery.evaluate.identity import fingerprint
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.parts.kept import of_suites
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.sheets import check_files
from bloomery.llm.base import Model
from bloomery.metrics.base import Metric
from bloomery.metrics.score import Scored, score
from bloomery.metrics.states import answers_of


class Remade(NamedTuple):
    """What another model has on the same test."""

    name: str
    answers: pl.DataFrame | None
    scored: Scored | None
    measures: dict[str, Measure]
    why: str  #: why there is nothing; "" where there is something
    notes: tuple[str, ...] = ()
    parts: Mapping[str, str] = {}  #: part → why nothing of it is there


def nothing(why: str = "") -> Remade:
    """For where there is no such model."""
    return Remade("", None, None, {}, why)


def of_base(base: Model, case: Case, metrics: Sequence[Metric]) -> Remade:
    """The base's answers to the test, asked now (or out of the cache)."""
    try:
        answers = generated(base, case.tests.frame, case.ask, case.options)
    except UsageError as error:
        return Remade(base.name, None, None, {}, f"the base gave no answers: {error}")
    frame = answers_of(answers.frame, prompt="prompt")
    found = _scored(base.name, frame, metrics, case.options)
    return found._replace(notes=(*(f"base: {note}" for note in answers.notes), *found.notes))


def of_baseline(folder: Path, tests: pl.DataFrame, metrics: Sequence[Metric], options: Evaluate) -> Remade:
    """The answers of a finished evaluation, if it was on this test, and its files are those that it wrote; to the suites as well,
    if these have not changed since.
    """
    try:
        run = Evaluated(folder)
        check_files(run)
        if fingerprint(run.answers) != fingerprint(tests):
            return Remade(run.model, None, None, {}, "the baseline was measured on another test")
        found = _scored(run.model, answers_of(run.answers), metrics, options)
        suites, why = of_suites(folder, options)
        return found._replace(measures=found.measures | suites, parts=why)
    except (UsageError, OSError, pl.exceptions.PolarsError) as error:
        return Remade("", None, None, {}, f"the baseline cannot be read: {error}")


def _scored(name: str, frame: pl.DataFrame, metrics: Sequence[Metric], options: Evaluate) -> Remade:
    """The measures of the answers, those of a metric that cannot score them aside."""
    usable, notes = list[Metric](), list[str]()
    for metric in metrics:
        try:
            score(frame, [metric], run=name)
        except (UsageError, NotComputableError) as error:
            notes.append(f"{metric.name()} cannot score the answers of {name}: {error}")
        else:
            usable.append(metric)
    try:
        scored = score(frame, usable, slices=options.slices, run=name)
        found = measures_of(scored, frame, clusters=clusters_of(frame, options.cluster))
    except (UsageError, NotComputableError) as error:
        return Remade(name, frame, None, {}, f"its answers cannot be scored: {error}", tuple(notes))
    return Remade(name, frame, scored, {one.name: one for one in found}, "", tuple(notes))


def write(remade: Remade, folder: Path) -> None:
    """``answers.parquet``, ``scores.parquet`` and ``values.parquet`` into a folder."""
    if remade.answers is None or remade.scored is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    remade.answers.write_parquet(folder / "answers.parquet")
    remade.scored.scores.write_parquet(folder / "scores.parquet")
    remade.scored.values.write_parquet(folder / "values.parquet")
