"""The evidence: a hit is counted only when the words themselves agree.

The index speaks of 64-bit numbers. Before an item is called contaminated, the training row it was found in is taken apart
into words again and the item's grams are looked for as words; the overlap that is reported is that of the words. What is
shown is where: the part of the training row, the places of the longest common run, and a short excerpt of it.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl

from bloomery.contamination.index import ASKING, SAYING
from bloomery.contamination.items import FRAME, ROLES, TINY, Segment, Target
from bloomery.contamination.keys import ASKED, FIELDS, ROW, SAID
from bloomery.schema import Batch
from bloomery.text.tokens import word_lists

EXCERPT = 20  # words
EQUAL_FIELD, SHARED_TEMPLATE = "equal field", "shared template"

Gram = tuple[str, ...]


class Found(NamedTuple):
    """Where a target is in a training row."""

    rule: str  # "13-gram overlap", "whole sequence", "equal field", ...
    overlap: float
    field: str
    detail: dict[str, Any]


class Speech(NamedTuple):
    """A part of a training row as words, or as their numbers."""

    role: str
    words: list[Any]


class Said(NamedTuple):
    """A part of a training row as text."""

    role: str
    text: str


def texts_of(batch: Batch, rows: list[int]) -> dict[int, tuple[Said, ...]]:
    """The parts of some rows (places in the batch, ascending)."""
    wanted = pl.DataFrame({"row": rows, "n": batch.rows["n"].gather(rows)}, schema_overrides={"row": pl.Int64})
    parts = wanted.join(batch.parts, on="n", maintain_order="left_right")
    found: dict[int, list[Said]] = {row: [] for row in rows}
    for row, role, text in parts.select("row", pl.col("role").cast(pl.String), "text").iter_rows():
        found[row].append(Said(role, text))
    return {row: tuple(said) for row, said in found.items()}


def spoken(rows: Sequence[tuple[Said, ...]]) -> list[list[Speech]]:
    """The parts of rows as words; rows that are one and the same are taken apart once."""
    distinct = {id(row): row for row in rows}
    said = iter(word_lists(pl.Series([part.text for row in distinct.values() for part in row], dtype=pl.String)))
    known = {key: [Speech(part.role, next(said)) for part in row] for key, row in distinct.items()}
    return [known[id(row)] for row in rows]


def written(targets: Sequence[Target]) -> list[list[str]]:
    """The words of targets."""
    texts = pl.Series([text for target in targets for text in target.texts], dtype=pl.String)
    said = iter(word_lists(texts))
    return [[word for _ in target.texts for word in next(said)] for target in targets]


def verify(target: Target, item: Sequence[str], row: Sequence[Speech], *, n: int, threshold: float) -> Found | None:
    """What the words say of a target, whose words are `item`: None if the row does not hold it after all."""
    said = [word for speech in row for word in speech.words]
    equal = _equal_field(target, item, row)
    runs = [_words(item, segment) for segment in target.segments]
    overlap = 1.0 if equal else _overlap(runs, said, n)
    if round(overlap, 9) <= threshold:
        return None
    field, detail = place_of(item, said, row, min([n, len(item), *(len(run) for run in runs)]), item)
    short = all(len(run) < n for run in runs)
    rule = EQUAL_FIELD if equal else "whole sequence" if short else f"{n}-gram overlap"
    if target.tier == FRAME:  # items share it, each at places of its own
        return Found(SHARED_TEMPLATE, round(overlap, 6), field, detail | {"item_words": None})
    return Found(rule, round(overlap, 6), equal or field, detail)


def place_of(
    item: Sequence[str], said: Sequence[str], row: Sequence[Speech], width: int, shown: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """Where the longest common run is: the part of the row, and the places of its words; `shown` is what is quoted."""
    at, place, length = _longest(item, said, width)
    detail = {
        "item_words": [at, at + length],
        "train_words": [place, place + length],
        "excerpt": " ".join(shown[at : at + min(length, EXCERPT)]),
    }
    return field_of(row, place, length), detail


def _overlap(runs: Sequence[Sequence[str]], said: Sequence[str], n: int) -> float:
    """The share of the runs that is in the row; as in `bloomery.contamination.index`, on words."""
    total = sum(map(len, runs))
    if not total:
        return 0.0
    known = {width: set(grams(said, width)) for width in {min(n, len(run)) for run in runs}}
    share = 0.0
    for run in runs:
        width = min(n, len(run))
        mine = set(grams(run, width))
        share += len(run) / total * len(mine & known[width]) / len(mine)
    return round(share, 9)


def _words(item: Sequence[str], segment: Segment) -> Sequence[str]:
    return item[segment.start : segment.start + len(segment.tokens)]


def _equal_field(target: Target, item: Sequence[str], row: Sequence[Speech]) -> str | None:
    """The whole field of the row that is equal to the item, if any."""
    kinds = FIELDS[target.tier]
    forms = [[word for segment in form for word in _words(item, segment)] for form in target.forms]
    for kind, name, said in fields_of(row):
        if kind in kinds and said in forms and (kind != SAID or len(said) > TINY):
            return name
    return None


def fields_of(row: Sequence[Speech]) -> Iterator[tuple[int, str, list[Any]]]:
    """The fields of a row, as in `bloomery.contamination.index`: kind, name, words."""
    yield ROW, "whole row", [word for speech in row if speech.role in ROLES["verbatim"] for word in speech.words]
    for k, speech in enumerate(row):
        if speech.role in ASKING + SAYING:
            yield ASKED if speech.role in ASKING else SAID, name_of(row, k), speech.words
    yield ASKED, "all prompts", [word for speech in row if speech.role in ROLES["question"] for word in speech.words]
    at = 0
    for role, speeches in groupby(row, key=lambda speech: speech.role):
        turn = list(speeches)
        if len(turn) > 1 and role in ASKING + SAYING:
            name = f"{name_of(row, at)} to {name_of(row, at + len(turn) - 1)}"
            yield ASKED if role in ASKING else SAID, name, [word for speech in turn for word in speech.words]
        at += len(turn)


def grams(said: Sequence[str], width: int) -> list[Gram]:
    """The runs of `width` words, in order."""
    return [tuple(said[k : k + width]) for k in range(len(said) - width + 1)]


def _longest(item: Sequence[str], said: Sequence[str], width: int) -> tuple[int, int, int]:
    """The longest run of the item's words that grows from a common gram: its place in the item, in the row, its length."""
    first: dict[Gram, int] = {}
    for place, gram in enumerate(grams(said, width)):
        first.setdefault(gram, place)
    best = (0, 0, 0)
    at = 0
    while at <= len(item) - width:
        place = first.get(tuple(item[at : at + width]), -1)
        length = _shared(item, at, said, place) if place >= 0 else 0
        best = (at, place, length) if length > best[2] else best
        at += max(1, length - width + 1)
    return best


def _shared(item: Sequence[str], at: int, said: Sequence[str], place: int) -> int:
    length = 0
    while at + length < len(item) and place + length < len(said) and item[at + length] == said[place + length]:
        length += 1
    return length


def field_of(row: Sequence[Speech], place: int, length: int) -> str:
    """The part or parts of the row that the words from `place` on stand in."""
    names, start = [], 0
    for k, speech in enumerate(row):
        end = start + len(speech.words)
        if start < place + length and place < end:
            names.append(name_of(row, k))
        start = end
    return " to ".join(dict.fromkeys([names[0], names[-1]])) if names else ""


def name_of(row: Sequence[Speech], k: int) -> str:
    """The name of a part: ``prompt``, or ``prompt 2`` where a role speaks more than once."""
    same = [j for j, speech in enumerate(row) if speech.role == row[k].role]
    return row[k].role if len(same) == 1 else f"{row[k].role} {same.index(k) + 1}"
