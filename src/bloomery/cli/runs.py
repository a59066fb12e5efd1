"""``bloomery runs``."""

from typing import Annotated

import typer

from bloomery import api
from bloomery.cli.show import table
from bloomery.run.past import Past


def command(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Folder with runs in it; a glob takes all that match.")
    ] = "runs",
) -> None:
    """List past runs and evaluations, the latest first: verdict, model, main value, when, recipe.

    Example: bloomery runs
    """
    past = api.runs(folder)
    typer.echo(told(past) if past else f"There are no runs in {folder}.")


def told(past: list[Past]) -> str:
    """Past runs as a table."""
    rows = [
        [
            str(one.folder),
            one.kind,
            one.verdict,
            one.model,
            f"{one.value} {one.shown}".strip(),
            one.when.strftime("%Y-%m-%d %H:%M") if one.when else "",
            one.recipe[:12],
        ]
        for one in past
    ]
    return table(["folder", "", "verdict", "model", "value", "when (UTC)", "recipe"], rows)
