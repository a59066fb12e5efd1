"""Evaluating: a test and the predictions of a model in, a folder with every score out.

1. read the test as items, the predictions beside them by id (`testset`, `predictions`)
2. score (`bloomery.metrics.score`): an item each, over all, by slice
3. with gates: measure every part, and the base's answers to the test (`parts`, `remade`), and decide (`verdict`)
4. write the folder, whole or not at all: ``answers.parquet``, ``scores.parquet``, ``values.parquet``, ``unmatched.jsonl``,
   ``replies/``, ``recipe.yaml``, ``report.html``, ``timings.json``, ``manifest.json``; with gates ``verdict.json``,
   ``junit.xml``, ``summary.md``, ``parts.json``, ``parts/``

Nothing but the inputs, the options and the versions decides what is written, ``timings.json`` aside. What is finished can be
scored again without a call (`again`).
"""

import platform
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from bloomery import __version__
from bloomery.contamination.options import Contamination
from bloomery.errors import RecipeError
from bloomery.evaluate import report
from bloomery.evaluate.again import PREDICTIONS, RECIPE, TIMINGS, Before, as_lines, models_told, recipe_of
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.asked import Asked
from bloomery.evaluate.clusters import clusters_of
from bloomery.evaluate.defaults import default_metrics
from bloomery.evaluate.entries import build, entries_of
from bloomery.evaluate.gates.gates import slices_in
from bloomery.evaluate.generated import generated
from bloomery.evaluate.identity import CHECKED, digests, files_told, fingerprint, kept
from bloomery.evaluate.intervals import bounds_read, intervals
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.parts.every import PARTS
from bloomery.evaluate.predictions import UNMATCHED, Answers, joined, unmatched, with_unasked
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.testset import Tests, remark, testset
from bloomery.evaluate.verdict.changed import earlier
from bloomery.evaluate.verdict.decided import decided
from bloomery.evaluate.verdict.reach import Ruled, ruled
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
    test: Source
    models: Mapping[str, Model]  #: those that could be asked
    contamination: Contamination


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
    contamination: Contamination | None = None,
    tick: Tick = unheard,
    before: Before | None = None,
) -> Evaluated:
    """Score `predictions` of a model on `test` into the new folder `out`; without predictions the model is asked.

    `model` names it (the folder's name, where none is given), and `training_seed` says which of several trainings it is.
    `models` are those that the options name, ready to be asked. Where the options have gates, all parts are measured, and the
    folder has a verdict; `contamination` says how leaked items are looked for. `replace` runs again in the place of a finished
    run. With `before`, a finished evaluation, nothing is asked: its answers and replies are scored again. Raises UsageError
    (and its kinds) for what the caller can mend.
    """
    started = time.perf_counter()
    asked, ready = options or Evaluate(), dict(models or {})
    given, rules = build(asked.metrics), ruled(asked)
    asked = _sliced(asked, rules)
    former = earlier(before.folder if before is not None else Path(out))
    name = model or asked.model or Path(out).name
    with building(Path(out), replace=replace) as folder, _cache(asked, ready) as cache:
        tests = testset(test)
        metrics = given or default_metrics(tests)
        asked = asked.model_copy(update={"metrics": entries_of(metrics)})
        ask = Asked(folder, budget=asked.budget, cache=cache, tick=tick)
        answers, tuned = _answered(predictions, tests, ask, asked, ready, name, before)
        ready |= {tuned.name: tuned} if tuned else {}
        frame = answers_of(answers.frame, prompt="prompt")
        scored = score(frame, metrics, slices=asked.slices, run=name)
        how = contamination or Contamination()
        facts = _Facts(tests, answers, frame, metrics, scored, asked, name, training_seed, test, ready, how)
        base, place = ready.get(asked.base or ""), before.folder if before else None
        case = Case(
            asked, tests, frame, scored, name, tuned, base, ask, folder, ready, test.path, None, None, how, place
        )
        frame.write_parquet(folder / "answers.parquet")
        decided(case, rules, metrics, before=former, known=before.known if before is not None else None)
        ask.write()
        facts = facts._replace(answers=with_unasked(answers, ask.items(name)))
        spent = {one: spend._asdict() for one, spend in ask.spent.items()}
        now = datetime.now(UTC).isoformat(timespec="seconds")
        took = {"at": now, "all": round(time.perf_counter() - started, 3), "asked": spent}
        (folder / TIMINGS).write_bytes(json_bytes(before.timings() if before else took))
        _write(folder, facts)
    return Evaluated(out)


def _answered(
    predictions: Source | None,
    tests: Tests,
    ask: Asked,
    options: Evaluate,
    models: Mapping[str, Model],
    name: str,
    before: Before | None,
) -> tuple[Answers, Model | None]:
    """The answers to the test (kept, predicted, or asked for now), and the model that answers further questions."""
    if before is not None:
        before.check(tests)
    if before is not None and before.by_predictions:
        (ask.folder / PREDICTIONS).write_bytes(before.predictions)
        return before.answers(tests), models.get(_apart(name, options))
    if predictions is not None:
        lost = sum(tests.unusable.values())
        answers = joined(predictions, tests.frame, lost, parts=PARTS, name=_apart(name, options))
        (ask.folder / PREDICTIONS).write_bytes(as_lines(answers.model) if answers.model else b"")
        return answers, answers.model
    tuned = _some(models.get(options.model or ""))
    return generated(tuned, tests.frame, ask, options), tuned


def _sliced(options: Evaluate, rules: Ruled | None) -> Evaluate:
    """The options with the columns that gates are by among the slices."""
    wanted = slices_in(rules.gates) if rules else []
    return options.model_copy(update={"slices": tuple(dict.fromkeys((*options.slices, *wanted)))})


def _apart(name: str, options: Evaluate) -> str:
    """The name of what predictions were given for; RecipeError where its base is called so too."""
    if name == options.base:
        raise RecipeError(
            f"The model and its base are both called '{name}'",
            expected="two names, since gates and reports tell them apart by these",
            next="Name the one that the predictions are of with --model",
        )
    return name


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
    facts.scored.scores.write_parquet(folder / "scores.parquet")
    facts.scored.values.write_parquet(folder / "values.parquet")
    if left := unmatched(facts.answers):
        (folder / UNMATCHED).write_bytes(left)
    (folder / RECIPE).write_bytes(recipe_of(facts.options, facts.metrics, facts.models, facts.contamination))
    told = manifest(facts) | {"files": digests(folder, CHECKED)}
    (folder / "report.html").write_text(report.of_folder(folder, told), encoding="utf-8")
    (folder / "manifest.json").write_bytes(json_bytes(told | {"kept": kept(folder)}))


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
            for one in (
                *remark(facts.tests),
                *facts.tests.notes,
                *facts.answers.notes,
                *facts.answers.unasked,
                *facts.scored.remarks,
            )
        ],
        "test": {
            "format": facts.tests.format,
            "items_sha256": fingerprint(facts.tests.frame),
            "files": facts.tests.files,
            "source": facts.test.model_dump(mode="json", exclude_defaults=True),
        },
        "predictions": {"files": facts.answers.files, "notes": facts.answers.notes},
        "train": files_told(facts.options.train),
        "models": models_told(facts.models),
        "options": facts.options.model_dump(mode="json", exclude={"metrics", "cache", "budget", "history"}),
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
