"""How long a text is, in characters, words or tokens, alike for all scripts.

``characters``  Unicode characters; with `scripts`, signs that stand for several letters count for more (`WEIGHTS`)
``words``       runs of anything but white space; in scripts without word spaces six weighted characters are one word
                (an English word with its space takes 6.0 characters in XQuAD)
``tokens``      of a local Hugging Face ``tokenizer.json``, without special tokens, truncation or padding

White space around a text is never counted. Only texts that are not plain ASCII are searched for scripts.
"""

import importlib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.errors import MissingExtraError, RecipeError
from bloomery.kernels.marks import SPACE
from bloomery.text.marks import Marks, marks_of

Unit = Literal["characters", "words", "tokens"]

#: characters of running English that one sign of a script stands for (see `bloomery.clean.length`)
WEIGHTS = {r"\p{Han}": 3.7, r"[\p{Hiragana}\p{Katakana}\p{Hangul}]": 2.0}
#: all of these signs take three bytes of UTF-8 or more: what a byte beyond the first of a sign can add to its weight
_MOST_PER_BYTE = (max(WEIGHTS.values()) - 1) / 2
_ROUNDING = 0.1
_SPACE = np.array([chr(byte) in " \t\n\v\f\r" for byte in range(256)])
CHARACTERS_PER_WORD = 6.0
#: scripts written without spaces between words; Hangul has spaces
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"


def measure(texts: pl.Series, unit: Unit = "characters", *, scripts: bool = True, tokenizer: str = "") -> pl.Series:
    """The length of each text, Float64, 0 or more; null stays null.

    `scripts` applies to characters only: false counts every character as one. `tokenizer` is the path of a
    ``tokenizer.json``. Raises `RecipeError` if it cannot be loaded, `MissingExtraError` if its library is missing.

    >>> measure(pl.Series(["  wheres my pin ", "消极", "消极"]), "characters", scripts=False).to_list()
    [13.0, 2.0, 2.0]
    >>> measure(pl.Series(["消极"])).to_list()
    [7.4]
    >>> measure(pl.Series(["two words", "我们今天去北京"]), "words").to_list()  # 7 · 3.7 / 6
    [2.0, 4.3]
    """
    texts = texts.str.strip_chars()
    if unit == "tokens":
        return _tokens(texts, tokenizer)
    lengths = _words(texts) if unit == "words" else texts.str.len_chars().cast(pl.Float64)
    if unit == "characters" and not scripts:
        return lengths
    rows = (texts.str.len_bytes() > texts.str.len_chars()).arg_true()
    if rows.is_empty():
        return lengths
    wide = texts.gather(rows)
    found = _unspaced_words(wide) if unit == "words" else lengths.gather(rows) + _extra(wide)
    return lengths.scatter(rows, found.round(1))


class Span(NamedTuple):
    """Bounds on the length of each text."""

    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]


def span(texts: pl.Series, known: Marks | None = None, *, scripts: bool = True) -> Span:
    """What `measure` gives in characters, low <= it <= high: quick, for it does not look at the scripts.

    `known` are the marks of the texts, if they are there; only texts with white space at an end are looked at.

    >>> low, high = span(pl.Series([" plain ", "café", "消极"]))
    >>> low.tolist(), high.round(2).tolist()  # 4 + 1 · 1.35 + 0.1, 2 + 4 · 1.35 + 0.1
    ([5.0, 4.0, 2.0], [5.0, 5.45, 7.5])
    """
    known = known or marks_of(texts)
    low, size = known.characters.astype(np.float64), known.size.astype(np.float64)
    loose = np.flatnonzero(_SPACE[known.first] | _SPACE[known.last] | known.has(SPACE))
    some = texts.gather(loose).str.strip_chars()
    low[loose], size[loose] = some.str.len_chars().to_numpy(), some.str.len_bytes().to_numpy()
    beyond = size - low
    return Span(low, low + (beyond * _MOST_PER_BYTE + (beyond > 0) * _ROUNDING) * scripts)


def _extra(texts: pl.Series) -> pl.Series:
    """What the signs count beyond one."""
    total = pl.Series([0.0]).new_from_index(0, len(texts))
    for signs, weight in WEIGHTS.items():
        total = total + texts.str.count_matches(signs) * (weight - 1)
    return total


def _words(texts: pl.Series) -> pl.Series:
    return texts.str.count_matches(r"\S+").cast(pl.Float64)


def _unspaced_words(texts: pl.Series) -> pl.Series:
    spaced = texts.str.replace_all(UNSPACED, " ")
    signs = texts.str.count_matches(UNSPACED)
    return _words(spaced) + (signs + _extra(texts) - _extra(spaced)) / CHARACTERS_PER_WORD


def _tokens(texts: pl.Series, path: str) -> pl.Series:
    encoded = _tokenizer(path).encode_batch_fast(texts.fill_null("").to_list(), add_special_tokens=False)
    return pl.Series([float(len(one.ids)) for one in encoded], dtype=pl.Float64)


@lru_cache(maxsize=4)
def _tokenizer(path: str) -> Any:
    try:
        library = importlib.import_module("tokenizers")
    except ImportError:
        raise MissingExtraError("Length in tokens", "tokens") from None
    if not Path(path).is_file():
        raise RecipeError(f"There is no tokenizer at {path}", expected="a Hugging Face tokenizer.json")
    try:
        tokenizer = library.Tokenizer.from_file(path)
    except Exception as error:  # the library raises bare Exception
        raise RecipeError(f"{path} is not a tokenizer", expected="a tokenizer.json", found=str(error)) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
