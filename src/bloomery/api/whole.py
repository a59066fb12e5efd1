"""The verbs that are about the whole way as functions: run, past runs, baselines, verify."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bloomery.api.given import PathLike, with_models
from bloomery.engine import Progress, silent

if TYPE_CHECKING:
    from bloomery.evaluate.result import Evaluated
    from bloomery.recipe import Recipe
    from bloomery.run.foreseen import Foreseen
    from bloomery.run.past import Past
    from bloomery.run.result import Ran
    from bloomery.run.verify import Verified


def run(
    recipe: PathLike,
    *,
    out: PathLike | None = None,
    since: str | None = None,
    predictions: PathLike | None = None,
    model: str | None = None,
    set: Sequence[str] = (),  # noqa: A002
    models: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    heard: Mapping[str, Any] | None = None,
    say: Any = None,
) -> Ran:
    """Run the whole way of `recipe` in the folder `out` (``runs/NAME`` after the recipe's name, where none is given).

    Stages whose result is still right are left as they are; `since` names one from which on all are done again. `predictions` are
    the evaluated model's answers, and `model` is then only its name; without, it is a model of the recipe or of `models`.
    `heard` has a function ``tick`` that is told how far asking models is, `say` one that is told of each stage
    (`bloomery.run.run.Report`).
    """
    from bloomery.run.run import run as run_whole

    plan, ready = _plan(recipe, set, models, predictions, model)
    told = {"say": say} if say is not None else {}
    return run_whole(
        plan,
        place_of(recipe, out),
        since=since,
        model=model,
        ready=ready,
        progress=progress,
        heard=heard,
        **told,
    )


def run_plan(
    recipe: PathLike,
    *,
    out: PathLike | None = None,
    since: str | None = None,
    predictions: PathLike | None = None,
    model: str | None = None,
    set: Sequence[str] = (),  # noqa: A002
    models: Mapping[str, Any] | None = None,
) -> list[Foreseen]:
    """What `run` would do, stage by stage, with reasons, rows, times, model calls and what they cost; nothing is done."""
    from bloomery.run.foreseen import foresee

    plan, ready = _plan(recipe, set, models, predictions, model)
    return foresee(plan, place_of(recipe, out), since=since, model=model, ready=ready)


def runs(folder: PathLike = "runs") -> list[Past]:
    """Past runs in `folder`, the latest first: verdict, model, main value, when, recipe."""
    from bloomery.run.past import past_runs

    return past_runs(str(folder))


def baseline_save(name: str, folder: PathLike, *, replace: bool = False) -> Evaluated:
    """Save the evaluation in `folder` (or of the run there) as `name`, for ``baseline`` in gates; a whole copy."""
    from bloomery.evaluate.saved import save

    return save(name, folder, replace=replace)


def baseline_show(name: str | None = None) -> list[Evaluated]:
    """The saved evaluation of that name, or all of them; each folder's name is what it is called."""
    from bloomery.evaluate.saved import names, saved

    return [saved(one) for one in (names() if name is None else [name])]


def verify(folder: PathLike) -> Verified:
    """Check every link of a run or an evaluation, from raw files to the verdict, by computing it again."""
    from bloomery.run.verify import verify as check

    return check(Path(folder))


def place_of(recipe: PathLike, out: PathLike | None) -> Path:
    """The folder of a run."""
    return Path(out) if out is not None else Path("runs") / Path(recipe).stem


def _plan(
    recipe: PathLike,
    sets: Sequence[str],
    models: Mapping[str, Any] | None,
    predictions: PathLike | None,
    model: str | None,
) -> tuple[Recipe, dict[str, Any]]:
    asked = {"model": model} if predictions is None else {"predictions": str(predictions)}
    return with_models(recipe, sets, models, {"evaluate": asked})
