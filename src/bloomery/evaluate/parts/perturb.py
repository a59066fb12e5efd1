"""Small changes of a text that change nothing of what it means: letter case, typing errors, the order of options, white space.

What carries meaning is left alone: numbers and anything with a digit, code, quoted text, names and abbreviations in capitals,
links, what stands in braces or tags, negations, units and opposites (`bloomery.text.kinds`), and the texts that a caller keeps
(labels, accepted answers). Which change is made, and where, is drawn from the seed and the item alone.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from bloomery.evaluate.parts.choices import choices, reordered
from bloomery.evaluate.parts.kinds import KINDS, Kind
from bloomery.text.kinds import is_variable

__all__ = ["KINDS", "Kind", "Perturbed", "perturbed"]

#: share of the words that may have a typing error which get one; one at least
RATE = 0.1
_WORD = re.compile(r"(?<![\w'’\-])[a-z]{5,}(?![\w'’\-])")
_ALONE = re.compile(
    r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]*`"  # code
    r"|^(?: {4,}|\t)[^\n]*$|^[^\n]*[;{}][ \t]*$"  # lines of code
    r"|^[ \t]*(?:def|class|return|import|from|for|while|if|elif|else|try|with)\b[^\n]*:[ \t]*$"
    r"|^[ \t]*(?:import|from|return)\b[^.!?\n]*$"
    r"|(?i:^[ \t]*(?:select\b[^\n]*\bfrom|insert into|delete from|create table|update \w+ set)\b[^\n]*$)"
    r"|\"[^\"\n]*\"|“[^”]*”|«[^»]*»|„[^“”]*[“”]|‘[^’\n]*’|(?<!\w)'[^'\n]*'(?!\w)"  # quoted
    r"|\$\$.*?\$\$|\$[^$\n]+\$|\\[(\[].*?\\[)\]]"  # formulas
    r"|</?[A-Za-z][^>\n]*>|\{[^{}]*\}"  # tags, placeholders
    r"|(?<!\w)\S*[\d_/\\=<>{}|#*^~@]\S*|(?<!\w)[^\s(]+\([^\s)]*\)\S*"  # numbers, addresses, identifiers, calls
    r"|\b\w*[a-z][A-Z]\w*|\b[A-Z]{2,}\w*"  # camelCase, abbreviations
    r"|^[ \t]*[(\[]?[A-J][.):\]](?=\s)",  # letters of options
    re.DOTALL | re.MULTILINE,
)
_BESIDE = "wa qes wrd etf ryg tuh yij uok ipl ol qsz adw sfe dgr fht gjy hku jli ko asx zcs xvd cbf vng bmh nj"
_NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", _BESIDE.split(), strict=True))


class Perturbed(NamedTuple):
    """A changed text."""

    text: str
    order: tuple[int, ...] | None = None  #: of options: the place from which each one came


def perturbed(kind: Kind, text: str, *, item: str, seed: int = 0, keep: Sequence[str] = ()) -> Perturbed | None:
    """`text` with a change of this kind; None where there is nothing that can be changed. Never the same text, never empty.

    >>> perturbed("case", "Where is my parcel 12?", item="1").text in ("where is my parcel 12?", "WHERE IS MY PARCEL 12?")
    True
    """
    if not text.strip():
        return None
    digest = hashlib.sha256(f"{seed}\0{kind}\0{item}".encode("utf-8", "replace")).digest()
    found = _MADE[kind](text, Random(int.from_bytes(digest[:8], "big")), keep)  # noqa: S311 (no secret)
    return found if found is not None and found.text != text and found.text.strip() else None


def _case(text: str, random: Random, keep: Sequence[str]) -> Perturbed | None:
    """All in small or all in capital letters."""
    ways: list[Callable[[str], str]] = [str.lower, str.upper]
    if random.random() < 0.5:
        ways.reverse()
    for way in ways:
        made = _over_free(text, keep, lambda piece, way=way: "".join(_cased(letter, way) for letter in piece))  # type: ignore[misc]
        if made != text:
            return Perturbed(made)
    return None


def _cased(letter: str, way: Callable[[str], str]) -> str:
    """A letter in another case, where that is one letter and comes back the same."""
    made = way(letter)
    return made if len(made) == 1 and made.lower() == letter.lower() and made.upper() == letter.upper() else letter


def _typos(text: str, random: Random, keep: Sequence[str]) -> Perturbed | None:
    """Typing errors inside of long words in small letters."""
    free = [
        (start + word.start(), start + word.end())
        for start, end in _free(text, keep)
        for word in _WORD.finditer(text[start:end])
        if not is_variable(word[0]) and _whole(text, start + word.start(), start + word.end())
    ]
    wanted = max(1, round(RATE * len(free))) if free else 0
    order = sorted(range(len(free)), key=lambda _: random.random())[:wanted]
    for place in sorted(order, reverse=True):
        start, end = free[place]
        text = text[:start] + _typo(text[start:end], random) + text[end:]
    return Perturbed(text) if wanted else None


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a word ends where a piece of text does."""
    around = text[start - 1 : start] + text[end : end + 1]
    return not any(letter.isalnum() or letter in "_'’-" for letter in around)


def _typo(word: str, random: Random) -> str:
    """One of: two letters swapped, one left out, one doubled, one from the key beside it; the first and the last one stay."""
    at = 1 + int(random.random() * (len(word) - 3))
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    beside = _NEIGHBOURS[word[at]]
    made = (
        swapped,
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + beside[int(random.random() * len(beside))] + word[at + 1 :],
    )[int(random.random() * 4)]
    return made if made != word else word[:at] + word[at] + word[at:]


def _options(text: str, random: Random, keep: Sequence[str]) -> Perturbed | None:
    """The options A, B, C, … in another order; the letters stay where they are."""
    del keep
    found = choices(text)
    if found is None:
        return None
    order = sorted(range(len(found.texts)), key=lambda _: random.random())
    if order == sorted(order):
        order = [*order[1:], order[0]]
    return Perturbed(reordered(text, found, order), tuple(order))


def _format(text: str, random: Random, keep: Sequence[str]) -> Perturbed | None:
    """White space or Markdown around the text."""
    del keep
    ways = [f"{text}   ", f"{text}\n\n\n", f"\n\n{text}", f"---\n\n{text}\n\n---"]
    if "\n" not in text and "*" not in text:
        ways.append(f"**{text.strip()}**")
    return Perturbed(ways[int(random.random() * len(ways))])


_MADE: dict[Kind, Callable[[str, Random, Sequence[str]], Perturbed | None]] = {
    "case": _case,
    "typos": _typos,
    "options": _options,
    "format": _format,
}


def _over_free(text: str, keep: Sequence[str], change: Callable[[str], str]) -> str:
    pieces, at = [], 0
    for start, end in _free(text, keep):
        pieces += [text[at:start], change(text[start:end])]
        at = end
    return "".join([*pieces, text[at:]])


def _free(text: str, keep: Sequence[str]) -> list[tuple[int, int]]:
    """The stretches of a text that may be changed."""
    taken = [found.span() for found in _ALONE.finditer(text)]
    wanted = [re.escape(one.strip()) for one in keep if one.strip()]
    if wanted:
        whole = rf"(?<!\w)(?:{'|'.join(sorted(wanted, key=len, reverse=True))})(?!\w)"
        taken += [found.span() for found in re.finditer(whole, text, re.IGNORECASE)]
    free, at = [], 0
    for start, end in sorted(taken):
        if start > at:
            free.append((at, start))
        at = max(at, end)
    return [*free, (at, len(text))] if at < len(text) else free
