"""Tokens: the words of a text as every stage sees them, and as 64-bit numbers.

From the key of a text (`bloomery.text.normalise`):

- a run of letters, marks and digits that begins with a letter is a word (``user_id``, ``gpt4``, ``l'amour``);
- each character of a script written without spaces between words (Han, kana, Thai, Lao, Khmer, Myanmar) is a token;
- a number is a token with its decimals and a minus sign right before it; thousands lose their commas;
- symbols that carry meaning (``+ * / = < > % & | ^ ~ $ €``, emoji) are tokens, runs such as ``<=`` one token;
- punctuation, quotes, brackets and the marks of Markdown are not: ``"Yes!"`` is ``yes``;
- ``don't`` is ``do not``, and ``cannot`` is ``can not``;
- a text with nothing of that (``???``) falls back to its characters.

A token's number is made by `bloomery.kernels.words`, which walks the bytes of a text by the same rules; its lowest bit says
whether the token is *variable* (`bloomery.text.kinds`). It is the same in every run, thread, machine and version. Two of
the 10 million different tokens of a large collection share a number with a chance of about 5 in a million. `words` gives the
same tokens as strings, for people, by regular expressions; a test holds the two together.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.kernels import words as kernel
from bloomery.kernels.views import Views, views
from bloomery.text.characters import UNSPACED_SCRIPTS, table
from bloomery.text.kinds import COMMON, LISTED
from bloomery.text.normalise import changed, key

#: set in the number of a variable token
VARIABLE = np.uint64(1)

PIECE = 1 << 20  # bytes of text that `token_pieces` takes at a time, or one row

_UNSPACED = UNSPACED_SCRIPTS
_LETTER = rf"[[\p{{L}}\p{{Nl}}\p{{No}}]--[{_UNSPACED}]]"
_INNER = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]"
_DIGIT = rf"[\p{{Nd}}--[{_UNSPACED}]]"
_TOKEN = "|".join(
    (
        rf"[{_UNSPACED}]",
        rf"[-−]?{_DIGIT}+(?:[.,]{_DIGIT}+)*",
        r"c\+\+|[cf]#",
        rf"{_LETTER}(?:_*{_INNER})*(?:['’]{_LETTER}+)*",
        r"!=+|[+*/=<>%&|^~]+",
        r"[\p{Sc}\p{Sm}\p{So}]",
    )
)
_MARKDOWN = r"\*{2,}|#{2,}"
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z", re.ASCII)
_CONTRACTED = re.compile(r"(.*[^'])n't", re.DOTALL)
_STEMS = {"ca": "can", "wo": "will", "sha": "shall"}


class Ragged(NamedTuple):
    """A list of numbers for each of many rows: row i is ``values[offsets[i]:offsets[i + 1]]``."""

    values: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.int64]  # one more than there are rows; starts with 0

    def row(self, i: int) -> npt.NDArray[np.uint64]:
        """The numbers of row `i`."""
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def take(self, rows: npt.NDArray[np.int64]) -> "Ragged":
        """The given rows, in that order."""
        lengths = np.diff(self.offsets)[rows]
        offsets = offsets_of(lengths)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(self.values[places], offsets)

    def where(self, mask: npt.NDArray[np.bool_]) -> "Ragged":
        """The same rows with only those numbers for which `mask` (one for each value) is true."""
        before = np.concatenate([[0], np.cumsum(mask)])
        return Ragged(self.values[mask], before[self.offsets])


def offsets_of(lengths: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The offsets of rows with these lengths."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def stacked(pieces: Sequence[Ragged]) -> Ragged:
    """The rows of all pieces, one after the other."""
    values = np.concatenate([np.zeros(0, dtype=np.uint64), *(piece.values for piece in pieces)])
    lengths = np.concatenate([np.zeros(0, dtype=np.int64), *(np.diff(piece.offsets) for piece in pieces)])
    return Ragged(values, offsets_of(lengths))


def tokens(texts: pl.Series) -> Ragged:
    """The tokens of each text (any String series; `key` is applied here), in order, as numbers.

    >>> found = tokens(pl.Series(["Don't panic!", "DO NOT panic", ""]))
    >>> found.offsets.tolist(), bool((found.row(0) == found.row(1)).all())
    ([0, 3, 6, 6], True)
    """
    return _tokens(texts, views(texts), None)


class Piece(NamedTuple):
    """The tokens of the texts of some rows, ``first`` to ``last``."""

    first: int
    last: int
    tokens: Ragged


def token_pieces(texts: pl.Series, rows: npt.NDArray[np.int64]) -> Iterator[Piece]:
    """The tokens of the texts of rows, some rows at a time; row i has the texts ``rows[i]:rows[i + 1]``.

    All pieces come in the same memory, which stays in the cache: one is valid until the next is asked for.
    """
    found = views(texts)
    begins = offsets_of(found.size)[rows]  # bytes before each row
    edges = np.unique(np.append(begins[:-1].searchsorted(np.arange(0, max(1, begins[-1]), PIECE)), len(rows) - 1))
    buffer = np.empty(int(np.diff(begins[edges]).max(initial=0)), dtype=np.uint64)
    for first, last in pairwise(edges.tolist()):
        at, end = int(rows[first]), int(rows[last])
        some = Views(found.address[at:end], found.size[at:end], found.owner)
        yield Piece(first, last, _tokens(texts[at:end], some, buffer))


def _tokens(texts: pl.Series, found: Views, buffer: npt.NDArray[np.uint64] | None) -> Ragged:
    some = kernel.words(found, table(), _known(), buffer=buffer)
    if not some.odd.any():
        return Ragged(some.values, some.offsets)
    odd = kernel.words(views(key(texts.filter(pl.Series(some.odd)))), table(), _known(), keyed=True)
    return Ragged(*kernel.merged(some, odd))


@cache
def common() -> npt.NDArray[np.uint64]:
    """A table of the words in `bloomery.text.kinds.COMMON` (`bloomery.kernels.words.known_words`)."""
    return kernel.known_words(COMMON)


@cache
def _known() -> npt.NDArray[np.uint64]:
    return kernel.known_words(LISTED)


def words(text: str) -> list[str]:
    """The tokens of one text as strings.

    >>> words("She's paid $1,000.50 for 東京-2, café & C++ (not 3x).")
    ["she's", 'paid', '$', '1000.50', 'for', '東', '京', '-2', 'café', '&', 'c++', 'not', '3', 'x']
    """
    return word_lists(pl.Series([text], dtype=pl.String))[0]


def word_lists(texts: pl.Series) -> list[list[str]]:
    """`words` of each text; many at once cost little more than one."""
    keys = key(texts)
    marked = keys.str.contains("**", literal=True) | keys.str.contains("##", literal=True)
    lists = changed(keys, marked, lambda rows: rows.str.replace_all(_MARKDOWN, " ")).str.extract_all(_TOKEN)
    lists = changed(
        lists, lists.list.len() == 0, lambda rows: keys.filter(lists.list.len() == 0).str.extract_all(r"\S")
    )
    return [[canonical for token in found for canonical in _canonical(token)] for found in lists]


def _canonical(token: str) -> list[str]:
    """The token in its plain form; a contraction as its two words."""
    plain = token.replace("’", "'").replace("−", "-")
    if plain == "cannot":
        return ["can", "not"]
    if contracted := _CONTRACTED.fullmatch(plain):
        return [_STEMS.get(contracted[1], contracted[1]), "not"]
    return [plain.replace(",", "") if "," in plain and _THOUSANDS.match(plain) else plain]
