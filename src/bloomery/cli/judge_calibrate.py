"""``bloomery judge calibrate``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, with_flags
from bloomery.cli.judge import Replace, told_calibrate
from bloomery.judge.options import Calibrate


@with_flags(Calibrate)
def command(
    judged: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Judged runs, or files of a judge's labels; several are versions."),
    ],
    *,
    humans: Annotated[
        list[str],
        typer.Option("--humans", metavar="FILE", help="Labels of people: item, label and rater. May be given again."),
    ],
    out: OutFolder,
    replace: Replace = False,
    options: dict[str, Any],
) -> None:
    """Put a judge beside people: agreement and its ceiling, bias of order and length, drift, corrected means, trust.

    Example: bloomery judge calibrate judged/base --humans labels.jsonl --out trust/gpt
    """
    typer.echo(told_calibrate(api.judge_calibrate(*judged, people=humans, out=out, replace=replace, **options)))
