"""Evaluating: a test and the predictions of a model in, a folder with every score out.

1. read the test as items, the predictions beside them by id (`testset`, `predictions`)
2. score (`bloomery.metrics.score`): an item each, over all, by slice
3. write the folder, whole or not at all: ``answers.parquet``, ``scores.parquet``, ``values.parquet``, ``unmatched.jsonl``,
   ``timings.json``, ``report.html``, ``manifest.json``; with gates ``verdict.json`` and ``parts.json``, with calls ``replies/``

Nothing but the inputs, the options and the versions decides what is written;
``timings.json``, which the report of a verdict shows, aside.
"""

import platform
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import polars as pl

from bloomery import __version__
from bloomery.errors import RecipeError
from bloomery.evaluate import report
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.asked import Asked
from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.defaults import default_metrics
from bloomery.evaluate.entries import build
from bloomery.evaluate.gates.measure import measures_of
from bloomery.evaluate.generated import generated
from bloomery.evaluate.identity import CHECKED, digests, fingerprint
from bloomery.evaluate.intervals import bounds_read, intervals
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.predictions import Answers, joined
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.testset import Tests, remark, testset
from bloomery.evaluate.told import FILE as PARTS_FILE
from bloomery.evaluate.told import parts_told
from bloomery.evaluate.verdict.reach import measured, reach, ruled
from bloomery.formats.source import Source
from bloomery.llm.ask import Tick
from bloomery.llm.ask import silent as unheard
from bloomery.llm.base import Model
from bloomery.llm.cache import Cache
from bloomery.metrics.base import STATES, Metric
from bloomery.metrics.score import Scored, score
from bloomery.metrics.states import answers_of
from bloomery.store import building
from bloomery.text.one_line import one_line

#: what was asked, and what it cost: another run of the same may have it otherwise
TIMINGS = "timings.json"
LIBRARIES = ("polars", "msgspec", "pydantic", "numpy", "scipy")


class _Facts(NamedTuple):
    """All that a finished evaluation knows."""

    tests: Tests
    answers: Answers
    frame: pl.DataFrame
    metrics: list[Metric]
    scored: Scored
    options: Evaluate
    model: str
    training_seed: int | None


def evaluate(
    predictions: Source | None,
    *,
    test: Source,
    out: str | Path,
    options: Evaluate | None = None,
    model: str | None = None,
    training_seed: int | None = None,
    models: Mapping[str, Model] | None = None,
    replace: bool = False,
    tick: Tick = unheard,
) -> Evaluated:
    """Score `predictions` of a model on `test` into the new folder `out`; without predictions the model is asked.

    `model` names it (the folder's name, where none is given), and `training_seed` says which of several trainings it is.
    `models` are those that the options name, ready to be asked. Where the options have gates, all parts are measured, and the
    folder has a verdict. `replace` runs again in the place of a finished run. Raises UsageError (and its kinds) for what the
    caller can mend.
    """
    asked, ready = options or Evaluate(), models or {}
    given, rules = build(asked.metrics), ruled(asked)
    with building(Path(out), replace=replace) as folder, _cache(asked, ready) as cache:
        tests = testset(test)
        metrics = given or default_metrics(tests)
        ask = Asked(folder, budget=asked.budget, cache=cache, tick=tick)
        tuned = ready.get(asked.model or "")
        if predictions is not None:
            answers = joined(predictions, tests.frame, sum(tests.unusable.values()))
        else:
            answers = generated(_some(tuned), tests.frame, ask, asked)
        frame = answers_of(answers.frame, prompt="prompt")
        name = model or asked.model or Path(out).name
        scored = score(frame, metrics, slices=asked.slices, run=name)
        facts = _Facts(tests, answers, frame, metrics, scored, asked, name, training_seed)
        if rules is not None:
            case = Case(
                asked, tests, frame, scored, name, tuned, ready.get(asked.base or ""), ask, folder, ready, test.path
            )
            found = measured(case, rules)
            task = measures_of(scored, frame, clusters=clusters_of(frame, asked.cluster))
            verdict = reach(rules, task, found, {}, case=case)
            (folder / "verdict.json").write_bytes(json_bytes(verdict.told()))
            told = parts_told(task, found, {}, certainty=rules.certainty, seed=asked.seed)
            (folder / PARTS_FILE).write_bytes(json_bytes(told))
        ask.write()
        spent = {one: spend._asdict() for one, spend in ask.spent.items()}
        (folder / TIMINGS).write_bytes(json_bytes({"asked": spent}))
        _write(folder, facts)
    return Evaluated(out)


