"""``bloomery contamination``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import OutFolder, RecipeFile, Sets, with_flags, with_reading
from bloomery.cli.show import progress_bar, table
from bloomery.contamination.matrix import short_names
from bloomery.contamination.options import Contamination
from bloomery.contamination.result import ContaminationResult
from bloomery.text.counted import counted


@with_reading("train", "test")
@with_flags(Contamination)
def command(
    *,
    train: Annotated[list[str], typer.Option("--train", metavar="PATH", help="Training data; may be given again.")],
    test: Annotated[
        list[str],
        typer.Option(
            "--test", metavar="PATH", help="Test items, an index of some, or a folder of indexes; may be given again."
        ),
    ],
    out: OutFolder,
    recipe: RecipeFile = None,
    set_: Sets = None,
    reading: dict[str, Any],
    options: dict[str, Any],
) -> int:
    """Look for test items in training data, with the evidence.

    An index comes from: bloomery contamination index --help

    Example: bloomery contamination --train splits/train.jsonl --test benchmark.jsonl --out leaks --fail-over 0.01
    """
    with progress_bar() as progress:
        result = api.contamination(
            train,
            test,
            out=out,
            recipe=recipe,
            set=set_ or (),
            **reading,
            progress=progress,
            **options,
        )
    typer.echo(told(result))
    return 100 if result.failed else 0


def told(result: ContaminationResult) -> str:
    """A finished check in a few lines."""
    verb = "is" if result.contaminated == 1 else "are"
    lines = [table(["tier", "items"], list(result.tiers.items())), "", *_matrix(result)]
    lines += [
        f"{result.contaminated:,} of {counted(result.test_rows, 'test item')} {verb} contaminated; "
        f"{result.unchecked:,} could not be checked",
        *(f"note      {note}" for note in result.notes),
        f"evidence  {result.folder / 'contaminated.jsonl'}",
        f"report    {result.folder / 'report.html'}",
    ]
    if result.decisions is not None:
        lines.append(
            f"dropped   {counted(result.summary['train_rows_dropped'], 'training row')}; the other "
            f"{result.summary['train_rows_kept']:,} are {result.folder / 'train.jsonl'}"
        )
        lines.append(f"clean it  bloomery clean … --decisions {result.decisions}")
    if result.failed:
        lines.append("failed    more than --fail-over allows, or nothing could be checked")
    return "\n".join(lines)


def _matrix(result: ContaminationResult) -> list[str]:
    """Benchmark by source, where there is more than one of either."""
    sources, benchmarks = result.summary["sources"], result.summary["benchmarks"]
    if len(sources) * len(benchmarks) == 1:
        return []
    rows = [(one["name"], one["test_rows"], one["contaminated"], *one["by_source"]) for one in benchmarks]
    return [table(["contaminated", "items", "in any", *short_names(sources)], rows), ""]
