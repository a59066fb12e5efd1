"""``bloomery selfcheck``: what the product computes, held against published tables and arithmetic, on the user's machine."""

from typing import Annotated

import typer

WIDE = 120  #: columns from which there is room for sources


def command(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    details: Annotated[
        bool, typer.Option("--details", help="Show sources and tolerances too, as terminals of 120 columns do.")
    ] = False,
    compile: Annotated[  # noqa: A002
        bool, typer.Option("--compile", help="Compile kernels first where none were compiled before (a minute).")
    ] = False,
) -> None:
    """Re-derive published numbers and examples worked by hand, through the product's own functions. Needs no network.

    Example: bloomery selfcheck
    """
    from bloomery.cli.selfcheck.run import selfcheck

    result = selfcheck(compile=compile)
    if json:
        import msgspec

        typer.echo(msgspec.json.encode(result.as_dict()).decode())
    else:
        from rich.console import Console

        from bloomery.cli.selfcheck.table import render

        console = Console(highlight=False)
        console.print(render(result, details=details or console.width >= WIDE))
    if not result.ok:
        raise typer.Exit(1)
