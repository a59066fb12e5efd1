"""What each Unicode character is to the tokenizer, as one table that a kernel can look into.

The table stands in ``characters.txt``, one line a run of equal entries: the first code point and the entry, hexadecimal.
`derived` makes it from the tables of the regular-expression engine and `bloomery.text.normalise`; a test holds the file to
it, and says how to write it anew after an update of Unicode.

An entry is one of the kinds below, plus `ODD` where `bloomery.text.normalise.key` does more with the character than the
kernel can (compose, take apart, fold): a text that holds one goes through `key` first.
"""

from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.text.normalise import key

OTHER, LETTER, NUMERAL, MARK, DIGIT, UNSPACED, SYMBOL, UNSPACED_NUMERAL, OPERATOR = range(9)
ODD = 0x80
SIZE = 0x110000
OPERATORS = "+*/=<>%&|^~"
#: scripts written without spaces between words: each character is a token
UNSPACED_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"

Table = npt.NDArray[np.uint8]


@cache
def table() -> Table:
    """The entry of each code point, uint8."""
    lines = (files("bloomery.text") / "characters.txt").read_text(encoding="ascii").split("\n")
    runs = [line.split(" ") for line in lines if line and line[0] != "#"]
    starts = np.array([int(start, 16) for start, _ in runs] + [SIZE])
    return np.repeat(np.array([int(entry, 16) for _, entry in runs], dtype=np.uint8), np.diff(starts))


def lowered(point: int) -> int:
    """What the kernel makes of a code point: full-width forms and blanks as in ASCII, then lower case, of the Latin-1 and
    Cyrillic letters for which it is a shift.

    >>> chr(lowered(ord("Ａ"))), chr(lowered(ord("É"))), chr(lowered(ord("Ж"))), chr(lowered(ord("Δ")))
    ('a', 'é', 'ж', 'Δ')
    """
    if 0xFF01 <= point <= 0xFF5E:
        point -= 0xFEE0
    if point in (0xA0, 0x3000):
        return 0x20
    if 0x41 <= point <= 0x5A or (0xC0 <= point <= 0xDE and point != 0xD7) or 0x410 <= point <= 0x42F:
        return point + 0x20
    return point + 0x50 if 0x400 <= point <= 0x40F else point


def derived() -> Table:
    """The table, computed (a second)."""
    points = np.array([point for point in range(SIZE) if not 0xD800 <= point < 0xE000])
    characters = pl.Series([chr(point) for point in points.tolist()])

    def are(some: str) -> npt.NDArray[np.bool_]:
        return characters.str.contains(f"[{some}]").to_numpy()

    unspaced, letter, mark = are(UNSPACED_SCRIPTS), are(r"\p{L}"), are(r"\p{M}")
    entry = np.zeros(len(points), dtype=np.uint8)
    kinds = ((r"\p{Sc}\p{Sm}\p{So}", SYMBOL), (r"\p{Nl}\p{No}", NUMERAL), (r"\p{L}", LETTER), (r"\p{M}", MARK))
    for some, kind in (*kinds, (r"\p{Nd}", DIGIT)):
        entry[are(some)] = kind
    entry[unspaced] = np.where((letter | mark)[unspaced], UNSPACED, UNSPACED_NUMERAL)
    entry[np.isin(points, [ord(operator) for operator in OPERATORS])] = OPERATOR
    plain = pl.Series([chr(lowered(point)) for point in points.tolist()])
    same = (key(characters) == plain.str.strip_chars(" \t\n\r\x0b\x0c")).to_numpy()
    silent = np.isin(points, [0x2026, 0x2011])  # ellipsis, hyphen: they become what is no token either
    joins = mark | are(r"\x{1161}-\x{1175}\x{11a8}-\x{11c2}\p{Default_Ignorable_Code_Point}")
    entry[~(same | silent) | joins] |= ODD
    whole = np.zeros(SIZE, dtype=np.uint8)
    whole[points] = entry
    return whole


def written(entries: Table) -> str:
    """The lines of ``characters.txt``."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(entries)) + 1])
    head = "# Written by bloomery.text.characters.written(derived()); see there.\n"
    return head + "".join(f"{start:x} {entries[start]:x}\n" for start in starts.tolist())
