"""``bloomery baseline save``."""

from typing import Annotated

import typer

from bloomery import api


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What gates and recipes will call it.")],
    folder: Annotated[str, typer.Argument(metavar="DIR", help="An evaluation, or a run with one.")],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Save over what is saved by that name.")] = False,
) -> None:
    """Save an evaluation by a name: a whole copy, which stays when the folder goes.

    Example: bloomery baseline save production runs/first
    """
    saved = api.baseline_save(name, folder, replace=replace)
    typer.echo(
        f"Saved {saved.model} ({saved.counts['items']:,} items) as {name} in {saved.folder}. In a recipe: "
        f"evaluate: {{baseline: {name}, gates: {{task.accuracy: '>= baseline'}}}}"
    )
