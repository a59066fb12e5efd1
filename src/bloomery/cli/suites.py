"""``bloomery suites``."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from bloomery import api
from bloomery.cli.show import table
from bloomery.errors import OutputError, RecipeError
from bloomery.suites.suite import BUILT_IN, Suite


def command(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A suite by name, or a file. [default: list all]")
    ] = None,
    *,
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="FILE", help="Write its questions, to be answered elsewhere: id and messages."),
    ] = None,
) -> None:
    """List the suites that come with Bloomery, or check and show one, your own as well.

    Example: bloomery suites capability --out questions.jsonl
    """
    if name is None:
        if out is not None:
            raise RecipeError("There is no suite to write", expected=f"a name before --out: {', '.join(BUILT_IN)}")
        typer.echo(listed())
        return
    suite = api.suite(name)
    typer.echo(told(suite))
    if out is not None:
        typer.echo(
            f"wrote    {written(suite, Path(out)):,} questions to {out}; answer each as a line with id and prediction"
        )


def written(suite: Suite, path: Path) -> int:
    """Write the questions of a suite into a new file; how many they are. OutputError where it exists or cannot be written."""
    lines = [msgspec.json.encode({"id": item, "messages": turns}) + b"\n" for item, turns in suite.questions()]
    try:
        with path.open("xb") as file:
            file.writelines(lines)
    except OSError as error:
        raise OutputError(
            f"Cannot write {path}", found=error.strerror or str(error), next="Choose another --out"
        ) from None
    return len(lines)


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
