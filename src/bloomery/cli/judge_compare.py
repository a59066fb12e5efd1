"""``bloomery judge compare``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, RecipeFile, Replace, Sets, with_flags
from bloomery.cli.judge import NoCache, ended, sets_of, spending, told_compare
from bloomery.judge.options import Judge


@with_flags(Judge, but=("rubric",))
def command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH", help="Two or more evaluated runs on the same items.")],
    *,
    out: OutFolder,
    recipe: RecipeFile = None,
    set_: Sets = None,
    no_cache: NoCache = False,
    replace: Replace = False,
    options: dict[str, Any],
) -> int:
    """Let a judge compare the answers of models in both orders: win rates, ties, what order and length do.

    Example: bloomery judge compare runs/tuned runs/base --recipe recipe.yaml --model gpt --out judged/tuned-base
    """
    with spending() as heard:
        run = api.judge_compare(
            *paths, out=out, recipe=recipe, set=sets_of(set_, no_cache), heard=heard, replace=replace, **options
        )
    typer.echo(told_compare(run))
    return ended(run)
