"""``bloomery contamination``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, RecipeFile, Sets, mapping, with_flags
from bloomery.cli.show import progress_bar, table
from bloomery.contamination.options import Contamination
from bloomery.contamination.result import ContaminationResult
from bloomery.text.counted import counted

Format = Annotated[str | None, typer.Option(metavar="NAME", help="Format of these rows; detected if left out.")]
Column = Annotated[list[str] | None, typer.Option(metavar="STANDARD=NAME", help="Which column plays a role in them.")]


@with_flags(Contamination)
def command(
    *,
    train: Annotated[list[str], typer.Option("--train", metavar="PATH", help="Training data; may be given again.")],
    test: Annotated[list[str], typer.Option("--test", metavar="PATH", help="Test items; may be given again.")],
    out: OutFolder,
    recipe: RecipeFile = None,
    set_: Sets = None,
    train_format: Format = None,
    train_column: Column = None,
    test_format: Format = None,
    test_column: Column = None,
    options: dict[str, Any],
) -> int:
    """Look for test items in training data, with the evidence.

    Example: bloomery contamination --train splits/train.jsonl --test benchmark.jsonl --out leaks --fail-over 0.01
    """
    with progress_bar() as progress:
        result = api.contamination(
            train,
            test,
            out=out,
            recipe=recipe,
            set=set_ or (),
            train_format=train_format,
            train_columns=mapping(train_column, flag="--train-column"),
            test_format=test_format,
            test_columns=mapping(test_column, flag="--test-column"),
            progress=progress,
            **options,
        )
    typer.echo(told(result))
    return 100 if result.failed else 0


def told(result: ContaminationResult) -> str:
    """A finished check in a few lines."""
    verb = "is" if result.contaminated == 1 else "are"
    lines = [
        table(["tier", "items"], list(result.tiers.items())),
        "",
        f"{result.contaminated:,} of {counted(result.test_rows, 'test item')} {verb} contaminated; "
        f"{result.unchecked:,} could not be checked",
        *(f"note      {note}" for note in result.notes),
        f"evidence  {result.folder / 'contaminated.jsonl'}",
    ]
    if result.failed:
        lines.append("failed    more than --fail-over allows, or nothing could be checked")
    return "\n".join(lines)
