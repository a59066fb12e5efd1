"""Text whose UTF-8 was read as another encoding: "donâ€™t" for "don’t".

ftfy's `fix_encoding` repairs it well but costs 80 µs a text and, asked about any text, changes some that are right. So a
search looks for traces that legitimate text does not have, and only texts with traces are given to ftfy:

- a whole UTF-8 sequence read as Latin-1 or Windows-1252: ``Ã©``, ``â€™``, ``ðŸ˜€``, or a run of three (Cyrillic, Greek);
- the same for Windows-1251 (``РїСЂРё``), Mac Roman (``‚Äô``) and code page 437 (``ΓÇÖ``).

Not traces: a capital Ã, Â or É at the end of a word before a quotation mark or dash ("AMANHÃ”", « LIBERTÉ »), an accent
before a no-break space ("voilà »"). Left alone even with traces: code (between backticks), and texts that speak of
mojibake, which show a broken character by itself in quotes (``replace("Ã©", "é")``).
"""

import re

import ftfy
import polars as pl

#: what the bytes 80 to BF look like in Latin-1 and Windows-1252, without the no-break space; those that also end words
_QUOTES = "«»‘’“”‚„–—…‹›"
_OTHERS = "\x80-\x9f€ƒ†‡ˆ‰Š•˜™šŒœŽžŸ¡-ª¬-º¼-¿"
_ANY = _OTHERS + _QUOTES
_CAPITAL = "A-ZÀ-ÖØ-Þ"
_LETTER = "A-Za-zÀ-ÖØ-öø-ÿ"
_CYRILLIC = "ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—™љ›њќћџЎўЈ¤Ґ¦§Ё©Є«¬®Ї°±Ііґµ¶·ё№є»јЅѕї"
_TRACES = (
    f"[ÂÃÄÅ][{_OTHERS}]",
    f"(?:^|[^{_CAPITAL}])[ÂÃ][{_QUOTES}]|[ÂÃ][{_QUOTES}][{_CAPITAL}]|(?:^|[^{_CAPITAL}])Ã\xa0|Å“[a-z]",
    f"[à-ï][{_OTHERS}][{_ANY}]|(?:^|[^{_LETTER}])[à-ï][{_QUOTES}][{_ANY}]",
    f"[ð-ô][{_ANY}]{{3}}",
    f"(?:[Â-ß][{_ANY}]){{3}}",
    f"(?:[РС][{_CYRILLIC}]){{3}}|вЂ[™њќ“”¦ў]",
    "‚Ä[ôúùìîò¶¢]|ΓÇ[ÖÜ£¥ª¢]",
)
TRACE = "|".join(_TRACES)
_FOUND = re.compile(TRACE)
_SPOKEN_OF = re.compile(f"([\"'“‘«(])[Â-ôРСв‚Γ][{_ANY}{_CYRILLIC}Ä]{{1,3}}[\"'”’»)]")
_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]*`)", re.DOTALL)
_CAREFUL = ftfy.TextFixerConfig(unescape_html=False, replace_lossy_sequences=False)


def suspicious(texts: pl.Series) -> pl.Series:
    """Which texts have traces of mojibake (Boolean)."""
    return texts.str.contains(TRACE)


def repaired(text: str) -> str:
    """`text` with mojibake outside of code undone; the same text if there is none, or if it speaks of mojibake.

    >>> repaired("Itâ€™s a cafÃ©"), repaired("AMANHÃ” é `Ã©`"), repaired('s.replace("Ã©", "é")')
    ('It’s a café', 'AMANHÃ” é `Ã©`', 's.replace("Ã©", "é")')
    """
    if _SPOKEN_OF.search(text):
        return text
    pieces = _CODE.split(text)
    pieces[::2] = [ftfy.fix_encoding(piece, _CAREFUL) if _FOUND.search(piece) else piece for piece in pieces[::2]]
    return "".join(pieces)
