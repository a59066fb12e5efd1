"""What selfcheck prints: a line for each check, or where there is room for it (or it is asked for) a table with the sources."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bloomery.cli.selfcheck.check import Outcome, leaves
from bloomery.cli.selfcheck.run import AGREES, DIFFERS, TOPICS, SelfCheck

#: numbers of a line that are shown; half as many where they have names
MOST = 4
#: characters of a short line: what was re-derived, and what must come out as well as what came out
NAME, NUMBERS = 38, 18


def render(result: SelfCheck, *, details: bool) -> RenderableType:
    """The lines, or with `details` the tables, and the sentence, for a terminal (`rich`)."""
    return Group(*(_tables(result) if details else short_lines(result)), *verdict(result))


def short_lines(result: SelfCheck) -> list[Text]:
    """A line for each check, 80 columns at most: what was re-derived, what must come out, what came out."""
    told = list[Text]()
    for topic, lines in _topics(result):
        told.append(Text(topic, "bold"))
        for one in lines:
            name = middle(one.check.covers.rpartition(".")[2], NAME // 2)
            said = f"{name}: {' '.join(one.check.what.split())}"
            said = said if len(said) <= NAME else f"{said[: NAME - 1].rstrip()}…"
            expected, got = fitted(one.check.expected, one.got)
            if one.status not in (AGREES, DIFFERS):
                got = middle(one.status, NUMBERS)
            style = {AGREES: "green", DIFFERS: "bold red"}.get(one.status, "yellow")
            told.append(Text.assemble(f"  {said:<{NAME}}  {expected:<{NUMBERS}}  ", (got, style)))
        told.append(Text())
    return told


def middle(text: str, most: int) -> str:
    """`text` with its middle left out where it is longer than `most` characters.

    >>> middle("prediction_powered.mean", 12), middle("short", 12)
    ('predic….mean', 'short')
    """
    text = " ".join(text.split())
    tail = (most - 1) // 2
    return text if len(text) <= most else f"{text[: most - 1 - tail]}…{text[-tail:]}"


def fitted(*values: Any) -> list[str]:
    """Each value `shown` with as many numbers as fit into `NUMBERS` characters for all of them; no number is cut.

    >>> fitted([0.2553, 0.3662, 0.1], [0.255289, 0.366208, 0.1]), fitted([1, 2, 3, 4, 5])
    (['0.2553, …', '0.255289, …'], ['1, 2, 3, 4, …'])
    """
    tries = (
        [shown(value, most).replace("NotComputableError", "not computable") for value in values]
        for most in range(MOST, 0, -1)
    )
    fits = next((some for some in tries if all(len(one) <= NUMBERS for one in some)), None)
    return fits or [middle(shown(value, 1), NUMBERS) for value in values]


def verdict(result: SelfCheck) -> list[Text]:
    """What was left out, what differs, and how many agree."""
    left_out = [
        Text(f"{count} left out ({reason}): {', '.join(result.without(reason))}", "yellow")
        for reason, count in result.left_out.items()
    ]
    differing = [
        Text(
            f"{one.check.covers}: {one.check.what}: expected {shown(one.check.expected, 20)}, got {shown(one.got, 20)}",
            "red",
        )
        for one in result.differing
    ]
    agreeing = len(result.ran) - len(result.differing)
    return [
        *left_out,
        *differing,
        Text(f"{agreeing} of {len(result.ran)} agree", "bold green" if result.ok else "bold red"),
    ]


def shown(value: Any, most: int = MOST) -> str:
    """A value in a few words: its numbers to six digits, with the names they have.

    >>> shown((0.123456789, [1, {"a": None}])), shown(list(range(9)))
    ('0.123457, 1, a –', '0, 1, 2, 3, …')
    """
    parts = list(_parts(value))
    most = max(most // 2, 1) if isinstance(value, Mapping) else most
    return ", ".join(parts[:most]) + (", …" if len(parts) > most else "")


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield f"{name} {shown(part)}"
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)
    else:
        for one in leaves(value):
            yield "–" if one is None else f"{one:.6g}" if isinstance(one, float) else str(one)


def _topics(result: SelfCheck) -> Iterator[tuple[str, list[Outcome]]]:
    by_check = {id(one.check): one for one in result.outcomes}
    for topic, checks in TOPICS.items():
        lines = [by_check[id(check)] for check in checks if id(check) in by_check]
        if lines:
            yield topic, lines


def _tables(result: SelfCheck) -> Iterator[RenderableType]:
    for topic, lines in _topics(result):
        yield from (_table(topic, lines), Text())


def _table(topic: str, lines: Sequence[Outcome]) -> Table:
    grid = Table(title=Text(topic, "bold"), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    heads = (("re-derived", 4), ("expected", 3), ("got", 3), ("±", 1), ("source", 4))
    for head, ratio in heads:
        grid.add_column(head, header_style="dim", overflow="fold", ratio=ratio)
    grid.expand = True
    for one in lines:
        check = one.check
        name = Text.assemble(check.what, "\n", (check.covers.partition(".")[2] or check.covers, "dim"))
        numbers = any(isinstance(leaf, int | float) and not isinstance(leaf, bool) for leaf in leaves(check.expected))
        allowed = f"{check.tolerance:.0e}" if check.tolerance and numbers else "0" * numbers
        grid.add_row(name, shown(check.expected), _got(one), Text(allowed, "dim"), Text(check.source, "dim"))
    return grid


def _got(one: Outcome) -> Text:
    if one.status == AGREES:
        return Text(shown(one.got), "green")
    return Text(shown(one.got), "bold red") if one.status == DIFFERS else Text(one.status, "yellow")
