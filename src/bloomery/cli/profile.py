"""``bloomery profile``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import Paths, RecipeFile, Sets, with_flags, with_reading
from bloomery.cli.show import progress_bar
from bloomery.profile.options import Profile
from bloomery.profile.terminal import show


@with_reading()
@with_flags(Profile)
def command(
    paths: Paths = None,
    *,
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Write the profile as an HTML page too.")
    ] = None,
    recipe: RecipeFile = None,
    set_: Sets = None,
    reading: dict[str, Any],
    options: dict[str, Any],
) -> None:
    """Look at raw data: format, lengths, labels, duplicates, personal data, quality signals.

    Example: bloomery profile raw/*.jsonl --out profile.html
    """
    with progress_bar() as progress:
        result = api.profile(
            paths or None,
            out=out,
            recipe=recipe,
            set=set_ or (),
            **reading,
            progress=progress,
            **options,
        )
    show(result)
    if out:
        typer.echo(f"report  {out}")
