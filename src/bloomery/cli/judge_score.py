"""``bloomery judge score``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, RecipeFile, Replace, Sets, with_flags
from bloomery.cli.judge import NoCache, ended, sets_of, spending, told_score
from bloomery.judge.options import Judge


@with_flags(Judge, but=("protocol", "orders", "cluster"))
def command(
    path: Annotated[str, typer.Argument(metavar="PATH", help="Folder of an evaluated run, or a file of data.")],
    *,
    out: OutFolder,
    recipe: RecipeFile = None,
    set_: Sets = None,
    no_cache: NoCache = False,
    replace: Replace = False,
    options: dict[str, Any],
) -> int:
    """Score answers by a rubric: every criterion, what could not be scored, and whether the judge fell for a canary.

    Example: bloomery judge score runs/base --recipe recipe.yaml --model gpt --out judged/base
    """
    with spending() as heard:
        run = api.judge_score(
            path, out=out, recipe=recipe, set=sets_of(set_, no_cache), heard=heard, replace=replace, **options
        )
    typer.echo(told_score(run))
    return ended(run)
