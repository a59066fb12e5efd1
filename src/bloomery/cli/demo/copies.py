"""Planted duplicates: exact, disguised, and edited to a measured degree.

Easy near copies keep at least 0.83 of their word 3-grams (Jaccard), hard ones 0.45 to 0.77, so none of them sits on the
threshold of 0.8 where two tokenisers may disagree. Edits never touch a number, a name, a product or a "not": what an edit
changes must not change the answer.
"""

import re
from collections.abc import Callable

from bloomery.cli.demo.items import Desk, Group, Item, SourceName
from bloomery.cli.demo.personal import EMAILS, PHONES

EASY, HARD = (0.83, 0.999), (0.45, 0.77)

#: Words that can be exchanged without changing what is said.
SYNONYMS = {
    "usually": "normally", "normally": "usually", "often": "frequently", "open": "launch", "choose": "select",
    "pick": "choose", "select": "choose", "press": "click", "tap": "touch", "send": "forward", "check": "verify",
    "about": "approximately", "within": "inside", "once": "after", "because": "since", "since": "as", "also": "too",
    "look": "see", "wait": "hold", "keep": "retain", "start": "begin", "begin": "start", "stop": "halt", "page": "screen",
    "help": "assist", "needs": "requires", "takes": "needs", "shows": "displays", "small": "little", "message": "mail",
    "again": "anew", "before": "prior", "after": "following", "change": "alter", "reply": "respond", "nearly": "almost",
    "please": "kindly", "new": "fresh", "old": "former", "money": "funds", "box": "package", "gets": "receives",
    "colleague": "teammate", "under": "beneath", "with": "using", "while": "whilst", "until": "till", "nothing": "naught",
    "when": "whenever", "that": "which", "which": "that", "and": "plus", "from": "out", "here": "below",
    "moves": "shifts", "means": "implies", "stays": "remains", "works": "functions", "write": "reply", "sort": "clear",
}  # fmt: skip

_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def plant_copies(desk: Desk) -> None:
    """All kinds of duplicates."""
    for index, disguise in enumerate([None] * 40 + [*_DISGUISES] * 10):
        _plant(desk, index, disguise)
    for kind, edit, count, bounds in (
        ("near_word", lambda d, item: _reword(d, item, 1), 24, EASY),
        ("near_words", lambda d, item: _reword(d, item, _words_in(item) // 25 + d.rng.randrange(2)), 20, EASY),
        ("near_reordered", _reorder, 14, EASY),
        ("near_greeting", _greet, 14, EASY),
        ("near_hard", lambda d, item: _reword(d, item, _words_in(item) // d.rng.randrange(5, 12)), 20, HARD),
    ):
        for index in range(count):
            _plant_near(desk, index, kind, edit, bounds)
    for index in range(10):
        _plant_scrubbed(desk, index)


def _sources(desk: Desk, index: int) -> tuple[SourceName, SourceName]:
    """Original's and copy's source: in one case of four the same, else the original's outranks the copy's."""
    if index % 4 == 3:
        return ("forum", "forum") if desk.rng.random() < 0.5 else ("synthetic", "synthetic")
    return desk.rng.choice((("tickets", "forum"), ("tickets", "synthetic"), ("forum", "synthetic")))


def _group(desk: Desk, *items: Item) -> None:
    """Put a group on the desk; its first item is the original."""
    fixed = items[0].source != items[1].source
    if fixed:
        items[0].kind = items[0].kind or "original"
    desk.groups.append(Group(list(items), fixed))
    for item in items:
        if item not in desk.items:
            desk.add(item)


def _plant(desk: Desk, index: int, disguise: Callable[[Desk, str], str] | None) -> None:
    """An exact copy, or one that is exact once normalised; every tenth original has two copies."""
    home, away = _sources(desk, index)
    original = desk.write(home)
    copies = [original.copy(away, "copy_exact") for _ in range(2 if index % 10 == 0 else 1)]
    if disguise is not None:
        for copy in copies:
            copy.kind, copy.note = "copy_disguised", disguise.__name__.strip("_").replace("_", " ")
            copy.prompt, copy.completion = disguise(desk, copy.prompt), disguise(desk, copy.completion)
    _group(desk, original, *copies)


def _other_case(_: Desk, text: str) -> str:
    return text.upper()


def _extra_spaces(desk: Desk, text: str) -> str:
    return "  " + re.sub(" ", lambda _: desk.rng.choice((" ", "  ", "\t", "\u00a0")), text) + " \n"


def _zero_width(desk: Desk, text: str) -> str:
    return re.sub(r"\b(?=\w{4})", lambda _: desk.rng.choice(("", "", "\u200b", "\u200d\u200b")), text)


def _full_width(_: Desk, text: str) -> str:
    return text.translate(_FULL_WIDTH)


_DISGUISES = (_other_case, _extra_spaces, _zero_width, _full_width)


def _plant_near(
    desk: Desk, index: int, kind: str, edit: Callable[[Desk, Item], tuple[str, str] | None], bounds: tuple[float, float]
) -> None:
    """An edited copy whose true similarity lies within `bounds`: exchanges are drawn until one does."""
    home, away = _sources(desk, index)
    while True:
        prompt, completion, topic, _ = desk.exchange()
        original = Item(home, prompt, completion, topic)
        edited = edit(desk, original)
        if edited is None:
            continue
        copy = original.copy(away, kind, prompt=edited[0], completion=edited[1])
        if copy.similarity is not None and bounds[0] <= copy.similarity <= bounds[1]:
            return _group(desk, original, copy)


def _words_in(item: Item) -> int:
    return len(item.completion.split())


def _reword(desk: Desk, item: Item, count: int) -> tuple[str, str] | None:
    """`count` words of the answer exchanged for others of the same meaning."""
    tokens = re.split(r"(\W+)", item.completion)
    places = [i for i, token in enumerate(tokens) if token in SYNONYMS]
    if len(places) < count:
        return None
    desk.rng.shuffle(places)
    for place in places[:count]:
        tokens[place] = SYNONYMS[tokens[place]]
    return item.prompt, "".join(tokens)


def _reorder(desk: Desk, item: Item) -> tuple[str, str] | None:
    """Two neighbouring sentences of the answer exchanged."""
    sentences = re.split(r"(?<=[.?!]) ", item.completion)
    if len(sentences) < 4:
        return None
    at = desk.rng.randrange(1, len(sentences) - 1)
    sentences[at], sentences[at + 1] = sentences[at + 1], sentences[at]
    return item.prompt, " ".join(sentences)


def _greet(desk: Desk, item: Item) -> tuple[str, str]:
    """A greeting before the question and the answer."""
    hello = desk.rng.choice(("Hi there!", "Hello,", "Good morning,", "Hey team,"))
    reply = desk.rng.choice(("Hello and welcome!", "Hi,", "Dear customer,", "Hello again,"))
    return f"{hello} {item.prompt}", f"{reply} {item.completion}"


def _plant_scrubbed(desk: Desk, index: int) -> None:
    """Two rows that are the same once personal data is scrubbed; the original counts as a row with such data."""
    home, away = _sources(desk, index)
    kind, pool = ("email", EMAILS) if index % 2 else ("phone", PHONES)
    original = desk.write(home, kind)
    mine, other = desk.rng.sample(pool, 2)
    question = original.prompt
    original.prompt = f"{question} You can reach me at {mine}."
    _group(desk, original, original.copy(away, "copy_but_pii", prompt=f"{question} You can reach me at {other}."))
