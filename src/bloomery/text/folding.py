"""What the key of a text makes of each character, where that does not depend on its neighbours.

`bloomery.text.normalise.key` composes characters, takes them apart and folds their case. For nearly all characters of
nearly all texts this goes one by one, so a table and a walk over the bytes give the same (`bloomery.kernels.keys`). Left out
are characters that are marks or become such, Hangul letters (they join to syllables), those that Python's tables do not
know, and those whose key is longer than themselves. The table is made from `key` itself.
"""

import unicodedata
from functools import cache

import numpy as np
import polars as pl

from bloomery.kernels.keys import TABLE, U64
from bloomery.text.normalise import key

#: characters that keys leave as they are: ideographs and syllables, too many to ask about each
_SAME = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
#: blocks that are asked about: scripts, punctuation, symbols; presentation forms, full-width forms; emoji
_ASKED = ((0x00, 0x0FFF), (0x1200, 0x13FF), (0x1E00, 0x33FF), (0xFE00, 0xFFFD), (0x1F000, 0x1FAFF))


@cache
def folding() -> U64:
    """For each code point below `TABLE` its entry (`bloomery.kernels.keys`); 0 where it depends on neighbours."""
    entries = np.zeros(TABLE, dtype=np.uint64)
    for first, last in _SAME:
        for code in range(first, last + 1):
            entries[code] = _entry(chr(code))
    asked = [chr(code) for first, last in _ASKED for code in range(first, last + 1)]
    asked = [one for one in asked if unicodedata.category(one) != "Cn"]
    framed = key(pl.Series([f"a{one}a" for one in asked])).to_list()
    for one, text in zip(asked, framed, strict=True):
        becomes = text[1:-1]
        joins = _joins(one) and text != "aa"  # an invisible mark is gone before anything joins
        if not (joins or any(map(_joins, becomes)) or len(becomes.encode()) > len(one.encode())):
            entries[ord(one)] = _entry(becomes)
    return entries


def _joins(character: str) -> bool:
    """Whether it may compose with what stands before it."""
    return unicodedata.category(character)[0] == "M" or "\u1100" <= character <= "\u11ff"


def _entry(becomes: str) -> int:
    data = becomes.encode()
    return (len(data) + 1) << 32 | int.from_bytes(data, "little")
