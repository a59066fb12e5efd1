"""``bloomery baseline show``."""

from typing import Annotated

import typer

from bloomery import api
from bloomery.cli.evaluate import told
from bloomery.cli.show import table
from bloomery.evaluate.result import Evaluated


def command(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Of these, one. [default: list all]")] = None,
) -> None:
    """Show the saved evaluations, or one of them with its values.

    Example: bloomery baseline show production
    """
    found = api.baseline_show(name)
    if name is not None:
        typer.echo(told(found[0]))
    else:
        typer.echo(_listed(found) if found else "No evaluation is saved. Save one: bloomery baseline save NAME DIR")


def _listed(found: list[Evaluated]) -> str:
    rows = []
    for one in found:
        line = next((line for line in one.lines if line.name not in ("missing", "empty", "refused")), None)
        verdict = one.verdict["verdict"] if one.verdict else "none"
        value = f"{line.name} {line.shown}" if line else ""
        rows.append([one.folder.name, one.model, one.counts["items"], value, verdict])
    return table(["name", "model", "items", "value", "verdict"], rows)
