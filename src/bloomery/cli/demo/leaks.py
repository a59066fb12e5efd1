"""The test set of the demo, and how some of its items got into the training data.

A hundred items. Some stand in a training source word for word, some with their question only, some with other line breaks
and punctuation, some so short that they have no 13 words in a row, some with their answer only (a tier of its own). The
others are fresh, short ones with codes of their own among them: they must not be flagged.
"""

import re

from bloomery.cli.demo.items import Desk, Item, TestItem, words

SIZE = 100
#: Rows that leaks add to the training sources.
TRAINED = 35

#: Light codes for short items: code, and what it means. The first five leak, training holds others.
_LEAKED_CODES = (
    ("F12", "The water tank is empty."),
    ("F18", "The filter needs cleaning."),
    ("F23", "The lid is not closed."),
    ("F31", "The motor is too warm."),
    ("F44", "The brush is stuck again."),
)
_FRESH_CODES = (
    ("F57", "The wheel has come loose."),
    ("F62", "The clock has stopped."),
    ("F71", "The base plate is wet."),
)
_TRAINED_CODES = (
    ("F13", "The water hose is bent."),
    ("F19", "The small fan is blocked."),
    ("F58", "The belt has slipped off."),
)


def plant_leaks(desk: Desk) -> None:
    """The test set on the desk, leaked items in the training sources.

    Called last: fresh items share less than half of their 13-word runs with all that is on the desk.
    """
    for kind, count in (("leak_verbatim", 8), ("leak_question", 7), ("leak_rewrapped", 7), ("leak_answer", 5)):
        for _ in range(count):
            prompt, completion, topic, _ = desk.exchange(short=False)
            train = _leak(desk, kind, Item(desk.source(), prompt, completion, topic))
            desk.tests.append(TestItem(prompt, completion, kind, desk.add(train)))
    for code, meaning in _LEAKED_CODES:
        desk.tests.append(TestItem(_ask(code), meaning, "leak_short", _train_code(desk, code, meaning)))
    for code, meaning in _TRAINED_CODES:
        _train_code(desk, code, meaning)
    desk.tests.extend(TestItem(_ask(code), meaning) for code, meaning in _FRESH_CODES)
    known = {gram for item in desk.items for text in (item.prompt, item.completion) for gram in _grams(text)}
    while len(desk.tests) < SIZE:
        prompt, completion, *_ = desk.exchange(short=False)
        if all(2 * len(_grams(text) & known) < len(_grams(text)) for text in (prompt, completion)):
            desk.tests.append(TestItem(prompt, completion))
    desk.rng.shuffle(desk.tests)


def _grams(text: str) -> set[tuple[str, ...]]:
    """Runs of 13 words."""
    said = words(text)
    return {tuple(said[at : at + 13]) for at in range(len(said) - 12)}


def _leak(desk: Desk, kind: str, item: Item) -> Item:
    """The training row in which the test item `item` leaked."""
    if kind == "leak_question":
        item.completion = desk.exchange().completion
    elif kind == "leak_answer":
        item.prompt = desk.exchange(short=False).prompt
    elif kind == "leak_rewrapped":
        item.prompt, item.completion = _rewrap(item.prompt), _rewrap(item.completion)
    return item


def _rewrap(text: str) -> str:
    """Other line breaks and punctuation, the same words."""
    text = re.sub(r"[,;]|:(?!\d)", " –", text).replace('"', "”")
    text = re.sub(r"\.(?=\s|$)", "!", text)
    words = text.split(" ")
    return "\n".join(" ".join(words[at : at + 7]) for at in range(0, len(words), 7))


def _ask(code: str) -> str:
    return f"What does light code {code} mean?"


def _train_code(desk: Desk, code: str, meaning: str) -> Item:
    return desk.add(Item(desk.source(), _ask(code), meaning, "devices"))
