"""``bloomery evaluate``."""

from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import RecipeFile, Replace, with_reading
from bloomery.cli.show import table
from bloomery.errors import UsageError
from bloomery.evaluate.lines import plain, three
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.verdict import terminal
from bloomery.text.counted import counted


@with_reading("test")
def command(
    folder: Annotated[
        str | None,
        typer.Argument(metavar="DIR", help="A finished evaluation, to be scored again without asking a model."),
    ] = None,
    *,
    predictions: Annotated[
        str | None,
        typer.Option(
            "--predictions", metavar="FILE", help="Answers: rows with id and prediction. [default: ask the model]"
        ),
    ] = None,
    test: Annotated[
        str | None,
        typer.Option("--test", metavar="FILE", help="Test rows with their answers. [default: test of the recipe]"),
    ] = None,
    out: Annotated[str | None, typer.Option("--out", metavar="DIR", help="New folder for the result.")] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            "--metric", metavar="NAME", help="Metric; may be given again. [default: those of the test's format]"
        ),
    ] = None,
    slice_: Annotated[
        list[str] | None,
        typer.Option("--slice", metavar="COLUMN", help="Column to show every value by; may be given again."),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="COLUMN", help="Column whose items depend on each other.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="The model: one of the recipe's, or with --predictions only a name."
        ),
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="NAME", help="The recipe's model that it was trained from.")
    ] = None,
    train: Annotated[
        list[str] | None,
        typer.Option("--train", metavar="FILE", help="What it was trained on; may be given again."),
    ] = None,
    training_seed: Annotated[
        int | None, typer.Option("--training-seed", metavar="N", help="Which of several trainings of the model it is.")
    ] = None,
    recipe: RecipeFile = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change one option of the recipe, e.g. evaluate.slices=[language]."
        ),
    ] = None,
    replace: Replace = False,
    reading: dict[str, Any],
) -> int:
    """Score the answers of a model and, where the recipe has gates, decide: deploy or not.

    Exit code: 0 deploy (or no gates), 100 no deploy, 101 inconclusive.

    Example: bloomery evaluate --test splits/test.jsonl --predictions base.jsonl --model base --out runs/base
    """
    if folder is not None:
        given = {"--predictions": predictions, "--test": test, "--model": model, "--training-seed": training_seed}
        result = _again(
            folder,
            given | {f"--{name.replace('_', '-')}": value for name, value in reading.items()},
            out=out,
            recipe=recipe,
            set=set_ or (),
            replace=replace,
            metrics=metric or None,
            slices=slice_ or None,
            cluster=cluster,
            base=base,
            train=train or None,
        )
        typer.echo(told(result))
        return result.exit_code
    if out is None:
        raise UsageError("There is no --out", expected="--out DIR, a new folder for the result")
    result = api.evaluate(
        predictions,
        test=test,
        out=out,
        base=base,
        train=train or None,
        metrics=metric or None,
        slices=slice_ or None,
        cluster=cluster,
        model=model,
        training_seed=training_seed,
        recipe=recipe,
        set=set_ or (),
        replace=replace,
        **reading,
    )
    typer.echo(told(result))
    return result.exit_code


def _again(folder: str, given: dict[str, Any], **options: Any) -> Evaluated:
    """A finished evaluation, scored again; UsageError for what is `given` that only a first evaluation can be told."""
    if unfit := [name for name, value in given.items() if value]:
        raise UsageError(
            f"{unfit[0]} cannot be given for a finished evaluation",
            expected="--metric, --slice, --cluster, --recipe, --set",
            next=f"Leave out {folder} to evaluate anew",
        )
    return api.rescore(folder, **options)


#: what the columns are, for readers
COLUMNS = {
    "read ones alone": "read ones alone: over the answers that are neither empty nor refused and that the metric could read",
    "unread": "unread: how many answers with text the metric could not read as what it asks for",
}


def told(result: Evaluated) -> str:
    """A finished evaluation in a few lines."""
    verdict = result.verdict
    return values(result) if verdict is None else "\n".join([*decision(verdict), "", values(result)])


def decision(verdict: dict[str, Any]) -> list[str]:
    """The verdict with its reasons, then the gates as a table, then what to know."""
    head, rows = terminal.rows(verdict)
    gates = ["", table(head, rows)] if rows else []
    below = terminal.last(verdict)
    return [*terminal.first(verdict), *gates, *([""] if below else []), *below]


def values(result: Evaluated) -> str:
    """What was measured of the task."""
    shown = result.lines
    head = ["value", "", "95 %", "by", "read ones alone", "with missing ones", "unread", "had they been read"]
    rows = [[*line[:6], f"{line.unparsed:,}" if line.unparsed else "", line.read] for line in shown]
    kept = [k for k in range(len(head)) if k < 2 or any(row[k] for row in rows)]
    lines = [table([head[k] for k in kept], [[row[k] for k in kept] for row in rows]), ""]
    counts = result.counts
    states = ", ".join(f"{counts[state]:,} {state}" for state in ("answered", "empty", "refused", "missing"))
    lines.append(f"items   {counts['items']:,}: {states}")
    if worst := result.worst:
        lines.append(
            f"worst   {plain(worst['metric'])} {three(worst['value'])} where {worst['slice']} is {worst['of'] or 'not there'} "
            f"({counted(worst['n'], 'item')})"
        )
    lines += [f"note    {said}" for name, said in COLUMNS.items() if name in [head[k] for k in kept]]
    lines += [f"note    {remark}" for remark in [*result.unknown, *result.remarks]]
    lines.append(f"report  {result.folder / 'report.html'}")
    return "\n".join(lines)
