"""Every verb as a function: what the command line does, from Python.

    import bloomery as bl
    run = bl.clean("raw.jsonl", out="clean/")
    run.counts, run.kept, run.dropped, run.ledger
    print(run.why("raw.jsonl:12"))

Each takes a recipe file, its own options and ``--set`` style assignments, in that order of precedence, lowest first. What
a verb runs is imported when it is called: nobody waits for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bloomery.clean.merge import How
from bloomery.clean.ops import Entry, build, compared_with, with_judge
from bloomery.clean.people import decisions_in
from bloomery.clean.reference_index import Index, refuse_again
from bloomery.clean.result import CleanResult
from bloomery.engine import Progress, silent
from bloomery.errors import DataError, UsageError
from bloomery.formats.export import check_container
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.recipe import Recipe, load
from bloomery.store import check_free

if TYPE_CHECKING:
    from bloomery.contamination.result import ContaminationResult
    from bloomery.evaluate.compared import Compared
    from bloomery.evaluate.history import Outcomes
    from bloomery.evaluate.planned import Planned
    from bloomery.evaluate.result import Evaluated
    from bloomery.evaluate.verdict.reach import Ruled
    from bloomery.formats.convert_file import Converted
    from bloomery.judge.result import JudgedRun
    from bloomery.profile.run import Profile
    from bloomery.split.result import SplitResult
    from bloomery.suites.suite import Suite

PathLike = str | Path
Paths = PathLike | Sequence[PathLike]


def clean(
    paths: Paths | None = None,
    *,
    out: PathLike,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    ops: Sequence[Entry] | None = None,
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    container: str | None = None,
    to: str = "jsonl",
    keep_private: bool = True,
    replace: bool = False,
    decisions: PathLike | None = None,
    against: Paths | None = None,
    index: PathLike | None = None,
    merge: Mapping[str, How] | None = None,
    with_scores: bool = False,
    progress: Progress = silent,
) -> CleanResult:
    """Repair, scrub, deduplicate and filter `paths` (or the recipe's ``data``) into the new folder `out`.

    `ops` replaces the recipe's ``clean:`` section. `columns` maps standard columns to those of the data; `encoding` and
    `container` say how the files are written, where that cannot be told from them. `to` adds a copy
    of the kept rows as ``parquet`` or ``csv``. `keep_private=False` keeps no original of a scrubbed text. `replace` runs
    again in the place of a finished run, whose decisions by people are respected, as are those of the file `decisions`.
    Rows that one of the datasets `against` has are dropped by `exact` and `near`. So are rows that are in the folder `index`,
    and the kept ones are added to it. `merge` names fields that a kept row gets from its duplicates, as in the recipe
    (``{"seen": "count", "sources": {"values": "source"}}``). `with_scores` writes down what `quality` thinks of rows that it
    keeps, too. Raises UsageError (and its kinds) for what the caller can mend.
    """
    check_container(to)
    from bloomery.clean import run as cleaning

    folder = Path(out)
    check_free(folder, replace=replace)
    read_as = _read_as(columns=columns, encoding=encoding, container=container)
    data = [source.model_dump() for source in _sources(paths, read_as)] or None
    plan = load(recipe, sets=set, data=data, format=format, merge=merge, clean=list(ops) if ops is not None else None)
    entries = with_judge(plan.clean, plan.models, with_scores=with_scores)
    built = build(compared_with(entries, _list(against)) if against else entries)
    reader = reader_of(plan)
    kept_in = str(index) if index is not None else plan.index
    if kept_in and replace:
        refuse_again(folder, kept_in)
    return cleaning.run(
        reader,
        built,
        out=folder,
        recipe=cleaning.resolved(reader, built, seed=plan.seed, index=kept_in, merge=plan.merge),
        decisions=decisions_in((plan.decisions, decisions), folder if replace else None),
        to=to,
        keep_private=keep_private,
        replace=replace,
        index=Index(kept_in) if kept_in else None,
        merge=plan.merge,
        progress=progress,
    )


def why(folder: PathLike, row_id: str) -> str:
    """A row's story, as plain text."""
    return CleanResult(folder).why(row_id)


def restore(folder: PathLike, *ids: str, reason: str = "", by: str | None = None) -> CleanResult:
    """Bring dropped rows back; see `bloomery.clean.restore`."""
    from bloomery.clean import restore as restoring

    return restoring.restore(CleanResult(folder), ids, reason=reason, by=by)


def rethreshold(folder: PathLike, threshold: float) -> CleanResult:
    """Tighten the threshold of `near` in a finished run; see `bloomery.clean.rethreshold`."""
    from bloomery.clean import rethreshold as rethresholding

    return rethresholding.rethreshold(CleanResult(folder), threshold)


def profile(
    paths: Paths | None = None,
    *,
    out: PathLike | None = None,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    container: str | None = None,
    progress: Progress = silent,
    **options: Any,
) -> Profile:
    """Look at raw data; with `out` also as an HTML page. `options` are those of the recipe's ``profile:`` section."""
    from bloomery.profile.run import profile as run_profile

    read_as = _read_as(columns=columns, encoding=encoding, container=container)
    data = [source.model_dump() for source in _sources(paths, read_as)] or None
    plan = load(recipe, sets=set, data=data, format=format, profile=options)
    if not plan.data:
        raise _nothing()
    return run_profile(list(plan.data), out=out, format=plan.format, progress=progress, **plan.profile.model_dump())


def split(
    path: PathLike | None = None,
    *,
    out: PathLike,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    container: str | None = None,
    progress: Progress = silent,
    **options: Any,
) -> SplitResult:
    """Split `path` (or the recipe's ``data``) into train, validation and test without leaks.

    `options` are those of the recipe's ``split:`` section.
    """
    from bloomery.split.run import split as run_split

    read_as = _read_as(columns=columns, encoding=encoding, container=container)
    data = [source.model_dump() for source in _sources(path, read_as)] or None
    plan = load(recipe, sets=set, data=data, format=format, split=options)
    if not plan.data:
        raise _nothing()
    section = plan.split if "seed" in plan.split.model_fields_set else plan.split.model_copy(update={"seed": plan.seed})
    return run_split(list(plan.data), out=out, format=plan.format, progress=progress, options=section)


def contamination(
    train: Paths,
    test: Paths,
    *,
    out: PathLike,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    train_format: str | None = None,
    train_columns: Mapping[str, str] | None = None,
    train_encoding: str | None = None,
    train_container: str | None = None,
    test_format: str | None = None,
    test_columns: Mapping[str, str] | None = None,
    test_encoding: str | None = None,
    test_container: str | None = None,
    progress: Progress = silent,
    **options: Any,
) -> ContaminationResult:
    """Look for test items in training data. `options` are those of the recipe's ``contamination:`` section."""
    from bloomery.contamination.run import check

    plan = load(recipe, sets=set, contamination=options)
    train_as = _read_as(format=train_format, columns=train_columns, encoding=train_encoding, container=train_container)
    test_as = _read_as(format=test_format, columns=test_columns, encoding=test_encoding, container=test_container)
    section = plan.contamination
    section = section if "seed" in section.model_fields_set else section.model_copy(update={"seed": plan.seed})
    return check(_sources(train, train_as), _sources(test, test_as), out=out, options=section, progress=progress)


def contamination_index(
    paths: Paths,
    *,
    out: PathLike,
    name: str,
    licence: str,
    version: str,
    n: int = 13,
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    container: str | None = None,
    progress: Progress = silent,
) -> Path:
    """Write a shareable index of a benchmark, without text; `contamination` takes it, or a folder of such, as `test`."""
    from bloomery.contamination.run import write_index

    read_as = _read_as(format=format, columns=columns, encoding=encoding, container=container)
    sources = _sources(paths, read_as)
    return write_index(sources, out=out, name=name, licence=licence, version=version, n=n, progress=progress)


def evaluate(
    predictions: PathLike | None = None,
    *,
    out: PathLike,
    test: PathLike | None = None,
    model: str | None = None,
    training_seed: int | None = None,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    models: Mapping[str, Any] | None = None,
    test_format: str | None = None,
    test_columns: Mapping[str, str] | None = None,
    test_encoding: str | None = None,
    test_container: str | None = None,
    heard: Mapping[str, Any] | None = None,
    replace: bool = False,
    **options: Any,
) -> Evaluated:
    """Score `predictions` (rows with ``id`` and ``prediction``), or the answers of `model`, on the rows of `test` into `out`.

    With predictions `model` is only a name; without, a model of the recipe or of `models` (by name: its options, or one that
    can be asked as it is).
    `options` are those of the recipe's ``evaluate:`` section: ``metrics, slices, cluster, base, baseline, train, gates``, …;
    with gates the result has a verdict. `training_seed` says which of several trainings it is. `replace` runs again in the
    place of a finished run.
    """
    from bloomery.evaluate.run import evaluate as run_evaluate
    from bloomery.evaluate.run import test_of

    asked = options | {"test": None if test is None else str(test)}
    asked |= {"model": model} if predictions is None else {}
    plan, ready = _with_models(recipe, set, models, {"evaluate": asked})
    section = plan.evaluate
    wanted = [name for name in (section.base, section.teacher, section.suites.judge) if name]
    wanted = [*filter(None, [section.model if predictions is None else None]), *wanted]
    read_as = _read_as(format=test_format, columns=test_columns, encoding=test_encoding, container=test_container)
    return run_evaluate(
        None if predictions is None else Source(path=str(predictions)),
        test=test_of(section, read_as),
        out=out,
        options=section,
        model=model or section.model,
        training_seed=training_seed,
        models=_opened(wanted, plan, ready),
        replace=replace,
        **(heard or {}),
    )


def gates(*, recipe: PathLike | None = None, set: Sequence[str] = ()) -> Ruled:  # noqa: A002
    """The gates that would decide: the recipe's on top of the defaults, with their hash."""
    from bloomery.evaluate.verdict.reach import ruled

    section = load(recipe, sets=set).evaluate
    found = ruled(section if section.gates is not None else section.model_copy(update={"gates": {}}))
    assert found is not None
    return found


def gates_history(path: PathLike = ".bloomery/history.sqlite") -> list[Outcomes]:
    """How often each gate passed, failed or was undecided in past runs, and by what margin. DataError where nothing was kept."""
    from bloomery.evaluate.history import outcomes

    return outcomes(path)


def compare(*runs: PathLike, out: PathLike | None = None, replace: bool = False, **options: Any) -> Compared:
    """Compare evaluated runs on the same items, the first against each of the others; `options` as in `bloomery compare`.

    With `out`, the comparison is written there as JSON and as a report; `replace` writes in the place of a finished one.
    """
    from bloomery.evaluate.compare import compare as run_compare

    return run_compare(runs, out=out, replace=replace, **options)


def plan(**options: Any) -> Planned:
    """How many items a comparison needs; `options` as in `bloomery plan` (``metric, baseline, drop, n``, …)."""
    from bloomery.evaluate.planning import plan as run_plan

    return run_plan(**options)


def judge_score(
    path: PathLike,
    *,
    out: PathLike,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    models: Mapping[str, Any] | None = None,
    format: str | None = None,  # noqa: A002
    heard: Mapping[str, Any] | None = None,
    replace: bool = False,
    **options: Any,
) -> JudgedRun:
    """Score the answers at `path` (an evaluated run, or data of any format) by a rubric into the new folder `out`.

    `models` are those of the recipe's ``models:`` section, by name, or judges as they are (`bloomery.llm.base.Model`); `options`
    those of its ``judge:`` section: ``model, rubric, repeats, canaries, budget, cache, seed``. `heard` has functions that are
    told how far it is: ``tick`` after each answer, ``before`` what asking will be (`bloomery.judge.run`). `replace` puts the
    result in the place of a finished run.
    """
    from bloomery.judge.run import score_run

    plan, judges = _judges(recipe, set, models, options)
    return score_run(path, judges, out=out, options=plan.judge, format=format, replace=replace, **(heard or {}))


def judge_compare(
    *paths: PathLike,
    out: PathLike,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    models: Mapping[str, Any] | None = None,
    format: str | None = None,  # noqa: A002
    heard: Mapping[str, Any] | None = None,
    replace: bool = False,
    **options: Any,
) -> JudgedRun:
    """Let judges compare the answers of two or more runs, in both orders, into the new folder `out`; see `judge_score`."""
    from bloomery.judge.run import compare_runs

    plan, judges = _judges(recipe, set, models, options)
    return compare_runs(paths, judges, out=out, options=plan.judge, format=format, replace=replace, **(heard or {}))


def judge_calibrate(
    *judged: PathLike, people: Paths, out: PathLike, replace: bool = False, **options: Any
) -> JudgedRun:
    """Put judged runs (or files of labels) beside the labels of `people` and write a trust report into the new folder `out`.

    `options` are those of `bloomery judge calibrate`: ``label, metric, threshold, exact, slices, judged_label, seed``.
    """
    from bloomery.judge.calibration import calibrate
    from bloomery.judge.options import Calibrate
    from bloomery.schema import checked_options

    return calibrate(judged, _list(people), out=out, replace=replace, options=checked_options(Calibrate, options))


def _judges(
    recipe: PathLike | None,
    sets: Sequence[str],
    models: Mapping[str, Any] | None,
    options: dict[str, Any],
) -> tuple[Recipe, list[Any]]:
    """The recipe and its judges, opened; RecipeError for one that it does not have."""
    from bloomery.llm.names import open_models

    plan, ready = _with_models(recipe, sets, models, {"judge": options})
    return plan, open_models(plan.judge.model, plan.models, ready)


def _with_models(
    recipe: PathLike | None, sets: Sequence[str], models: Mapping[str, Any] | None, sections: dict[str, Any]
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with further `models`, and those of them that can be asked as they are."""
    given = dict(models or {})
    ready = {name: one for name, one in given.items() if hasattr(one, "identity")}
    named = {name: one for name, one in given.items() if name not in ready}
    return load(recipe, sets=sets, models=named or None, **sections), ready


def _opened(names: Sequence[str], plan: Recipe, ready: Mapping[str, Any]) -> dict[str, Any]:
    """The models of these names, ready to be asked."""
    from bloomery.llm.names import open_models

    wanted = list(dict.fromkeys(names))
    return dict(zip(wanted, open_models(wanted, plan.models, ready), strict=True)) if wanted else {}


def suite(name: PathLike) -> Suite:
    """The suite of a name (``capability``, ``safety``, ``over_refusal``) or of a file, with its items and its digest."""
    from bloomery.suites.suite import suite as read_suite

    return read_suite(name)


def convert(path: PathLike, out: PathLike, *, to: str, **options: Any) -> Converted:
    """Convert a file to another format; see `bloomery.formats.convert_file`."""
    from bloomery.formats.convert_file import convert as convert_file

    return convert_file(str(path), Path(out), to=to, **options)


def reader_of(plan: Recipe) -> Reader:
    """A reader over the recipe's data. DataError if it names none."""
    if not plan.data:
        raise _nothing()
    return Reader(list(plan.data), format=plan.format)


def _nothing() -> DataError:
    return DataError("There is nothing to read", expected="a path, or a recipe with data:", next="Name a file")


def _list(paths: Paths) -> list[str]:
    return [str(paths)] if isinstance(paths, str | Path) else [str(path) for path in paths]


def _read_as(**given: Any) -> dict[str, Any]:
    """What was said about how to read, without what was not."""
    return {name: value for name, value in given.items() if value}


def _sources(paths: Paths | None, read_as: dict[str, Any]) -> list[Source]:
    """The sources of `paths`, all read the same way. UsageError if there is something to say about none."""
    if paths is None and read_as:
        flags = {"columns": "--column"}
        raise UsageError(
            f"There is no path that {flags.get(name := next(iter(read_as)), f'--{name}')} could be about",
            expected="paths beside it",
            found="none",
            next=f"Name the files, or write `{name}:` beside the path in the recipe",
        )
    return [Source(path=path, **read_as) for path in _list(paths)] if paths is not None else []
