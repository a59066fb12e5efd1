"""``bloomery why``."""

from typing import Annotated

import typer

from bloomery.clean.result import CleanResult
from bloomery.clean.why import story as story_of
from bloomery.cli.show import story


def command(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a clean run.")],
    row_id: Annotated[str, typer.Argument(metavar="ID", help="Path as given and row number.")],
) -> None:
    """Tell a row's story: what was edited, why it was dropped, the twin it lost to.

    Example: bloomery why clean raw/tickets.jsonl:12
    """
    story(story_of(CleanResult(folder), row_id))
