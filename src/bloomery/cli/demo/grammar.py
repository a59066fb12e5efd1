"""Templates with choices in them, and how they become varied text.

A template is a sentence in which ``[a|b|c]`` stands for one of the choices (which may hold further choices) and ``{slot}``
for a value drawn once a row (`bloomery.cli.demo.slots`)::

    [Open|Go to] Billing and [press|tap] "[Send again|Resend]" [before|by] {time}.

A content file (``content/*.txt``) lists the issues of one topic, a line each:

    = name      an issue starts
    ? …         a way to ask it at length
    ~ …         a way to ask it in a few words
    1 … 2 … 3 … alternatives for the first, second and third sentence of the answer

With four or five choices a sentence, two answers to the same issue rarely share long runs of words: that is what makes
the rows of the demo unrelated unless they were planted to be related.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from random import Random

#: A parsed template: literal text, a slot (a 1-tuple of its name), or a list of choices.
Node = str | tuple[str] | list["Template"]
Template = list[Node]


@dataclass(frozen=True)
class Issue:
    """One thing people write in about: ways to ask, and the alternatives for each sentence of the answer."""

    name: str
    topic: str
    asks: list[Template] = field(default_factory=list)
    shorts: list[Template] = field(default_factory=list)
    parts: dict[str, list[Template]] = field(default_factory=dict)


def parse(text: str) -> Template:
    """A template as a tree.

    >>> parse("[Open|Go to] {plan}.")
    [[['Open'], ['Go to']], ' ', ('plan',), '.']
    """
    template, end = _sequence(text, 0)
    if end != len(text):
        raise ValueError(f"unbalanced bracket at {end}: {text}")
    return template


def _sequence(text: str, at: int) -> tuple[Template, int]:
    """Nodes from `at` up to the end, a ``|`` or a ``]``."""
    nodes: Template = []
    start = at
    while at < len(text) and text[at] not in "|]":
        if text[at] not in "[{":
            at += 1
            continue
        if at > start:
            nodes.append(text[start:at])
        if text[at] == "{":
            close = text.index("}", at)
            nodes.append((text[at + 1 : close],))
            at = close + 1
        else:
            choices, at = _choices(text, at + 1)
            nodes.append(choices)
        start = at
    if at > start:
        nodes.append(text[start:at])
    return nodes, at


def _choices(text: str, at: int) -> tuple[list[Template], int]:
    """The choices of a bracket opened just before `at`, and where it has closed."""
    choices: list[Template] = []
    while True:
        choice, at = _sequence(text, at)
        choices.append(choice)
        if at >= len(text):
            raise ValueError(f"bracket never closed: {text}")
        at += 1
        if text[at - 1] == "]":
            return choices, at


def expand(template: Template, rng: Random, slots: Mapping[str, str]) -> str:
    """One text of `template`: choices drawn from `rng`, slots filled from `slots`.

    >>> expand(parse("[on|by] {date}[|, please]."), Random(1), {"date": "3 May"})
    'on 3 May, please.'
    """
    out: list[str] = []
    _emit(template, rng.random, slots, out)
    return "".join(out)


def _emit(template: Template, draw: Callable[[], float], slots: Mapping[str, str], out: list[str]) -> None:
    for node in template:
        if isinstance(node, str):
            out.append(node)
        elif isinstance(node, tuple):
            out.append(slots[node[0]])
        else:
            _emit(node[int(draw() * len(node))], draw, slots, out)


def read_issues(topic: str, text: str) -> list[Issue]:
    """The issues of one content file."""
    issues: list[Issue] = []
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "=":
            issues.append(Issue(rest, topic))
        elif mark == "?":
            issues[-1].asks.append(parse(rest))
        elif mark == "~":
            issues[-1].shorts.append(parse(rest))
        else:
            issues[-1].parts.setdefault(mark, []).append(parse(rest))
    return issues


def load_issues() -> dict[str, list[Issue]]:
    """All content by topic, in order of name; ``common`` holds openers, closers, asides and contexts."""
    folder = files("bloomery.cli.demo") / "content"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".txt"))
    return {
        name.removesuffix(".txt"): read_issues(name.removesuffix(".txt"), (folder / name).read_text("utf-8"))
        for name in names
    }
