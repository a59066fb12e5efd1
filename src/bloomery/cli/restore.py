"""``bloomery restore``."""

from typing import Annotated

import typer

from bloomery import api


def command(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a clean run.")],
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids of dropped rows.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the ledger.")] = "",
    by: Annotated[str | None, typer.Option("--by", help="Who decides. [default: your login name]")] = None,
) -> None:
    """Bring dropped rows back by a decision of your own, which later runs respect.

    Example: bloomery restore clean raw/tickets.jsonl:12 --reason "short but right"
    """
    run = api.restore(folder, *ids, reason=reason, by=by)
    counts = run.counts
    typer.echo(f"Restored {len(set(ids)):,}. Kept {counts['kept']:,}, dropped {counts['dropped']:,}.")
    typer.echo(f"A later run respects it: bloomery clean … --decisions {run.folder / 'decisions.jsonl'}")
