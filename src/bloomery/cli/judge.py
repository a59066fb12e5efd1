"""``bloomery judge``: what it shares between ``score``, ``compare`` and ``calibrate``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bloomery.cli.show import table
from bloomery.errors import UsageError
from bloomery.judge.report import span, three
from bloomery.judge.result import JudgedRun

NoCache = Annotated[bool, typer.Option("--no-cache", help="Ask everything again, whatever was answered before.")]


def command(
    what: Annotated[str | None, typer.Argument(metavar="score|compare|calibrate", help="What to do.")] = None,
) -> None:
    """Let models judge answers, and find out how far they can be trusted.

    score: each answer by a rubric. compare: the answers of two or more models, in both orders. calibrate: a judge beside people.

    Example: bloomery judge score runs/base --recipe recipe.yaml --model gpt --out judged/base
    """
    raise UsageError(
        "bloomery judge does not know what to do",
        expected="score, compare or calibrate",
        found=what or "nothing",
        next="See: bloomery judge score --help",
    )


def sets_of(given: list[str] | None, no_cache: bool) -> list[str]:
    """The ``--set`` assignments, with that of ``--no-cache``."""
    return [*(given or []), *(["judge.cache=null"] if no_cache else [])]


@contextmanager
def spending() -> Iterator[Any]:
    """Lines on standard error: what asking will be, how far it is and what it costs; none where nobody looks."""
    if not sys.stderr.isatty():
        yield {}
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("asking") as status:
        yield {
            "tick": lambda spend: status.update(spend.line()),
            "before": lambda name, estimate: console.print(f"{name}: {estimate.line()}", markup=False, highlight=False),
        }


def canaries(told: dict[str, Any]) -> list[str]:
    """Lines about the canaries: those that won, or that none did."""
    each = told["canaries"]["each"]
    if not each:
        return ["canary  none was judged, so nobody knows whether this judge can be fooled"]
    bad = [f"canary  {one['sentence']}" for one in each if one["won"] is not False]
    return bad or [f"canary  none of {len(each)} won"]


def unread(told: dict[str, Any]) -> list[str]:
    """A line about replies that could not be read."""
    if not told["errors"]:
        return []
    why = ", ".join(f"{name} {count:,}" for name, count in told["errors"].items())
    return [f"unread  {told['counts']['unread']:,} of {told['counts']['replies']:,} replies: {why}"]


def told_score(run: JudgedRun) -> str:
    """A scored run in a few lines."""
    told = run.told
    head = ["value", "judge", "mean", "95 %", "passed", "unscored", "with unscored"]
    rows = [
        [
            *(one["metric"], one["rater"], three(one["value"]), span(one["interval"])),
            "" if one["passed"] is None else f"{one['passed']:,}",
            f"{one['unscored']:,}" if one["unscored"] else "",
            span(one["bounds"]) if one["unscored"] else "",
        ]
        for one in told["values"]
    ]
    kept = [k for k in range(len(head)) if k < 4 or any(row[k] for row in rows)]
    lines = [table([head[k] for k in kept], [[row[k] for k in kept] for row in rows]), ""]
    return "\n".join([*lines, *unread(told), *canaries(told), *_notes(told), f"report  {run.report}"])


def told_compare(run: JudgedRun) -> str:
    """A comparison in a few lines."""
    told = run.told
    head = ["first", "second", "judge", "wins", "95 %", "won", "tied", "lost", "inconsistent", "unscored"]
    rows = [
        [
            *(one["first"], one["second"], one["rater"], three(one["rate"]), span(one["interval"]) or one["why"] or ""),
            *(one[name] for name in ("wins", "ties", "losses", "inconsistent", "unscored")),
        ]
        for one in told["duels"]
    ]
    lines = [table(head, rows), ""]
    for one in told["duels"]:
        if one["consistent"]["value"] is not None:
            lines.append(
                f"order   {one['rater']}: one verdict in both orders {100 * one['consistent']['value']:.1f} %; "
                f"{one['first_shown']['says']}"
            )
        length = one["length"]
        if not length["why"]:
            lines.append(
                f"length  the longer answer wins {100 * length['longer_wins']:.1f} %; at equal length {one['first']} "
                f"would win {100 * length['adjusted']:.1f} %"
            )
    return "\n".join([*lines, *unread(told), *canaries(told), *_notes(told), f"report  {run.report}"])


def told_calibrate(run: JudgedRun) -> str:
    """A calibration in a few lines."""
    told = run.told
    head = ["judge", "trust", "agreement", "95 %", "people", "kappa", "alpha", "unscored"]
    rows = [
        [
            *(
                one["rater"],
                three(one["trust"]["value"]),
                three(one["agreement"]["value"]),
                span(one["agreement"]["interval"]),
            ),
            *(three(one["ceiling"]["value"]), three(one["kappa"]["value"]), three(one["alpha_with_judge"]["value"])),
            three(one["unscored"]["value"]),
        ]
        for one in told["judges"]
    ]
    lines = [table(head, rows), ""]
    for one in told["judges"]:
        lines.append(f"trust   {one['rater']}: {one['trust']['why']}")
        if one["corrected"]["value"] is not None:
            lines.append(
                f"mean    {one['rater']}: {three(one['judge_mean']['value'])} alone, {three(one['corrected']['value'])} "
                f"({span(one['corrected']['interval'])}) corrected by people"
            )
    return "\n".join([*lines, *_notes(told), f"report  {run.report}"])


def _notes(told: dict[str, Any]) -> list[str]:
    return [f"note    {note}" for note in told["notes"]]
