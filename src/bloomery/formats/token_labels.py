"""token_labels: tokens with one tag each, ``{"tokens": ["BRCA1", ...], "tags": ["O", ...]}``; CoNLL files are read as such.

Two parts: the tokens joined by blanks (``prompt``) and the tags joined by blanks (``label``). Tags may be integers. Editing
the text keeps tokens and tags aligned: a new token takes the entity of the old token it stands for (`bloomery.formats.align`),
entities that were touched are written anew in the source's scheme (`bloomery.formats.bio`) so that B- stays in front, and
any other column that has one value a token follows along.

``invalid_tag_sequence`` is judged by the scheme of the source, which `claim` guesses from the sample; where it could not
be guessed (integers, a format named without a sample), no sequence is called invalid.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from bloomery.formats import bio
from bloomery.formats.align import Aligned, align
from bloomery.formats.base import Claim, Format, Parsed, Part, Record
from bloomery.formats.lossless import Number, canonical
from bloomery.formats.names import columns_of, find, quoted, rename, weigh
from bloomery.formats.slots import scalar

_TOKENS = ("tokens", "words", "token")
_TAGS = (
    "ner_tags",
    "tags",
    "labels",
    "ner",
    "bio_tags",
    "entity_tags",
    "tag",
    "label",
    "pos_tags",
    "pos",
    "chunk_tags",
)
_SCALARS = {str, int, float, bool, Number}


@dataclass(frozen=True)
class TokenLabels(Format):
    """Tokens with one tag each; `scheme` is that of the source."""

    scheme: bio.Scheme = "plain"

    name: ClassVar[str] = "token_labels"
    standard: ClassVar[tuple[str, ...]] = ("tokens", "tags")

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        found = columns_of(sample)
        tokens = find(found, _TOKENS)
        tags = find(found, _TAGS, taken=() if tokens is None else (tokens,))
        if tokens is None or tags is None:
            return None
        rows = [[str(tag) for tag in row[tags]] for row in sample if _is_tagged(row.get(tokens), row.get(tags))]
        scheme = bio.guess(rows)
        form = cls(rename({"tokens": tokens, "tags": tags}), scheme)
        what = f"{quoted((tokens, tags))} are lists, a tag ({scheme}) for each token"
        return weigh(form, sample, lambda row: _is_tagged(row.get(tokens), row.get(tags)), 1.0, what)

    def parse(self, record: Record) -> Parsed:
        """See `Format.parse`."""
        tokens, tags = record.get(self.column("tokens")), record.get(self.column("tags"))
        parts = [
            *_part("prompt", tokens),
            *_part("label", tags),
        ]
        return Parsed(parts, self._fault(record, tokens, tags))

    def replace(self, record: Record, texts: Sequence[str]) -> Record:
        """See `Format.replace`. Tags that an edit sets are taken as they are, one for each word."""
        parts = self.parse(record).parts
        new = {part.role: text for part, text in zip(parts, texts, strict=True) if text != part.text}
        if "prompt" in new:
            record = self._retokenised(record, new["prompt"])
        if "label" in new:
            name = self.column("tags")
            record = {**record, name: _retagged(record.get(name), new["label"])}
        return record

    def _fault(self, record: Record, tokens: Any, tags: Any) -> str | None:
        if self.column("tokens") not in record or self.column("tags") not in record:
            return "missing_column"
        if tokens is None or tokens in ("", []):
            return "empty_prompt"
        if not _are_tokens(tokens) or not (tags is None or _are_tags(tags)):
            return "wrong_type"
        if len(tokens) != len(tags or ()):
            return "tags_mismatch"
        return (
            None
            if self.scheme == "plain" or bio.is_valid([_text(tag) for tag in tags], self.scheme)
            else "invalid_tag_sequence"
        )

    def _retokenised(self, record: Record, text: str) -> Record:
        name = self.column("tokens")
        old = record[name]
        if not _are_tokens(old):
            return {**record, name: text}
        aligned = align(old, text)
        beside = {
            key: _follow(value, aligned, self.scheme if key == self.column("tags") else _scheme(value))
            for key, value in record.items()
            if key != name and isinstance(value, list) and len(value) == len(old)
        }
        return {**record, name: [one.text for one in aligned], **beside}


def _is_tagged(tokens: Any, tags: Any) -> bool:
    return _are_tokens(tokens) and _are_tags(tags) and len(tokens) == len(tags)


def _are_tokens(value: Any) -> bool:
    return isinstance(value, list) and set(map(type, value)) == {str}


def _are_tags(value: Any) -> bool:
    return isinstance(value, list) and set(map(type, value)) <= _SCALARS


def _part(role: str, value: Any) -> list[Part]:
    if value is None or value in ("", []):
        return []
    if _are_tags(value):
        text = " ".join(value if _are_tokens(value) else map(_text, value))
        return [Part(role, text)] if text else []
    return [Part(role, value if isinstance(value, str) else canonical(value))]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _retagged(old: Any, text: str) -> Any:
    if not isinstance(old, list):
        return text
    words = text.split(" ") if text else []
    like = [*old, *[old[-1] if old else ""] * (len(words) - len(old))]
    return [word if isinstance(tag, str) else scalar(tag, word) for word, tag in zip(words, like, strict=False)]


def _scheme(values: list[Any]) -> bio.Scheme:
    return bio.guess([values]) if all(isinstance(value, str) for value in values) else "plain"


def _follow(values: list[Any], aligned: list[Aligned], scheme: bio.Scheme) -> list[Any]:
    """One value a token, after the tokens were aligned anew."""
    strings = all(isinstance(value, str) for value in values)
    if scheme == "plain" or not strings:
        usual = _usual(values) if any(one.old is None for one in aligned) else None
        return [
            values[one.old] if one.old is not None else _between(values, aligned, at, usual)
            for at, one in enumerate(aligned)
        ]
    owners = bio.entities(values, scheme)
    owned = [owners[one.old] if one.old is not None else None for one in aligned]
    owned = [_inside(owned, at) if one.old is None else owned[at] for at, one in enumerate(aligned)]
    return _retag(values, owners, owned, scheme)


def _retag(values: list[str], owners: list[int | None], owned: list[int | None], scheme: bio.Scheme) -> list[str]:
    """The tags of new tokens from the entity each belongs to; runs of one entity are written as one."""
    old: dict[int | None, list[str]] = {}
    for value, owner in zip(values, owners, strict=True):
        old.setdefault(owner, []).append(value)
    tags: list[str] = []
    for owner, run in groupby(owned):
        length = len(list(run))
        if owner is None:
            tags += ["O"] * length
        elif len(old[owner]) == length and scheme != "iob1":  # there B- depends on what now stands before
            tags += old[owner]
        else:
            tags += bio.encode(length, old[owner], scheme, touching=_touches(tags, old[owner]))
    return tags


def _touches(tags: list[str], like: list[str]) -> bool:
    before, own = bio.split(tags[-1]) if tags else None, bio.split(like[0])
    return before is not None and own is not None and before.prefix != "O" and before.type == own.type


def _inside(owned: list[int | None], at: int) -> int | None:
    """The entity around an inserted token, None if it stands between entities."""
    before = owned[at - 1] if at else None
    return before if before is not None and before in owned[at + 1 :] else None


def _between(values: list[Any], aligned: list[Aligned], at: int, usual: Any) -> Any:
    """The value of an inserted token: that of its neighbours where they agree, else the usual one."""
    near = [aligned[index].old for index in (at - 1, at + 1) if 0 <= index < len(aligned)]
    around = [values[old] for old in near if old is not None]
    return around[0] if len(around) == 2 and around[0] == around[1] else usual


def _usual(values: list[Any]) -> Any:
    """What most tokens have."""
    counts = Counter(map(canonical, values))
    return max(values, key=lambda value: counts[canonical(value)], default=None)
