"""Scoring a finished evaluation again: its own recipe, changed by another one and by flags; no model is asked."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bloomery.errors import RecipeError, UsageError, did_you_mean
from bloomery.evaluate.again import RECIPE, Before
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.run import evaluate
from bloomery.recipe import load, plain


def rescored(
    folder: str | Path,
    out: str | Path | None,
    *,
    recipe: str | Path | None = None,
    sets: Sequence[str] = (),
    replace: bool = False,
    changes: Mapping[str, Any],
    as_it_was: bool = False,
) -> Evaluated:
    """Score the evaluation in `folder` again into `out`, or with `replace` in its own place.

    Its stored recipe holds, then the ``evaluate:`` section of `recipe`, then `changes` by name, then `sets`. `as_it_was` keeps
    what the history of looks and gates said then, and tells it nothing. Raises UsageError
    (and its kinds) for what the caller can mend, such as a test that has changed.
    """
    if out is None and not replace:
        raise UsageError(
            f"There is no place for the scores of {folder}",
            expected="--out DIR, or --replace to write in its own place",
        )
    before = Before(folder, as_it_was=as_it_was)
    own = plain(recipe).get("evaluate") or {} if recipe is not None else {}
    given = {name: value for name, value in changes.items() if value is not None}
    plan = load(before.folder / RECIPE, sets=sets, evaluate={**own, **given})
    section = plan.evaluate
    models = before.models()
    _check_models(section, models, before)
    test = before.test if section.test is None else before.test.model_copy(update={"path": section.test})
    return evaluate(
        None,
        test=test,
        out=before.folder if out is None else out,
        options=section,
        model=before.run.model,
        training_seed=before.run.training_seed,
        models=models,
        contamination=plan.contamination_options,
        replace=replace,
        before=before,
    )


def _check_models(section: Evaluate, models: Mapping[str, Any], before: Before) -> None:
    """RecipeError where a model is named that the evaluation did not ask."""
    wanted = [section.base, None if before.by_predictions else section.model]
    for name in wanted:
        if name is not None and name not in models:
            raise RecipeError(
                f"The model '{name}' was not asked in {before.folder}",
                expected=f"one of {', '.join(models)}" if models else "no model, since none was",
                next=did_you_mean(name, models, otherwise="Evaluate anew to ask it"),
            )
