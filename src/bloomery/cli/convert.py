"""``bloomery convert``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import with_reading
from bloomery.formats.convert import TARGETS
from bloomery.formats.convert_file import ENDINGS
from bloomery.text.counted import counted


@with_reading()
def command(
    path: Annotated[str, typer.Argument(metavar="IN", help="File to read; - for standard input.")],
    out: Annotated[
        str, typer.Argument(metavar="OUT", help=f"File to write; its ending says how: {', '.join(ENDINGS)}.")
    ],
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help=f"Format to write: {', '.join(TARGETS)}; or that of IN.")
    ],
    reading: dict[str, Any],
    lossy: Annotated[bool, typer.Option("--lossy", help="Convert although something is lost.")] = False,
    hosted: Annotated[
        bool, typer.Option("--hosted", help="Check the limits of hosted fine-tuning APIs (with --to chat).")
    ] = False,
) -> None:
    """Convert between formats where nothing is lost; else say what would be.

    Example: bloomery convert alpaca.json chat.jsonl --to chat
    """
    result = api.convert(path, out, to=to, lossy=lossy, hosted=hosted, **reading)
    for line in result.why:
        typer.echo(line)
    typer.echo(f"{counted(result.rows, 'row')} written to {out}")
    if result.problems:
        skipped = f"{result.skipped:,} skipped, {result.quarantined:,} unreadable"
        typer.echo(f"{skipped}: ids and reasons in {result.problems}")
    for what, rows in result.lost.items():
        typer.echo(f"lost: {what} in {counted(rows, 'row')}")
