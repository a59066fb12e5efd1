"""``bloomery split``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, RecipeFile, Sets, with_flags, with_reading
from bloomery.cli.show import progress_bar, table
from bloomery.split.options import Split


@with_reading()
@with_flags(Split)
def command(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH", help="File, glob or folder; - for standard input. [default: data of the recipe]"
        ),
    ] = None,
    *,
    out: OutFolder,
    recipe: RecipeFile = None,
    set_: Sets = None,
    reading: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """Split into train, validation and test; no duplicate cluster or group straddles two of them.

    Example: bloomery split clean/data.jsonl --out splits --stratify label
    """
    with progress_bar() as progress:
        result = api.split(
            path,
            out=out,
            recipe=recipe,
            set=set_ or (),
            **reading,
            progress=progress,
            **options,
        )
    achieved = result.manifest["ratio"]["achieved"]
    rows = [[name, size, _percent(achieved.get(name))] for name, size in result.sizes.items()]
    typer.echo(table(["split", "rows", "%"], rows))
    for note in result.notes:
        typer.echo(f"note    {note}")
    typer.echo(f"proof   {result.folder / 'manifest.json'}")


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.1f}"
