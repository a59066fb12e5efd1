"""``bloomery judge``: what it shares between ``score``, ``compare`` and ``calibrate``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bloomery.cli.show import table
from bloomery.errors import UsageError, did_you_mean
from bloomery.judge.report import span, three, what
from bloomery.judge.result import JudgedRun
from bloomery.llm.budget import Estimate
from bloomery.text.counted import counted

_THREE = ("score", "compare", "calibrate")
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
        next=" ".join(filter(None, [did_you_mean(what or "", _THREE), "See: bloomery judge score --help"])),
    )


def sets_of(given: list[str] | None, no_cache: bool) -> list[str]:
    """The ``--set`` assignments, with that of ``--no-cache``."""
    return [*(given or []), *(["judge.cache=null"] if no_cache else [])]


@contextmanager
def spending() -> Iterator[Any]:
    """On standard error: what asking will be, in a line, and at a terminal how far it is and what it costs."""

    def before(name: str, told: Estimate) -> None:
        print(f"asking  {name}: {told.line()}", file=sys.stderr)

    if not sys.stderr.isatty():
        yield {"before": before}
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("asking") as status:
        yield {
            "tick": lambda spend: status.update(spend.line()),
            "before": lambda name, told: console.print(
                f"asking  {name}: {told.line()}", markup=False, highlight=False, soft_wrap=True
            ),
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
    said = [f"said    {name}: {words:.300}" for name, words in told["said"].items()]
    return [f"unread  {told['counts']['unread']:,} of {told['counts']['replies']:,} replies: {why}", *said]


def asked(run: JudgedRun) -> list[str]:
    """A line for each judge: what it is, and what asking it took."""
    return [f"judge   {judge_line(one | spent)}" for one, spent in zip(run.told["judges"], run.spent, strict=True)]


def judge_line(one: dict[str, Any]) -> str:
    """What a judge is and what asking it took.

    >>> told = {"name": "gpt", "model": "m", "address": "http://h/v1", "calls": 3, "cached": 1, "replayed": 0, "failed": 0}
    >>> judge_line(told | {"prompt_tokens": 90, "completion_tokens": 10, "estimated": False, "money": 0.5})
    'gpt (m at http://h/v1): 3 calls, 1 cached, 100 tokens, 0.50'
    """
    is_ = what(one)
    parts = [f"{one['replayed']:,} recorded"] if one["replayed"] else [counted(one["calls"], "call")]
    parts += [f"{one['cached']:,} cached"] * bool(one["cached"]) + [f"{one['failed']:,} failed"] * bool(one["failed"])
    tokens = one["prompt_tokens"] + one["completion_tokens"]
    parts += [f"{'about ' * one['estimated']}{tokens:,} tokens"] * bool(tokens)
    parts += [] if one["money"] is None else [f"{one['money']:.2f}"]
    return f"{one['name']}{f' ({is_})' * bool(is_)}: {', '.join(parts)}"


def ended(run: JudgedRun) -> int:
    """The exit code: 1 where the budget ran out before everything was asked."""
    return int(run.told["budget_ended"] is not None)


def told_score(run: JudgedRun) -> str:
    """A scored run in a few lines."""
    told = run.told
    head = ["value", "judge", "mean", "95 %", "passed", "unscored", "with unscored"]
    rows = [
        [
            *(one["metric"], one["rater"], three(one["value"]), span(one["interval"]) or f"none: {one['why']}"),
            "" if one["passed"] is None else f"{one['passed']:,}",
            f"{one['unscored']:,}" if one["unscored"] else "",
            span(one["bounds"]) if one["unscored"] else "",
        ]
        for one in told["values"]
    ]
    kept = [k for k in range(len(head)) if k < 4 or any(row[k] for row in rows)]
    lines = [table([head[k] for k in kept], [[row[k] for k in kept] for row in rows]), ""]
    return "\n".join([*lines, *unread(told), *canaries(told), *asked(run), *_notes(told), f"report  {run.report}"])


def told_compare(run: JudgedRun) -> str:
    """A comparison in a few lines."""
    told = run.told
    head = [
        "first",
        "second",
        "judge",
        "wins",
        "95 %",
        "won",
        "tied",
        "lost",
        "inconsistent",
        "unscored",
        "with unscored",
    ]
    rows = [
        [
            *(one["first"], one["second"], one["rater"], three(one["rate"]), span(one["interval"]) or one["why"] or ""),
            *(one[name] for name in ("wins", "ties", "losses", "inconsistent", "unscored")),
            span(one["bounds"]) if one["unscored"] else "",
        ]
        for one in told["duels"]
    ]
    if not any(one["unscored"] for one in told["duels"]):
        head, rows = head[:-1], [row[:-1] for row in rows]
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
    return "\n".join([*lines, *unread(told), *canaries(told), *asked(run), *_notes(told), f"report  {run.report}"])


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
                span(one["agreement"]["interval"]) or one["agreement"]["why"] or "none",
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
