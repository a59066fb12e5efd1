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

from bloomery.api.given import PathLike, Paths, paths_of, read_as_of, sources_of, with_models
from bloomery.api.judging import judge_calibrate, judge_compare, judge_score
from bloomery.api.whole import baseline_save, baseline_show, run, run_plan, runs, verify
from bloomery.clean.merge import How
from bloomery.clean.ops import Entry
from bloomery.clean.result import CleanResult
from bloomery.engine import Progress, silent
from bloomery.formats.export import check_container
from bloomery.recipe import load
from bloomery.run import verbs
from bloomery.store import check_free

if TYPE_CHECKING:
    from bloomery.contamination.result import ContaminationResult
    from bloomery.evaluate.compared import Compared
    from bloomery.evaluate.history import Outcomes
    from bloomery.evaluate.planned import Planned
    from bloomery.evaluate.result import Evaluated
    from bloomery.evaluate.verdict.reach import Ruled
    from bloomery.formats.convert_file import Converted
    from bloomery.profile.run import Profile
    from bloomery.split.result import SplitResult
    from bloomery.suites.suite import Suite

__all__ = [
    "baseline_save",
    "baseline_show",
    "clean",
    "compare",
    "contamination",
    "contamination_index",
    "convert",
    "evaluate",
    "judge_calibrate",
    "judge_compare",
    "judge_score",
    "plan",
    "profile",
    "rescore",
    "restore",
    "rethreshold",
    "run",
    "run_plan",
    "runs",
    "split",
    "verify",
    "why",
]


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
    folder = Path(out)
    check_free(folder, replace=replace)
    read_as = read_as_of(columns=columns, encoding=encoding, container=container)
    data = [source.model_dump() for source in sources_of(paths, read_as)] or None
    plan = load(recipe, sets=set, data=data, format=format, merge=merge, clean=list(ops) if ops is not None else None)
    return verbs.cleaned(
        plan,
        folder,
        to=to,
        keep_private=keep_private,
        replace=replace,
        decisions=decisions,
        against=paths_of(against) if against else (),
        index=index,
        with_scores=with_scores,
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

    read_as = read_as_of(columns=columns, encoding=encoding, container=container)
    data = [source.model_dump() for source in sources_of(paths, read_as)] or None
    plan = load(recipe, sets=set, data=data, format=format, profile=options)
    if not plan.data:
        raise verbs.nothing()
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
    read_as = read_as_of(columns=columns, encoding=encoding, container=container)
    data = [source.model_dump() for source in sources_of(path, read_as)] or None
    plan = load(recipe, sets=set, data=data, format=format, split=options)
    if not plan.data:
        raise verbs.nothing()
    return verbs.split_up(plan, plan.data, out, progress=progress)


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
    plan = load(recipe, sets=set, contamination=options)
    train_as = read_as_of(
        format=train_format, columns=train_columns, encoding=train_encoding, container=train_container
    )
    test_as = read_as_of(format=test_format, columns=test_columns, encoding=test_encoding, container=test_container)
    return verbs.looked_through(plan, sources_of(train, train_as), sources_of(test, test_as), out, progress=progress)


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

    read_as = read_as_of(format=format, columns=columns, encoding=encoding, container=container)
    sources = sources_of(paths, read_as)
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
    asked = options | {"test": None if test is None else str(test)}
    asked |= {"model": model} if predictions is None else {"predictions": str(predictions)}
    plan, ready = with_models(recipe, set, models, {"evaluate": asked})
    read_as = read_as_of(format=test_format, columns=test_columns, encoding=test_encoding, container=test_container)
    return verbs.evaluated(
        plan,
        out,
        model=model,
        training_seed=training_seed,
        ready=ready,
        read_as=read_as,
        replace=replace,
        heard=heard,
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


def rescore(
    folder: PathLike,
    *,
    out: PathLike | None = None,
    recipe: PathLike | None = None,
    set: Sequence[str] = (),  # noqa: A002
    replace: bool = False,
    **options: Any,
) -> Evaluated:
    """Score the finished evaluation in `folder` again, asking no model, into `out` or with `replace` in its own place.

    What it was evaluated with holds, then the ``evaluate:`` section of `recipe`, then `options` (``metrics, slices, gates``, …),
    then `set`. A test that has changed is an error.
    """
    from bloomery.run.again import rescored

    return rescored(folder, out, recipe=recipe, sets=set, replace=replace, changes=options)


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


def suite(name: PathLike) -> Suite:
    """The suite of a name (``capability``, ``safety``, ``over_refusal``) or of a file, with its items and its digest."""
    from bloomery.suites.suite import suite as read_suite

    return read_suite(name)


def convert(path: PathLike, out: PathLike, *, to: str, **options: Any) -> Converted:
    """Convert a file to another format; see `bloomery.formats.convert_file`."""
    from bloomery.formats.convert_file import convert as convert_file

    return convert_file(str(path), Path(out), to=to, **options)
