"""``bloomery plan``."""

from typing import Any

import typer

from bloomery import api
from bloomery.cli.flags import with_flags
from bloomery.cli.show import table
from bloomery.evaluate.options import Plan
from bloomery.evaluate.planned import Planned


@with_flags(Plan)
def command(*, options: dict[str, Any]) -> None:
    """Tell how many test items a comparison needs, before anything is trained.

    Example: bloomery plan --metric accuracy --baseline 0.85 --drop 0.05 --n 300
    """
    typer.echo(told(api.plan(**options)))


def told(result: Planned) -> str:
    """A plan in a few lines."""
    head, lines = result.table
    return "\n".join([table(head, lines), "", result.sentence, *(f"note  {remark}" for remark in result.remarks)])
