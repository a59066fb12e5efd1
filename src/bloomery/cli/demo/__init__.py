"""``bloomery demo``: all of it on raw data that is made on the spot, planted against found."""

from typing import Annotated

import typer


def command(
    *,
    out: Annotated[str, typer.Option("--out", metavar="DIR", help="A new folder for everything.")] = "demo-run",
    seed: Annotated[int, typer.Option("--seed", help="Seed of the generated data.")] = 7,
    replace: Annotated[bool, typer.Option("--replace", help="Run again in the place of an earlier demo.")] = False,
) -> None:
    """Generate raw support-desk data with planted faults, clean, split and check it, and compare with what was planted.

    Example: bloomery demo --out demo-run
    """
    from rich.console import Console

    from bloomery.cli.demo.run import demo
    from bloomery.cli.demo.score import render
    from bloomery.cli.show import progress_bar

    with progress_bar() as progress:
        result = demo(out, seed=seed, replace=replace, progress=progress)
    console = Console(highlight=False)
    console.print(render(result.table))
    console.print(f"\ntruth   {result.folder / 'truth.json'}\nreport  {result.clean.report}", soft_wrap=True)
