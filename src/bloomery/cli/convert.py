"""``bloomery convert``."""

from typing import Annotated

import typer

from bloomery import api
from bloomery.cli.flags import Columns, FormatName, mapping


def command(
    path: Annotated[str, typer.Argument(metavar="IN", help="File to read; - for standard input.")],
    out: Annotated[str, typer.Argument(metavar="OUT", help="File to write: .jsonl, .csv or .parquet.")],
    *,
    to: Annotated[
        str, typer.Option("--to", metavar="FORMAT", help="Format to write, e.g. chat, alpaca, alpaca_prompt.")
    ],
    format_: FormatName = None,
    column: Columns = None,
    lossy: Annotated[bool, typer.Option("--lossy", help="Convert although something is lost.")] = False,
    hosted: Annotated[
        bool, typer.Option("--hosted", help="Check the limits of hosted fine-tuning APIs (with --to chat).")
    ] = False,
) -> None:
    """Convert between formats where nothing is lost; else say what would be.

    Example: bloomery convert alpaca.json chat.jsonl --to chat
    """
    result = api.convert(
        path, out, to=to, format=format_, columns=mapping(column, flag="--column"), lossy=lossy, hosted=hosted
    )
    for line in result.why:
        typer.echo(line)
    typer.echo(f"{result.rows:,} rows written to {out}")
    if result.problems:
        skipped = f"{result.skipped:,} skipped, {result.quarantined:,} unreadable"
        typer.echo(f"{skipped}: ids and reasons in {result.problems}")
    for what, rows in result.lost.items():
        typer.echo(f"lost: {what} in {rows:,} rows")
