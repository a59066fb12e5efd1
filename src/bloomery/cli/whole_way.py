"""``bloomery run``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bloomery import api
from bloomery.cli.flags import Sets
from bloomery.cli.show import progress_bar, table
from bloomery.llm.budget import duration
from bloomery.run.foreseen import Foreseen
from bloomery.run.result import Ran
from bloomery.run.run import Report, told_of
from bloomery.text.counted import counted

SHOWN = 8  # reasons on the terminal


def command(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE", help="Recipe (YAML) of the whole way.")],
    *,
    out: Annotated[
        str | None, typer.Option("--out", metavar="DIR", help="Folder of the run. [default: runs/NAME of the recipe]")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="STAGE", help="Do this stage and those after it again, changed or not."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, why, and what it would cost.")
    ] = False,
    predictions: Annotated[
        str | None,
        typer.Option("--predictions", metavar="FILE", help="The model's answers: rows with id and prediction."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="The model: one of the recipe's, or with --predictions only a name."
        ),
    ] = None,
    set_: Sets = None,
) -> int:
    """Profile, clean, split, check for leaks, evaluate and decide in one go; what has not changed is not done again.

    Exit code: that of the verdict (0 deploy or none, 100 no deploy, 101 inconclusive); 100 where contamination passed its limit.

    Example: bloomery run recipe.yaml --out runs/first
    """
    asked: dict[str, Any] = {"out": out, "since": since, "predictions": predictions, "model": model, "set": set_ or ()}
    if dry_run:
        typer.echo(plan_told(api.run_plan(recipe, **asked)))
        return 0
    with progress_bar() as progress, _asking() as heard:
        ran = api.run(recipe, **asked, progress=progress, heard=heard, say=_say)
    typer.echo(told(ran))
    return ran.exit_code


def _say(report: Report) -> None:
    print(f"{report.stage:<14} {report.state:<8} {report.said}".rstrip(), file=sys.stderr)


@contextmanager
def _asking() -> Iterator[dict[str, Any]]:
    """At a terminal, how far asking models is and what it costs, told now and then."""
    if not sys.stderr.isatty():
        yield {}
        return
    shown = 0

    def tick(spend: Any) -> None:
        nonlocal shown
        if spend.done == spend.total or spend.done - shown >= max(1, spend.total // 20):
            shown = 0 if spend.done == spend.total else spend.done
            print(f"{'evaluate':<14} asks     {spend.line()}", file=sys.stderr)

    yield {"tick": tick}


def told(ran: Ran) -> str:
    """A finished run in a few lines."""
    rows = [[name, told_of(one["counts"])] for name, one in ran.ledger["stages"].items()]
    lines = [table(["stage", ""], rows), ""]
    if ran.stopped:
        lines.append(f"stopped  {ran.stopped}")
    if (evaluated := ran.evaluated) is not None:
        lines += _verdict(ran)
        lines.append(f"report   {evaluated.folder / 'report.html'}")
    elif not ran.stopped:
        lines.append(
            f"next     no model was evaluated: answer {ran.split.files.get('test', 'the test')}, and run again with "
            "--predictions FILE or with evaluate: {model: NAME} in the recipe"
        )
    lines.append(f"check    bloomery verify {ran.folder}")
    return "\n".join(lines)


def _verdict(ran: Ran) -> list[str]:
    name, shown = ran.ledger.get("value") or ("", "")
    lines = [f"value    {name} {shown}"] if name else []
    found = ran.evaluated.verdict if ran.evaluated else None
    if found is None:
        return [*lines, "verdict  none: the recipe has no gates (evaluate: {gates: {}} takes the defaults)"]
    lines += [f"verdict  {found['verdict']}", *(f"because  {reason}" for reason in found["reasons"][:SHOWN])]
    more = len(found["reasons"]) - SHOWN
    return [*lines, f"because  {counted(more, 'further reason')}: see the report"] if more > 0 else lines


def plan_told(stages: list[Foreseen]) -> str:
    """What a run would do, in lines."""
    rows = [
        [one.stage, one.state, "" if one.seconds is None else duration(one.seconds), one.why, one.rows]
        for one in stages
    ]
    lines = [table(["stage", "", "last time", "why", "last time's rows"], rows), ""]
    lines += [f"{one.stage} takes {one.takes}" for one in stages if one.state != "skipped"]
    for one in stages:
        lines += _calls(one)
    return "\n".join(lines)


def _calls(one: Foreseen) -> list[str]:
    if one.stage != "evaluate" or one.state not in ("to do", "perhaps"):
        return []
    if one.calls is None:
        return ["", "model calls are not known yet: the test is not there"]
    lines = ["", *(f"asking {name}: {told.line()}" for name, told in one.calls.asked.items())]
    lines += ["no model would be asked"] * (not one.calls.asked)
    lines += [f"not known: what {', '.join(one.calls.unknown)} would ask"] * bool(one.calls.unknown)
    return lines
