"""``bloomery verify``."""

from typing import Annotated

import typer

from bloomery import api
from bloomery.cli.show import table
from bloomery.run.verify import Verified
from bloomery.text.counted import counted

_MARKS = {"same": "✓", "differs": "✗", "unchecked": "?"}


def command(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A run, or an evaluation.")],
) -> int:
    """Check every link from raw files to the verdict by computing it again; exit code 1 where one differs.

    Example: bloomery verify runs/first
    """
    found = api.verify(folder)
    typer.echo(told(found))
    return found.exit_code


def told(found: Verified) -> str:
    """The chain, a line for each link."""
    rows = [[_MARKS[link.state], link.name, link.said] for link in found.links]
    left = sum(link.state == "unchecked" for link in found.links)
    lines = [table(["", "link", ""], rows), ""]
    if found.differs:
        lines.append(
            f"{counted(len(found.differs), 'link differs', 'links differ')}, the first: {found.differs[0].name}"
        )
    else:
        lines.append("nothing differs" + (f"; {counted(left, 'link')} could not be checked" if left else ""))
    return "\n".join(lines)
