"""``bloomery compare``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import with_flags
from bloomery.cli.show import table
from bloomery.evaluate.compared import HEAD, Compared, cells_of
from bloomery.evaluate.lines import between
from bloomery.evaluate.options import Compare
from bloomery.text.counted import counted


@with_flags(Compare)
def command(
    runs: Annotated[
        list[str], typer.Argument(metavar="DIR", help="Evaluated runs, the first is what the others are compared with.")
    ],
    *,
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="New folder for compare.json and report.")
    ] = None,
    options: dict[str, Any],
) -> None:
    """Compare evaluated models on the same items: differences with intervals, corrected tests, flips.

    Example: bloomery compare runs/base runs/tuned --drop 0.05 --out runs/base-tuned
    """
    typer.echo(told(api.compare(*runs, out=out, **options)))


def told(result: Compared) -> str:
    """A comparison in a few lines."""
    rows = result.told["comparisons"]
    lines = [table(HEAD, [cells_of(row) for row in rows]), ""]
    for row in rows:
        lines.append(row["sentence"])
        if row["flips"] and row["method"]:
            lost, gained = (len(row["flips"][way]) for way in ("lost", "gained"))
            lines.append(f"  {row['other']} lost {counted(lost, 'item')} and gained {gained:,}; {row['method']}")
        if row["unscored"]:
            bounds = f"; with them the difference could be {between(*row['bounds'])}" if row["bounds"] else ""
            lines.append(f"  {counted(row['unscored'], 'item')} left out, without a score on both sides{bounds}")
    lines += [f"note    {note}" for note in result.notes]
    if result.folder is not None:
        lines.append(f"report  {result.folder / 'report.html'}")
    return "\n".join(lines)
