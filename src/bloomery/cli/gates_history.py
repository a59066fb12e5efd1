"""``bloomery gates history``."""

from typing import Annotated

import typer

from bloomery import api
from bloomery.cli.show import table
from bloomery.evaluate.lines import three
from bloomery.web.visible import shown


def command(
    *,
    history: Annotated[
        str, typer.Option("--history", metavar="FILE", help="The file that evaluations keep.")
    ] = ".bloomery/history.sqlite",
) -> None:
    """Show how often each gate passed, failed or was undecided over past runs, and by what margin.

    A gate that always fires, or never, is of no use: it tells models apart as well as no gate would.

    Example: bloomery gates history
    """
    found = api.gates_history(history)
    head = ["gate", "wanted", "level", "runs", "pass", "fail", "undecided", "missing", "closest", "worst", ""]
    rows = [
        [
            shown(one.name, 80), one.threshold, one.level, one.runs, one.passed, one.failed, one.undecided, one.missing,
            three(one.closest), three(one.worst), one.remark,
        ]
        for one in found
    ]  # fmt: skip
    typer.echo(table(head, rows))
    typer.echo("")
    typer.echo(
        "closest: how near a value ever came to its threshold; worst: the smallest margin, negative on the wrong side"
    )
