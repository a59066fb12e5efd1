"""Tagging schemes: entities as tags on tokens.

    BIO    B- begins an entity, I- continues it                        (also called IOB2)
    IOB1   I- begins and continues; B- only where two entities of one type touch
    IOBES  B- begins, I- continues, E- ends, S- is an entity of one token   (also BILOU: L for E, U for S; BMES: M for I)
    plain  every tag stands for itself (parts of speech, integers): no rule

A source has one scheme, judged over its sample by `guess`: a single row that starts an entity with I- is an error in BIO
and usual in IOB1. Whatever cannot be told is ``plain``, and nothing is called invalid there.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

Scheme = Literal["bio", "iob1", "iobes", "plain"]

_TAG = re.compile(r"([BIOESLUM])(?:[-_](.+))?", re.DOTALL)
_SAME = {"L": "E", "U": "S", "M": "I"}


class Tag(NamedTuple):
    """A tag taken apart: ``B-DRUG`` is ``("B", "DRUG")``; `prefix` is one of B I O E S."""

    prefix: str
    type: str


def split(tag: str) -> Tag | None:
    """The parts of a tag, None if it is none of a scheme with prefixes.

    >>> split("U-DRUG"), split("O"), split("NOUN")
    (Tag(prefix='S', type='DRUG'), Tag(prefix='O', type=''), None)
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    if match[1] == "O":
        return Tag("O", "") if match[2] is None else None
    return Tag(_SAME.get(match[1], match[1]), match[2] or "")


def guess(rows: Iterable[Sequence[str]]) -> Scheme:
    """The scheme of a source from the tags of its first rows."""
    seen: set[str] = set()
    begun = bare = 0  # entities that begin with B-, with I-
    for tags in rows:
        read = [split(tag) for tag in tags]
        if None in read:
            return "plain"
        known = [tag for tag in read if tag is not None]
        seen |= {tag.prefix for tag in known}
        begun += sum(tag.prefix == "B" for tag in known)
        bare += sum(_starts_bare(known, at) for at in range(len(known)))
    if seen <= {"O"}:
        return "plain"
    if seen & {"E", "S"}:
        return "iobes"
    return "iob1" if bare > begun else "bio"


def is_valid(tags: Sequence[str], scheme: Scheme) -> bool:
    """Whether a sequence of tags obeys the scheme.

    >>> is_valid(["O", "I-X"], "bio"), is_valid(["O", "I-X"], "iob1"), is_valid(["B-X", "O"], "iobes")
    (False, True, False)
    """
    if scheme == "plain":
        return True
    return all(_step(before, tag, scheme) for before, tag in zip(["O", *tags], [*tags, "O"], strict=True))


def entities(tags: Sequence[str], scheme: Scheme) -> list[int | None]:
    """For each tag the number of the entity it belongs to, None outside; every ``plain`` tag is outside."""
    numbers: list[int | None] = []
    count = 0
    before = Tag("O", "")
    for text in tags:
        tag = (split(text) if scheme != "plain" else None) or Tag("O", "")
        count += _begins(before, tag)
        numbers.append(None if tag.prefix == "O" else count)
        before = tag
    return numbers


def encode(length: int, like: Sequence[str], scheme: Scheme, *, touching: bool) -> list[str]:
    """The tags of one entity of `length` tokens, in the letters of its old tags `like`.

    `touching`: the token before it ends another entity of the same type, where IOB1 needs B-.

    >>> encode(2, ["B-X", "I-X", "L-X"], "iobes", touching=False)
    ['B-X', 'L-X']
    """
    old = split(like[0])
    if old is None or length == 0:
        return [like[0]] * length
    tail = like[0][1:]
    if scheme == "iob1":
        return [("B" if touching else "I") + tail, *["I" + tail] * (length - 1)]
    if scheme == "bio":
        return ["B" + tail, *["I" + tail] * (length - 1)]
    letters = {tag[0] for tag in like}
    end, alone = ("L", "U") if letters & {"L", "U"} else ("E", "S")
    inner = "M" if "M" in letters else "I"
    return [alone + tail] if length == 1 else ["B" + tail, *[inner + tail] * (length - 2), end + tail]


def _begins(before: Tag, tag: Tag) -> bool:
    if tag.prefix == "O":
        return False
    return tag.prefix in "BS" or before.prefix in "OES" or before.type != tag.type


def _starts_bare(tags: Sequence[Tag], at: int) -> bool:
    before = tags[at - 1] if at else Tag("O", "")
    return tags[at].prefix == "I" and (before.prefix == "O" or before.type != tags[at].type)


@lru_cache(maxsize=10_000)
def _step(before: str, tag: str, scheme: Scheme) -> bool:
    """Whether `tag` may follow `before`; both are as found in the data. Of several readings one that fits is enough."""
    return any(_follows(one, other, scheme) for one in _readings(before) for other in _readings(tag))


def _readings(tag: str) -> list[Tag]:
    """The tag taken apart; several where annotators disagreed and their tags were joined (``B-person,B-group``)."""
    several = [split(one) for one in tag.split(",")]
    read = several if None not in several else [split(tag)]
    return [one for one in read if one is not None]


def _follows(before: Tag, tag: Tag, scheme: Scheme) -> bool:
    same = before.type == tag.type
    if scheme == "iob1":
        return tag.prefix in "IO" or (tag.prefix == "B" and before.prefix in "BI" and same)
    if scheme == "bio":
        return tag.prefix in "BO" or (tag.prefix == "I" and before.prefix in "BI" and same)
    if before.prefix in "BI":
        return tag.prefix in "IE" and same
    return tag.prefix in "BSO"
