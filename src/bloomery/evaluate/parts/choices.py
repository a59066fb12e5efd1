"""Items with lettered answers to choose from: the options in a prompt, their order, and which one a reply chooses.

Options are lines that begin with A, B, C, … in a row, such as ``A) Paris``, ``(B) Rome`` or ``C. Bern``. Where an option speaks
of others ("all of the above", "both A and B"), their order means something, and the item is left alone.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from bloomery.metrics.labels import labels, read
from bloomery.text.normalise import key

_OPTION = re.compile(
    r"^[ \t]*(?:[(\[](?P<in>[A-J])[)\]]|(?P<out>[A-J])[.):])[ \t]+(?P<text>\S[^\n]*?)[ \t]*$", re.MULTILINE
)
_OTHERS = re.compile(
    r"(?i:\b(?:all|none|any|both|some|neither|either|each) of\b|\b(?:above|below|none|others?)\b)"
    r"|\b(?i:both|neither|either)\b|\b[A-J]\)? (?:and|or|&) \(?[A-J]\b"
)
_REFERENCE = re.compile(r"\s*[(\[]?([A-J])[)\].:]?(?:\s+\S.*)?\s*", re.DOTALL)


class Choices(NamedTuple):
    """The options of a prompt: the letter of option k is the k-th of the alphabet."""

    texts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]  #: where each text stands in the prompt

    @property
    def letters(self) -> str:
        """The letters in their order."""
        return "ABCDEFGHIJ"[: len(self.texts)]


def choices(prompt: str) -> Choices | None:
    """The last list of two options or more in a prompt whose order can be changed; None where there is none.

    >>> choices("Capital of France?\\nA) Rome\\nB) Paris").texts
    ('Rome', 'Paris')
    >>> choices("Which?\\nA) One\\nB) Two\\nC) All of the above") is None
    True
    """
    runs: list[list[re.Match[str]]] = []
    for found in _OPTION.finditer(prompt):
        letter = found["in"] or found["out"]
        if letter == "A":
            runs.append([found])
        elif (
            runs and letter == "ABCDEFGHIJ"[len(runs[-1]) : len(runs[-1]) + 1] and _next_to(prompt, runs[-1][-1], found)
        ):
            runs[-1].append(found)
    last = next((run for run in reversed(runs) if len(run) > 1), None)
    if (
        last is None
        or any(_OTHERS.search(one["text"]) for one in last)
        or len({one["text"] for one in last}) < len(last)
    ):
        return None
    return Choices(tuple(one["text"] for one in last), tuple(one.span("text") for one in last))


def _next_to(prompt: str, one: re.Match[str], other: re.Match[str]) -> bool:
    return not prompt[one.end() : other.start()].strip()


def reordered(prompt: str, found: Choices, order: Sequence[int]) -> str:
    """The prompt with the text of option ``order[k]`` at letter k.

    >>> text = "Which?\\nA) Rome\\nB) Paris"
    >>> reordered(text, choices(text), [1, 0])
    'Which?\\nA) Paris\\nB) Rome'
    """
    pieces, at = [], 0
    for (start, end), place in zip(found.spans, order, strict=True):
        pieces += [prompt[at:start], found.texts[place]]
        at = end
    return "".join([*pieces, prompt[at:]])


def right_option(references: Sequence[str], found: Choices) -> int | None:
    """The place of the option that the references name, by its letter or its text; None where they name none, or several.

    >>> both = Choices(("Rome", "Paris"), ((0, 0), (0, 0)))
    >>> right_option(["B"], both), right_option(["paris"], both), right_option(["B) Paris"], both), right_option(["Bern"], both)
    (1, 1, 1, None)
    """
    places = {_place(one, found) for one in references}
    return places.pop() if len(places) == 1 else None


def _place(reference: str, found: Choices) -> int | None:
    normal = key(pl.Series([reference, *found.texts])).to_list()
    if normal[0] in normal[1:]:
        return normal[1:].index(normal[0])
    letter = _REFERENCE.fullmatch(reference)
    if letter is None or letter[1] not in found.letters:
        return None
    place = found.letters.index(letter[1])
    more = reference[letter.end(1) :].lstrip(")].: ").strip()
    return place if not more or key(pl.Series([more]))[0] == normal[1 + place] else None


def moved(reference: str, found: Choices, order: Sequence[int]) -> str:
    """A reference once the options stand in another order: a letter becomes the letter that its option has then.

    >>> both = Choices(("Rome", "Paris"), ((0, 0), (0, 0)))
    >>> moved("B", both, [1, 0]), moved("(B) Paris", both, [1, 0]), moved("Paris", both, [1, 0])
    ('A', '(A) Paris', 'Paris')
    """
    letter = _REFERENCE.fullmatch(reference)
    place = _place(reference, found)
    if letter is None or place is None or found.letters[place : place + 1] != letter[1]:
        return reference
    if key(pl.Series([reference]))[0] in key(pl.Series(found.texts)).to_list():
        return reference
    return reference[: letter.start(1)] + found.letters[list(order).index(place)] + reference[letter.end(1) :]


def chosen(replies: Sequence[str | None], asked: Sequence[Choices]) -> list[int | None]:
    """The place of the option that each reply chooses, by letter or by text; None where it chooses none, or cannot be read."""
    texts = pl.Series(replies, dtype=pl.String)
    most = max((len(one.texts) for one in asked), default=2)
    by_letter = read(texts.fill_null(""), labels("ABCDEFGHIJ"[:most]))["label"].to_list()
    found: list[int | None] = []
    for reply, letter, one in zip(replies, by_letter, asked, strict=True):
        if reply is None:
            found.append(None)
        elif letter is not None and letter < len(one.texts):
            found.append(int(letter))
        else:
            found.append(_place(reply.strip().rstrip("."), one))
    return found
