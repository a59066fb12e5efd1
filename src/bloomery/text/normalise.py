"""The key of a text: what is left when two people have typed the same thing.

Equal keys mean "the same text" to `exact`, to the splits and to contamination, so what goes is what a reader cannot see
or does not read:

- compatibility forms (NFKC): full-width letters, ligatures, no-break spaces, decomposed accents;
- case, folded (``STRASSE`` = ``straße``);
- characters that show nothing (Unicode's Default_Ignorable_Code_Point: zero-width, soft hyphen, variation selectors);
- how much white space there is, and any at the ends.

NFKC alone would go too far: it makes ``2²`` into ``22`` and ``2½`` into ``21⁄2``. Characters that Unicode decomposes as
``<super>``, ``<sub>`` or ``<fraction>`` therefore stay as they are, also inside others (``㎡`` becomes ``m²``).

What is lost with it: indentation, line breaks and case carry meaning in code, and two programs that differ in nothing
else share a key.

Most rows of most data are ASCII and have no such thing: they take a short way, and every later step first asks whether
a row has anything for it to do.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

import polars as pl

_INVISIBLE = r"\p{Default_Ignorable_Code_Point}"
_UNTIDY = r"[\s--\x20]\s*|\s{2,}"  # any white space but one blank: twice as fast as \s+
_APART = ("<super>", "<sub>", "<fraction>")
_ASSIGNED = range(0xA0, 0x20000)  # holds every character with a compatibility decomposition but CJK ideographs


def key(texts: pl.Series) -> pl.Series:
    """The key of each text: String in, String out, aligned; null gives "".

    ``key(key(x)) == key(x)``, and a key never depends on the other texts of the series.

    >>> key(pl.Series(["  Ｈello\\u200b  WORLD ", "hello world", "2²", "22"])).to_list()
    ['hello world', 'hello world', '2²', '22']
    """
    texts = texts.fill_null("")
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    lower = changed(texts, foreign, _fold).str.to_lowercase()
    return lower.str.replace_all(_UNTIDY, " ").str.strip_chars(" ")


def changed(texts: pl.Series, mask: pl.Series, change: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`texts` with `change` applied to the rows where `mask` is true; as it is, at no cost, where there are none."""
    if not mask.any():
        return texts
    if mask.all():
        return change(texts)
    return texts.zip_with(~mask, _spread(change(texts.filter(mask)), mask))


def _spread(values: pl.Series, mask: pl.Series) -> pl.Series:
    """The values at the true places of `mask`, in order; the first value elsewhere."""
    return values.gather((mask.cum_sum().cast(pl.Int64) - 1).clip(0))


def _fold(texts: pl.Series) -> pl.Series:
    """For rows that are not ASCII: invisible characters out, NFKC, case folded."""
    visible = changed(texts, texts.str.contains(_INVISIBLE), lambda rows: rows.str.replace_all(_INVISIBLE, ""))
    lower = _compose(visible).str.to_lowercase()
    return changed(lower, lower.str.contains(_unfolded()), _casefold)


def _casefold(texts: pl.Series) -> pl.Series:
    """What lower case leaves: ``ß`` is ``ss``, a final ``ς`` is ``σ``."""
    return _compose(pl.Series(texts.name, [text.casefold().lower() for text in texts], dtype=pl.String))


def _compose(texts: pl.Series) -> pl.Series:
    """NFKC, except that superscripts, subscripts and fractions stay."""
    apart = texts.str.contains(_one_of(_apart()))
    plain = changed(texts, ~apart, lambda rows: rows.str.normalize("NFKC"))
    return changed(plain, apart, _compose_around)


def _compose_around(texts: pl.Series) -> pl.Series:
    kept = _apart()
    pieces = re.compile(f"({_one_of(kept)})")
    composed = [
        "".join(kept.get(piece) or unicodedata.normalize("NFKC", piece) for piece in pieces.split(text))
        for text in texts
    ]
    return pl.Series(texts.name, composed, dtype=pl.String)


@cache
def _apart() -> dict[str, str]:
    """The characters that NFKC would flatten, and what becomes of them: themselves, or ``m²`` for ``㎡``."""
    found = {c: c for c in map(chr, _ASSIGNED) if unicodedata.decomposition(c).startswith(_APART)}
    for c in map(chr, _ASSIGNED):
        parts = [chr(int(code, 16)) for code in unicodedata.decomposition(c).split() if code[0] != "<"]
        if c not in found and any(part in found for part in parts):
            found[c] = "".join(part if part in found else unicodedata.normalize("NFKC", part) for part in parts)
    return found


@cache
def _unfolded() -> str:
    """The lower-case characters that folding still changes, as a character class."""
    return _one_of(
        {c: c for c in map(chr, range(0x80, 0x20000)) if c.isprintable() and c == c.lower() != c.casefold().lower()}
    )


def _one_of(characters: dict[str, str]) -> str:
    """A character class for both regex engines; no character here has a meaning in one."""
    return f"[{''.join(characters)}]"
