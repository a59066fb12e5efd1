"""``bloomery init``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import Paths, with_reading
from bloomery.cli.show import progress_bar
from bloomery.errors import OutputError
from bloomery.profile.starter import starter_recipe
from bloomery.store import write_atomic


@with_reading()
def command(
    paths: Paths = None,
    *,
    out: Annotated[str, typer.Option("--out", metavar="FILE", help="Recipe to write; - prints it.")] = "recipe.yaml",
    reading: dict[str, Any],
) -> None:
    """Write a starter recipe for your data, each choice with its reason.

    Example: bloomery init raw/*.jsonl && bloomery clean --recipe recipe.yaml --out clean
    """
    if out != "-" and Path(out).exists():
        raise OutputError(
            f"The recipe {out} exists", expected="a new file", next="Choose another --out, or move it away"
        )
    with progress_bar() as progress:
        found = api.profile(paths or None, **reading, progress=progress)
    text = starter_recipe(found)
    if out == "-":
        typer.echo(text, nl=False)
        return
    write_atomic(Path(out), text.encode())
    typer.echo(f"Wrote {out}. Next: bloomery clean --recipe {out} --out clean")
