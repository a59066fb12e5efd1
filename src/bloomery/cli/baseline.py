"""``bloomery baseline``."""

from typing import Annotated

import typer

from bloomery.errors import UsageError, did_you_mean

_TWO = ("save", "show")


def command(
    what: Annotated[str | None, typer.Argument(metavar="save|show", help="What to do.")] = None,
) -> None:
    """Save evaluations by a name, for baseline in gates, and show them.

    save: a whole copy of an evaluation, or of a run's. show: what is saved.

    Example: bloomery baseline save production runs/first
    """
    raise UsageError(
        "bloomery baseline does not know what to do",
        expected="save or show",
        found=what or "nothing",
        next=" ".join(filter(None, [did_you_mean(what or "", _TWO), "See: bloomery baseline save --help"])),
    )
