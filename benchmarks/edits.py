"""Pairs of texts for `recall.py`: a run of words of a real text, and the same with one thing changed.

Four changes leave a copy that one of the two is enough of; two make another text, of which both must stay. Runs of words do not
overlap, so that what is found beside the pairs is a mistake.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import NamedTuple

LENGTHS = (10, 13, 16, 20, 25, 30, 40, 50, 70, 100)
PER_LENGTH = 25
_WORD = re.compile(r"[a-z]{4,}\Z")
_NUMBER = re.compile(r"[1-9]\d*\Z")
_VERBS = frozenset(["is", "was", "are", "were", "has", "have", "had", "will", "would", "could", "should"])

Words = list[str]


class Edit(NamedTuple):
    name: str
    wanted: bool  # that one of the two goes
    change: Callable[
        [Words, Random, Sequence[str]], Words | None
    ]  # None where these words do not lend themselves to it


def _at(words: Words, rng: Random, fits: Callable[[str], object]) -> int | None:
    places = [k for k, word in enumerate(words) if fits(word)]
    return rng.choice(places) if places else None


def _exchanged(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    at = _at(words, rng, _WORD.match)
    return None if at is None else [*words[:at], rng.choice(others), *words[at + 1 :]]


def _left_out(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    at = _at(words, rng, _WORD.match)
    return None if at is None else [*words[:at], *words[at + 1 :]]


def _added(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    at = rng.randrange(len(words) + 1)
    return [*words[:at], rng.choice(others), *words[at:]]


def _swapped(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    places = [k for k in range(len(words) - 1) if _WORD.match(words[k]) and _WORD.match(words[k + 1])]
    if not places:
        return None
    at = rng.choice(places)
    return [*words[:at], words[at + 1], words[at], *words[at + 2 :]]


def _number(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    at = _at(words, rng, _NUMBER.match)
    return None if at is None else [*words[:at], str(int(words[at]) + rng.randint(1, 9)), *words[at + 1 :]]


def _negated(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    at = _at(words, rng, _VERBS.__contains__)
    return None if at is None or "not" in words else [*words[: at + 1], "not", *words[at + 1 :]]


EDITS = (
    Edit("a word exchanged", True, _exchanged),
    Edit("a word left out", True, _left_out),
    Edit("a word added", True, _added),
    Edit("two words swapped", True, _swapped),
    Edit("another number", False, _number),
    Edit("a “not” added", False, _negated),
)


def pairs(texts: Sequence[str], edit: Edit, seed: int = 0) -> list[tuple[str, str]]:
    """Texts and their changed copies, of all lengths, as many as `texts` have room for."""
    rng = Random(f"{seed} {edit.name}")
    others = sorted({word for text in texts for word in text.split() if _WORD.match(word)})
    found: list[tuple[str, str]] = []
    count = dict.fromkeys(LENGTHS, 0)
    runs = _runs(texts, rng)
    for words in runs:
        if count[len(words)] < PER_LENGTH and (changed := edit.change(words, rng, others)) and changed != words:
            count[len(words)] += 1
            found.append((" ".join(words), " ".join(changed)))
    return found


def _runs(texts: Sequence[str], rng: Random) -> Iterator[Words]:
    """Runs of words that do not overlap, of the lengths in turn."""
    turn = 0
    for text in rng.sample(list(texts), len(texts)):
        words = text.split()
        while len(words) >= (length := LENGTHS[turn % len(LENGTHS)]):
            yield words[:length]
            words, turn = words[length:], turn + 1
