"""``bloomery contamination``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, RecipeFile, Sets, with_flags
from bloomery.cli.show import progress_bar
from bloomery.contamination.options import Contamination


@with_flags(Contamination)
def command(
    *,
    train: Annotated[list[str], typer.Option("--train", metavar="PATH", help="Training data; may be given again.")],
    test: Annotated[list[str], typer.Option("--test", metavar="PATH", help="Test items; may be given again.")],
    out: OutFolder,
    recipe: RecipeFile = None,
    set_: Sets = None,
    options: dict[str, Any],
) -> int:
    """Look for test items in training data, with the evidence.

    Example: bloomery contamination --train splits/train.jsonl --test benchmark.jsonl --out leaks --fail-over 0.01
    """
    with progress_bar() as progress:
        result = api.contamination(train, test, out=out, recipe=recipe, set=set_ or (), progress=progress, **options)
    typer.echo(str(result))
    return 100 if result.failed else 0
