"""The verbs of ``bloomery judge`` as functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bloomery.api.given import PathLike, Paths, paths_of, with_models
from bloomery.recipe import Recipe

if TYPE_CHECKING:
    from bloomery.judge.result import JudgedRun


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

    return calibrate(judged, paths_of(people), out=out, replace=replace, options=checked_options(Calibrate, options))


def _judges(
    recipe: PathLike | None,
    sets: Sequence[str],
    models: Mapping[str, Any] | None,
    options: dict[str, Any],
) -> tuple[Recipe, list[Any]]:
    """The recipe and its judges, opened; RecipeError for one that it does not have."""
    from bloomery.llm.names import open_models

    plan, ready = with_models(recipe, sets, models, {"judge": options})
    return plan, open_models(plan.judge.model, plan.models, ready)
