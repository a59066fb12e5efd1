"""``bloomery suites``."""

from typing import Annotated

import typer

from bloomery import api
from bloomery.cli.show import table
from bloomery.suites.suite import BUILT_IN, Suite


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A suite by name, or a file. [default: list all]")
    ] = None,
) -> None:
    """List the suites that come with Bloomery, or check and show one, your own as well.

    Example: bloomery suites mine.jsonl
    """
    typer.echo(listed() if name is None else told(api.suite(name)))


def listed() -> str:
    """The suites of the package as a table."""
    rows = [[one.name, one.version, f"{one.items.height:,}", one.about] for one in map(api.suite, BUILT_IN)]
    return table(["suite", "version", "items", "what it is for"], rows)


def told(suite: Suite) -> str:
    """A suite in a few lines."""
    lines = [f"{suite.name} {suite.version} ({suite.kind}): {suite.about or 'no description'}", ""]
    first = suite.items.group_by("category", maintain_order=True).first()
    rows = [
        [name, f"{many:,}", check, prompt.replace("\n", " ")[:60]]
        for (name, many), check, prompt in zip(
            suite.categories.items(), [one[:40] for one in first["check"]], first["prompt"], strict=True
        )
    ]
    lines += [table(["category", "items", "check, such as", "prompt, such as"], rows), ""]
    return "\n".join([*lines, f"licence  {suite.licence or 'not said'}", f"sha256   {suite.sha256}"])
