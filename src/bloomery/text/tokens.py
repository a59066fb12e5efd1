"""Tokens: the words of a text as every stage sees them, and as 64-bit numbers.

From the key of a text (`bloomery.text.normalise`):

- a run of letters, marks and digits that begins with a letter is a word (``user_id``, ``gpt4``, ``l'amour``);
- each character of a script written without spaces between words (Han, kana, Thai, Lao, Khmer, Myanmar) is a token;
- a number is a token with its decimals and a minus sign right before it; thousands lose their commas;
- symbols that carry meaning (``+ * / = < > % & | ^ ~ $ €``, emoji) are tokens, runs such as ``<=`` one token;
- punctuation, quotes, brackets and the marks of Markdown are not: ``"Yes!"`` is ``yes``;
- ``don't`` is ``do not``, and ``cannot`` is ``can not``;
- a text with nothing of that (``???``) falls back to its characters.

A token's number is the first 8 bytes of BLAKE2b of its UTF-8, with the lowest bit saying whether the token is *variable*
(`bloomery.text.kinds`). It is the same in every run, thread, machine and version. Two of the 10 million different
tokens of a large collection share a number with a chance of about 5 in a million.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.text.kinds import is_variable
from bloomery.text.normalise import changed, key

#: set in the number of a variable token
VARIABLE = np.uint64(1)

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"[[\p{{L}}\p{{Nl}}\p{{No}}]--[{_UNSPACED}]]"
_INNER = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]"
_TOKEN = "|".join(
    (
        rf"[{_UNSPACED}]",
        r"[-−]?\d+(?:[.,]\d+)*",
        r"c\+\+|[cf]#",
        rf"{_LETTER}(?:_*{_INNER})*(?:['’]{_LETTER}+)*",
        r"!=+|[+*/=<>%&|^~]+",
        r"[\p{Sc}\p{Sm}\p{So}]",
    )
)
_MARKDOWN = r"\*{2,}|#{2,}"
_CONTRACTED = r"n['’]t\b|\bcannot\b"
_CONTRACTIONS = (
    (r"\bcan(?:not|['’]t)\b", "can not"),
    (r"\bwon['’]t\b", "will not"),
    (r"\bshan['’]t\b", "shall not"),
    (r"(\p{L})n['’]t\b", "${1} not"),
)
_THOUSANDS = re.compile(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z", re.ASCII)


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
    lists = _split(texts)
    lengths = lists.list.len().cast(pl.Int64).to_numpy()
    flat = lists.filter(lists.list.len() > 0).explode()
    return Ragged(_numbers(flat), offsets_of(lengths))


def words(text: str) -> list[str]:
    """The tokens of one text as strings.

    >>> words("She's paid $1,000.50 for 東京-2, café & C++ (not 3x).")
    ["she's", 'paid', '$', '1000.50', 'for', '東', '京', '-2', 'café', '&', 'c++', 'not', '3', 'x']
    """
    return word_lists(pl.Series([text], dtype=pl.String))[0]


def word_lists(texts: pl.Series) -> list[list[str]]:
    """`words` of each text; many at once cost little more than one."""
    return [[_canonical(token) for token in found] for found in _split(texts)]


def _split(texts: pl.Series) -> pl.Series:
    """The tokens of each text as strings, not yet canonical."""
    keys = key(texts)
    marked = keys.str.contains("**", literal=True) | keys.str.contains("##", literal=True)
    keys = changed(keys, marked, lambda rows: rows.str.replace_all(_MARKDOWN, " "))
    keys = changed(keys, keys.str.contains(_CONTRACTED), _expanded)
    lists = keys.str.extract_all(_TOKEN)
    return changed(lists, lists.list.len() == 0, lambda rows: keys.filter(lists.list.len() == 0).str.extract_all(r"\S"))


def _expanded(texts: pl.Series) -> pl.Series:
    for pattern, whole in _CONTRACTIONS:
        texts = texts.str.replace_all(pattern, whole)
    return texts


def _numbers(strings: pl.Series) -> npt.NDArray[np.uint64]:
    """The number of each token; only distinct tokens are hashed."""
    distinct = strings.unique()
    table = pl.DataFrame(
        {"token": distinct, "number": [_number(token) for token in distinct]}, schema_overrides={"number": pl.UInt64}
    )
    joined = strings.to_frame("token").join(table, on="token", how="left", maintain_order="left")
    return joined["number"].to_numpy()


@lru_cache(maxsize=1 << 17)
def _number(token: str) -> int:
    token = _canonical(token)
    digest = int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "little")
    return digest | 1 if is_variable(token) else digest & ~1


def _canonical(token: str) -> str:
    token = token.replace("’", "'").replace("−", "-")
    return token.replace(",", "") if "," in token and _THOUSANDS.match(token) else token
