"""Edited text back to tokens: which new token stands for which old ones.

An edit of a token row changes the text of its tokens joined by blanks. `align` compares the words before and after
(difflib, after cutting off what both ends share) and says for each new token which old token it comes from. Words that
replace as many words stand one for one; otherwise they stand for the first of the words they replace, so a placeholder
over three tokens is one token. A token that itself holds blanks stays one token while none of its words changed.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_MANY = 4_000_000  # word pairs beyond which difflib may ignore very frequent words


class Aligned(NamedTuple):
    """A new token: its text, the old token it comes from (None: inserted), and whether it begins what replaced that one."""

    text: str
    old: int | None
    leads: bool


def align(tokens: Sequence[str], text: str) -> list[Aligned]:
    """The tokens of the edited `text`, told from the old `tokens`.

    >>> [(a.text, a.old) for a in align(["call", "555", "0100", "now"], "call [PHONE] now")]
    [('call', 0), ('[PHONE]', 1), ('now', 3)]
    """
    before = [(word, at) for at, token in enumerate(tokens) for word in token.split(" ")]
    words, after = [word for word, _ in before], text.split(" ") if text else []
    found: list[Aligned] = []
    for tag, low, high, start, end in _opcodes(words, after):
        if tag == "equal":
            found += [Aligned(words[at], before[at][1], leads=True) for at in range(low, high)]
        elif high - low == end - start:
            found += [
                Aligned(word, before[at][1], leads=True)
                for word, at in zip(after[start:end], range(low, high), strict=True)
            ]
        else:
            old = before[low][1] if high > low else None
            found += [Aligned(word, old, leads=at == start) for at, word in enumerate(after[start:end], start)]
    return _regrouped(found, tokens)


def _opcodes(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    low, high, start, end = head, len(before) - tail, head, len(after) - tail
    matcher = SequenceMatcher(None, before[low:high], after[start:end], autojunk=(high - low) * (end - start) > _MANY)
    middle = [(tag, a + low, b + low, c + start, d + start) for tag, a, b, c, d in matcher.get_opcodes()]
    return [("equal", 0, head, 0, head), *middle, ("equal", high, len(before), end, len(after))]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    most = min(len(one), len(other))
    return next((at for at in range(most) if one[at] != other[at]), most)


def _regrouped(found: list[Aligned], tokens: Sequence[str]) -> list[Aligned]:
    """Words of one old token put together again, where they stand side by side."""
    grouped: list[Aligned] = []
    for word in found:
        last = grouped[-1] if grouped else None
        if last is not None and word.old is not None and last.old == word.old and " " in tokens[word.old]:
            grouped[-1] = last._replace(text=f"{last.text} {word.text}")
        else:
            grouped.append(word)
    return grouped
