"""Ways to ask a base that was not trained: with examples or passages before the item, in the message that asks it.

All of it stands in one message, the last one of the user, so that every model takes it, with a chat template or without; what the
recipe renders (template, system) is the same as for the tuned model. A model that goes on after its answer with an item of its
own is cut there, as a server would at a stop sequence.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import rendered
from bloomery.evaluate.parts.training import Example
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.judge.prompts import filled
from bloomery.llm.base import Request

NAMES = ("less_example.txt", "less_examples.txt", "less_passages.txt")
#: what begins the next item
_NEXT = "\n### Input"
#: characters of an example above which another one is taken
LONG = 2_000
#: characters that short rows of a document are put together to, and that long ones are cut to
TOGETHER, LONGEST = 800, 1_200


@cache
def packaged(name: str) -> str:
    """The text of a prompt."""
    return (files("bloomery.evaluate.parts") / "prompts" / name).read_text(encoding="utf-8")


def version() -> str:
    """The digest of the prompts, in short."""
    return hashlib.sha256("\0".join(packaged(name) for name in NAMES).encode()).hexdigest()[:12]


def with_examples(request: Request, some: Sequence[Example], options: Evaluate) -> Request:
    """The request with examples before its item, each rendered as the item is."""
    shown = [
        filled(packaged(NAMES[0]), {"prompt": rendered(one.prompt, options.template), "answer": one.answer})
        for one in some
    ]
    return _changed(request, NAMES[1], {"examples": "".join(shown)})


def with_passages(request: Request, passages: Sequence[str]) -> Request:
    """The request with passages of documents before its item."""
    return _changed(request, NAMES[2], {"passages": "\n\n".join(passages)})


def _changed(request: Request, name: str, parts: dict[str, str]) -> Request:
    last = max(place for place, one in enumerate(request.messages) if one.role == "user")
    messages = list(request.messages)
    messages[last] = messages[last]._replace(
        content=filled(packaged(name), {**parts, "prompt": messages[last].content})
    )
    return request._replace(messages=tuple(messages))


def cut(text: str | None) -> str | None:
    """An answer up to where the model goes on with an item of its own.

    >>> cut("Paris\\n\\n### Input\\nAnd of Spain?"), cut("Paris"), cut(None)
    ('Paris', 'Paris', None)
    """
    if text is None or _NEXT not in f"\n{text}":
        return text
    return f"\n{text}".partition(_NEXT)[0].strip()


def chosen(rows: Sequence[Example], count: int, seed: int, *, by_label: bool) -> list[Example]:
    """`count` examples, drawn by the seed: short ones where there are enough, and of as many labels as there are.

    >>> rows = [Example(str(k), "p", "yes" if k else "no") for k in range(9)]
    >>> sorted(one.answer for one in chosen(rows, 4, 0, by_label=True))
    ['no', 'yes', 'yes', 'yes']
    """
    short = [one for one in rows if len(one.prompt) + len(one.answer) <= LONG]
    among = short if len(short) >= count else list(rows)
    drawn = [among[place] for place in np.random.default_rng(seed).permutation(len(among))]
    if not by_label:
        return drawn[:count]
    of_label: dict[str, list[Example]] = {}
    for one in drawn:
        of_label.setdefault(one.answer, []).append(one)
    rounds = max((len(some) for some in of_label.values()), default=0)
    found = [some[k] for k in range(rounds) for some in of_label.values() if k < len(some)][:count]
    # in the order of the draw: else all of one label might stand last, which models copy
    return sorted(found, key=drawn.index)


def passages(paths: Sequence[str], most: int) -> list[str]:
    """The texts of documents in pieces, the first `most`: short rows that follow one another together, long ones cut."""
    found: list[str] = []
    waiting = ""
    for batch in Reader([Source(path=path) for path in paths]):
        texts = batch.parts.group_by("n", maintain_order=True).agg(pl.col("text").str.join("\n"))["text"]
        for text in texts:
            waiting = f"{waiting}\n{text}" if waiting else text
            if len(waiting) >= TOGETHER:
                found += pieces(waiting)
                waiting = ""
            if len(found) >= most:
                return found[:most]
    return [*found, *(pieces(waiting) if waiting.strip() else [])][:most]


def pieces(text: str) -> list[str]:
    """A text in pieces of at most LONGEST characters, cut at blanks where there are some.

    >>> [len(piece) for piece in pieces("word " * 500)]
    [1199, 1199, 99]
    """
    found: list[str] = []
    rest = text.strip()
    while len(rest) > LONGEST:
        at = rest.rfind(" ", 0, LONGEST)
        at = at if at > 0 else LONGEST
        found.append(rest[:at].strip())
        rest = rest[at:].strip()
    return [*found, rest] if rest else found
