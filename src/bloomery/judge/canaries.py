"""Canaries: answers that no judge should like, in every judged run.

    constant     the same sentence whatever was asked (such an answer won 77 to 86 % of a judged benchmark)
    verbose      many words that say nothing
    injected     an instruction to the judge, posing as the end of the answer

Each answers some prompts of the run. A canary *wins*, where it is scored, if its mean reaches the threshold of the rubric (the
middle of the scale, where there is none) or is above the mean of the real answers to the same prompts; where it is compared,
if it wins more than half of its comparisons with real answers, ties as half. A judge that fell for one is not to be trusted
with anything (`bloomery.judge.trust`). A canary that could not be judged neither won nor lost: it is *unknown*.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bloomery.judge.items import Item, Turn
from bloomery.judge.prompts import packaged
from bloomery.judge.replies import Reply
from bloomery.judge.rubric import OVERALL, Rubric

KINDS = ("constant", "verbose", "injected")
CALLED = {"constant": "a constant answer", "verbose": "a verbose empty answer", "injected": "an injected instruction"}


class Fallen(NamedTuple):
    """Whether a judge fell for a kind of canary."""

    rater: str
    kind: str
    asked: int
    judged: int
    value: float | None  #: mean score, or win rate over real answers
    beside: float | None  #: mean score of the real answers to the same prompts
    won: bool | None  #: None: unknown
    compared: bool = False  #: whether the value is a win rate


def text_of(kind: str) -> str:
    """What a canary says."""
    return packaged("prompts", f"canary_{kind}.txt").strip()


def chosen(items: Sequence[Item], count: int, seed: int) -> list[Item]:
    """Some items with an answer, drawn at random, in their order."""
    some = [item for item in items if item.answers]
    rng = np.random.default_rng(seed)
    return [some[k] for k in sorted(rng.permutation(len(some))[:count].tolist())]


def items(items: Sequence[Item], rubric: Rubric, count: int, seed: int) -> list[tuple[str, Item]]:
    """Each kind of canary in the place of the first answer of `count` items; none where no value is better than another."""
    if not rubric.ranks:
        return []
    return [(kind, bait(item, kind)) for item in chosen(items, count, seed) for kind in KINDS]


def bait(item: Item, kind: str) -> Item:
    """`item` up to its first answer, with a canary in its place."""
    before = item.turns[: item.answers[0]]
    return item._replace(turns=(*before, Turn("answer", text_of(kind))))


def fallen(caught: Sequence[Reply], real: Sequence[Reply], rubric: Rubric, rater: str) -> list[Fallen]:
    """What became of the canaries of one judge that scored them."""
    low, high = rubric.ends
    threshold = rubric.threshold if rubric.threshold is not None else (low + high) / 2
    found = []
    for kind in KINDS:
        mine = [one for one in caught if one.key.kind == kind]
        if not mine:
            continue
        values = _overall(mine)
        items = {one.key.item for one in mine if one.reading.values is not None}
        others = _overall([one for one in real if one.key.item in items and one.key.turn == 1])
        value = float(np.mean(values)) if values else None
        beside = float(np.mean(others)) if others else None
        won = None if value is None else value >= threshold or (beside is not None and value > beside)
        found.append(Fallen(rater, kind, len(mine), len(values), value, beside, won))
    return found


def _overall(replies: Sequence[Reply]) -> list[float]:
    return [one.reading.values[OVERALL] for one in replies if one.reading.values is not None]


def sentence(one: Fallen) -> str:
    """What a report says about a canary.

    >>> sentence(Fallen("gpt", "constant", 3, 3, 4.5, 4.0, True))
    'gpt fell for a constant answer: 4.50, beside 4.00 for real answers to the same prompts'
    >>> sentence(Fallen("gpt", "injected", 3, 0, None, None, None))
    'gpt: an injected instruction could not be judged (0 of 3 replies can be read)'
    """
    if one.value is None:
        return f"{one.rater}: {CALLED[one.kind]} could not be judged (0 of {one.asked} replies can be read)"
    verb = "fell for" if one.won else "did not fall for"
    if one.compared:
        return f"{one.rater} {verb} {CALLED[one.kind]}: it wins {100 * one.value:.0f} % against real answers"
    beside = "" if one.beside is None else f", beside {one.beside:.2f} for real answers to the same prompts"
    return f"{one.rater} {verb} {CALLED[one.kind]}: {one.value:.2f}{beside}"


def any_won(found: Sequence[Fallen]) -> bool | None:
    """Whether one of them won; None where none is known to have won and one is unknown, or there was none at all."""
    if any(one.won for one in found):
        return True
    return None if not found or any(one.won is None for one in found) else False
