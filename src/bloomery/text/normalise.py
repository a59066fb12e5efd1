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
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain

import numpy as np
import polars as pl

_INVISIBLE = r"\p{Default_Ignorable_Code_Point}"
_UNTIDY = r"[\s--\x20]\s*|\s{2,}"  # any white space but one blank: twice as fast as \s+
#: white space that NFKC does not turn into the ASCII kind
_FOREIGN_SPACE = r"[\x{85}\x{1680}\x{2028}\x{2029}]"
#: characters beyond ASCII, common in Western text, for which lower case is all that folding does
_PLAIN = "À-ÖØ-Þà-öø-ÿ‘’“”–—"
_APART = ("<super>", "<sub>", "<fraction>")
#: blocks that hold every character with such a decomposition, and every one that folding changes more than lower case
#: does; to look at all of Unicode would take a third of a second in each process (a test does)
_BLOCKS = (
    (0x80, 0x3400),
    (0xA600, 0xAC00),
    (0xFB00, 0xFB18),
    (0x10780, 0x107C0),
    (0x1E030, 0x1E070),
    (0x1F16A, 0x1F16D),
)


def key(texts: pl.Series) -> pl.Series:
    """The key of each text: String in, String out, aligned; null gives "".

    ``key(key(x)) == key(x)``, and a key never depends on the other texts of the series.

    >>> key(pl.Series(["  Ｈello\\u200b  WORLD ", "hello world", "2²", "22"])).to_list()
    ['hello world', 'hello world', '2²', '22']
    """
    texts = texts.fill_null("")
    odd = _odd(texts)
    lower = changed(texts, odd, _fold).str.to_lowercase()
    return changed(lower, _untidy(lower, odd), _tidy)


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


def _odd(texts: pl.Series) -> pl.Series:
    """The rows for which lower case is not all that folding does."""
    foreign = texts.str.len_bytes() != texts.str.len_chars()
    if not foreign.any():
        return foreign
    odd = np.zeros(len(texts), dtype=np.bool_)
    odd[foreign.to_numpy()] = texts.filter(foreign).str.contains(rf"[^\x00-\x7f{_PLAIN}]").to_numpy()
    return pl.Series(odd)


def _untidy(texts: pl.Series, odd: pl.Series) -> pl.Series:
    """The rows with white space other than single blanks between words."""
    untidy = texts.str.contains("[\t-\r]") | texts.str.contains("  ", literal=True)
    untidy |= texts.str.starts_with(" ") | texts.str.ends_with(" ")
    return untidy | texts.str.contains(_FOREIGN_SPACE) if odd.any() else untidy


def _tidy(texts: pl.Series) -> pl.Series:
    """White space collapsed; most untidy rows have nothing but single line ends, which is the quick way."""
    lines = texts.str.replace_all("\n", " ", literal=True)
    more = lines.str.contains("  ", literal=True) | lines.str.contains(rf"[\t-\r]|{_FOREIGN_SPACE}")
    return changed(lines, more, lambda rows: rows.str.replace_all(_UNTIDY, " ")).str.strip_chars(" ")


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


def _candidates() -> Iterator[str]:
    return map(chr, chain.from_iterable(range(*block) for block in _BLOCKS))


@cache
def _apart() -> dict[str, str]:
    """The characters that NFKC would flatten, and what becomes of them: themselves, or ``m²`` for ``㎡``."""
    found = {c: c for c in _candidates() if unicodedata.decomposition(c).startswith(_APART)}
    for c in _candidates():
        parts = [chr(int(code, 16)) for code in unicodedata.decomposition(c).split() if code[0] != "<"]
        if c not in found and any(part in found for part in parts):
            found[c] = "".join(part if part in found else unicodedata.normalize("NFKC", part) for part in parts)
    return found


@cache
def _unfolded() -> str:
    """The lower-case characters that folding still changes, as a character class."""
    return _one_of({c: c for c in _candidates() if c.isprintable() and c == c.lower() != c.casefold().lower()})


def _one_of(characters: dict[str, str]) -> str:
    """A character class for both regex engines; no character here has a meaning in one."""
    return f"[{''.join(characters)}]"