def _some(model: Model | None) -> Model:
    if model is None:
        raise RecipeError(
            "There is nothing to evaluate",
            expected="--predictions FILE, or --model NAME with a model of the recipe's models:",
        )
    return model


def _cache(options: Evaluate, models: Mapping[str, Model]) -> AbstractContextManager[Cache | None]:
    live = any(one.live for one in models.values())
    return Cache(options.cache) if options.cache and live else nullcontext()


def _write(folder: Path, facts: _Facts) -> None:
    facts.frame.write_parquet(folder / "answers.parquet")
    facts.scored.scores.write_parquet(folder / "scores.parquet")
    facts.scored.values.write_parquet(folder / "values.parquet")
    unmatched = [{"id": one, "why": "the test has no such item"} for one in facts.answers.unknown]
    unmatched += [{"id": one, "why": "there is no prediction"} for one in facts.answers.unanswered]
    if unmatched:
        (folder / "unmatched.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in unmatched))
    told = manifest(facts) | {"files": digests(folder, CHECKED)}
    (folder / "report.html").write_text(report.of_folder(folder, told), encoding="utf-8")
    (folder / "manifest.json").write_bytes(json_bytes(told))


def manifest(facts: _Facts) -> dict[str, Any]:
    """What a finished evaluation says about itself."""
    clusters = clusters_of(facts.frame, facts.options.cluster)
    states = facts.frame["state"].value_counts()
    count = dict(zip(states["state"], states["count"], strict=True))
    return {
        "bloomery": __version__,
        "verb": "evaluate",
        "model": facts.model,
        "training_seed": facts.training_seed,
        "counts": {
            "items": facts.frame.height,
            **{state: count.get(state, 0) for state in STATES if state != "unparsed"},
            "unusable_test_rows": sum(facts.tests.unusable.values()),
            "unanswered": len(facts.answers.unanswered),
            "unknown_predictions": len(facts.answers.unknown),
        },
        "unusable": facts.tests.unusable,
        "metrics": [_metric(metric) for metric in facts.metrics],
        "slices": list(facts.options.slices),
        "intervals": intervals(facts.scored, facts.frame, clusters, facts.options.seed),
        "bounds_read": {
            name: ends for sheet in facts.scored.sheets for name, ends in bounds_read(sheet, facts.frame).items()
        },
        "remarks": [
            one_line(one)
            for one in (*remark(facts.tests), *facts.tests.notes, *facts.answers.notes, *facts.scored.remarks)
        ],
        "test": {
            "format": facts.tests.format,
            "items_sha256": fingerprint(facts.tests.frame),
            "files": facts.tests.files,
        },
        "predictions": {"files": facts.answers.files},
        "options": facts.options.model_dump(mode="json", exclude={"metrics", "cache", "budget"}),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }


def _metric(metric: Metric) -> dict[str, Any]:
    return {
        "name": metric.name(),
        "options": metric.model_dump(mode="json", exclude_defaults=True),
        "version": metric.version(),
    }


def test_of(options: Evaluate, read_as: Mapping[str, Any]) -> Source:
    """The test that the options name, read as told; RecipeError where they name none."""
    if options.test is None:
        raise RecipeError(
            "There is no test to evaluate on", expected="--test FILE, or `evaluate: {test: FILE}` in the recipe"
        )
    return Source(path=options.test, **read_as)
