"""``bloomery compare``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import Replace, with_flags
from bloomery.cli.show import table
from bloomery.evaluate.compared import HEAD, SLICES_HEAD, Compared, cells_of, left_out, slice_of, told_of, worst_of
from bloomery.evaluate.options import Compare
from bloomery.evaluate.sliced import SHOWN
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
    replace: Replace = False,
    options: dict[str, Any],
) -> None:
    """Compare evaluated models on the same items: differences with intervals, corrected tests, flips.

    Example: bloomery compare runs/base runs/tuned --drop 0.05 --out runs/base-tuned
    """
    typer.echo(told(api.compare(*runs, out=out, replace=replace, **options)))


def told(result: Compared) -> str:
    """A comparison in a few lines."""
    rows = result.told["comparisons"]
    lines = [table(HEAD, [cells_of(row) for row in rows]), ""]
    for row in rows:
        lines.append(row["sentence"])
        if row["method"]:
            lost, gained = (len(row["flips"][way]) for way in ("lost", "gained")) if row["flips"] else (0, 0)
            flipped = f"{row['other']} lost {counted(lost, 'item')} and gained {gained:,}; " if row["flips"] else ""
            lines.append(f"  {flipped}{row['method']}")
        if left_out(row):
            lines.append(f"  {left_out(row)}")
    if slices := result.told["slices"]:
        worst = worst_of(slices, SHOWN)
        if worst:
            lines += ["", table(SLICES_HEAD, [[slice_of(row), *cells_of(row)] for row in worst]), ""]
        lines += [row["sentence"] for row in worst if row["says"] == "undecided"]
        lines += [f"slices  {said}" for said in [told_of(slices, len(worst))] if said]
    lines += [f"look    {one}" for one in result.told["surprises"]]
    lines += [f"note    {note}" for note in result.notes]
    if result.folder is not None:
        lines.append(f"report  {result.folder / 'report.html'}")
    return "\n".join(lines)
