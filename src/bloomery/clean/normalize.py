"""Damage that text takes on its way, undone: encodings, line ends, invisible characters, composition.

What is done, in this order, each a bool option and each counted:

``mojibake``    UTF-8 that was read as another encoding ("donâ€™t" → "don’t"), by ftfy's `fix_encoding`, and only where
                a search finds the traces; see `bloomery.clean.mojibake` for what is left alone
``line_ends``   CRLF, CRCRLF, CR, VT, FF, NEL (U+0085), U+2028 and U+2029 become ``\\n``
``controls``    C0 and C1 control characters but tab and line end, terminal colours (``ESC [31m``) whole, and the
                noncharacters U+FFFE and U+FFFF
``zero_width``  zero-width space, word joiner, byte order mark, soft hyphen, tag characters; and ZWJ and ZWNJ where they
                carry no meaning. They do after letters of Arabic, Indic and neighbouring scripts and in emoji sequences;
                a zero-width space does between letters of scripts written without spaces (Khmer, Thai, Lao, Myanmar); tag
                characters do in flags. Variation selectors always stay
``bidi``        embeddings, overrides and isolates (U+202A to U+202E, U+2066 to U+2069), which can show a text in another
                order than it is read; the marks LRM, RLM and ALM stay
``nfc``         Unicode normalisation form C

JSON stays JSON: where a part is a JSON text (tool calls), a separator in one of its strings becomes the two characters
``\\n``. Labels are not touched: tags must match exactly.

Taking a character out can bring others together, so rows that changed are looked at again until nothing changes; that
makes the op idempotent. Cost: the marks of a batch rule out most texts: ASCII without control characters, and texts of
nothing but characters that no step changes, such as “é” and “字”.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.json_text import is_json
from bloomery.clean.mojibake import TRACE, repaired, suspicious
from bloomery.kernels.marks import CONTROL, NEIGHBOURS, ODD
from bloomery.schema import Batch, RowOp, proposals
from bloomery.text.marks import INERT, Bools, marks

KINDS = ("mojibake", "line_ends", "controls", "zero_width", "bidi", "nfc")

_INERT = "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in INERT)
_CHANGEABLE = rf"[^\x00-\x7f{_INERT}]|{TRACE}"
_RETURNS = r"\r+\n|\r"
_SEPARATORS = r"[\x0b\x0c\x{85}\x{2028}\x{2029}]"
_CONTROLS = r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}\x{fffe}\x{ffff}]"
_BIDI = r"[\x{202a}-\x{202e}\x{2066}-\x{2069}]"
#: after these, a joiner or non-joiner changes what is seen
_JOINED = (
    r"[\p{Arabic}\p{Syriac}\p{Nko}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}"
    r"\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}"
    r"\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]"
)
_UNSPACED = r"[\p{Khmer}\p{Thai}\p{Lao}\p{Myanmar}]"
_FLAG = r"\x{1f3f4}[\x{e0020}-\x{e007e}]+\x{e007f}"
_INVISIBLE = r"[\x{200b}-\x{200d}\x{2060}\x{feff}\x{ad}\x{e0001}\x{e0020}-\x{e007f}]"
#: what stays is captured and put back
_KEPT = rf"({_JOINED}[\x{{200c}}\x{{200d}}]+|{_UNSPACED}\x{{200b}}+|{_FLAG})"


class Normalize(RowOp):
    """Repairs encodings, line ends, invisible characters and composition; never drops a row."""

    mojibake: bool = True
    """Repair UTF-8 that was read as another encoding."""
    line_ends: bool = True
    """Turn every kind of line end into ``\\n``."""
    controls: bool = True
    """Remove control characters other than tab and line end."""
    zero_width: bool = True
    """Remove zero-width characters and byte order marks where they carry no meaning."""
    bidi: bool = True
    """Remove bidirectional embedding, override and isolate controls."""
    nfc: bool = True
    """Compose characters (Unicode normalisation form C)."""

    def decide(self, batch: Batch) -> pl.DataFrame:
        """One edit per changed part: reason such as ``line_ends+mojibake``, score the number of places.

        The detail is ``{"counts": {kind: places}}``; a place is a character, or a sequence such as CRLF.
        """
        kinds = [kind for kind in KINDS if getattr(self, kind)]
        if not kinds:
            return proposals()
        parts = batch.parts[np.flatnonzero(changeable(batch))].filter(pl.col("role") != "label")
        if parts.is_empty():
            return proposals()
        done = normalized(parts["text"], kinds)
        changed = parts.select("n", "part").with_columns(done.texts.alias("text")).hstack(_said(done.counts))
        return batch.with_(parts=parts).edit(changed)


def changeable(batch: Batch) -> Bools:
    """Which parts `normalized` may change; it leaves all others as they are."""
    known = marks(batch)
    found = known.has(CONTROL)
    beyond = np.flatnonzero(known.has(ODD | NEIGHBOURS) & ~found)
    found[beyond] = batch.parts["text"].gather(beyond).str.contains(_CHANGEABLE).to_numpy()
    return found


class Normalized(NamedTuple):
    """The texts, and for each kind how many places of each text were changed."""

    texts: pl.Series
    counts: dict[str, npt.NDArray[np.int64]]


class _Step(NamedTuple):
    texts: pl.Series  # a new series: scatter works in place
    places: pl.Series


def normalized(texts: pl.Series, kinds: list[str]) -> Normalized:
    """`texts` with the damage of the given kinds (of KINDS) undone; a second call changes nothing."""
    counts = {kind: np.zeros(len(texts), np.int64) for kind in kinds}
    rows = np.arange(len(texts))
    while rows.size:
        before = after = texts.gather(rows)
        for kind in kinds:
            after, places = _STEPS[kind](after)
            counts[kind][rows] += places.to_numpy()
        changed = (after != before).to_numpy()
        rows = rows[changed]
        texts = texts.clone().scatter(rows, after.filter(pl.Series(changed)))
    return Normalized(texts, counts)


def _said(counts: dict[str, npt.NDArray[np.int64]]) -> pl.DataFrame:
    """Columns reason, score, detail."""
    kinds = sorted(counts)
    frame = pl.DataFrame({kind: counts[kind] for kind in kinds})
    names = [pl.when(pl.col(kind) > 0).then(pl.lit(kind)) for kind in kinds]
    pairs = [pl.when(pl.col(kind) > 0).then(pl.format('"{}":{}', pl.lit(kind), kind)) for kind in kinds]
    return frame.select(
        reason=pl.concat_str(names, separator="+", ignore_nulls=True),
        score=pl.sum_horizontal(kinds).cast(pl.Float64),
        detail=pl.concat_str(
            pl.lit('{"counts":{'), pl.concat_str(pairs, separator=",", ignore_nulls=True), pl.lit("}}")
        ),
    )


def _on(texts: pl.Series, mask: pl.Series, change: Callable[[pl.Series], pl.Series]) -> _Step:
    """`change` where `mask` is true; counts what it took away, at least 1 where it changed anything."""
    rows = mask.arg_true()
    before = texts.gather(rows)
    after = change(before)
    shorter = (before.str.len_chars().cast(pl.Int64) - after.str.len_chars()).abs()
    count = pl.Series([0]).new_from_index(0, len(texts))
    count = count.scatter(rows, shorter.clip(1) * (before != after))
    return _Step(texts.clone().scatter(rows, after), count)


def _replace(texts: pl.Series, pattern: str, value: str) -> _Step:
    """Every match replaced and counted."""
    rows = texts.str.contains(pattern).arg_true()
    found = texts.gather(rows)
    count = pl.Series([0]).new_from_index(0, len(texts)).scatter(rows, found.str.count_matches(pattern))
    return _Step(texts.clone().scatter(rows, found.str.replace_all(pattern, value)), count)


def _mojibake(texts: pl.Series) -> _Step:
    return _on(texts, suspicious(texts), lambda some: pl.Series([repaired(text) for text in some], dtype=pl.String))


def _line_ends(texts: pl.Series) -> _Step:
    """In JSON, a separator can only stand in a string, where a bare line end is not allowed: it becomes an escape."""
    returns = _replace(texts, _RETURNS, "\n")
    rows = returns.texts.str.contains(_SEPARATORS).arg_true()
    found = returns.texts.gather(rows)
    in_json = pl.Series([is_json(text.lstrip("\ufeff")) for text in found], dtype=pl.Boolean)
    ends = pl.DataFrame({"text": found, "escape": in_json}).select(
        pl.when("escape")
        .then(pl.col("text").str.replace_all(_SEPARATORS, r"\n"))
        .otherwise(pl.col("text").str.replace_all(_SEPARATORS, "\n"))
    )
    count = returns.places.clone().scatter(rows, returns.places.gather(rows) + found.str.count_matches(_SEPARATORS))
    return _Step(returns.texts.clone().scatter(rows, ends["text"]), count)


def _zero_width(texts: pl.Series) -> _Step:
    return _on(
        texts, texts.str.contains(_INVISIBLE), lambda some: some.str.replace_all(f"{_KEPT}|{_INVISIBLE}", "${1}")
    )


def _nfc(texts: pl.Series) -> _Step:
    beyond_ascii = texts.str.len_bytes() > texts.str.len_chars()
    return _on(texts, beyond_ascii, _composed)


def _composed(texts: pl.Series) -> pl.Series:
    r"""NFC; but a mark behind an escape of JSON text (``\r`` and U+0301) must not merge with the escape's letter."""
    after = texts.str.normalize("NFC")
    escaped = ((texts != after) & texts.str.contains("\\", literal=True)).arg_true()
    broken = [row for row in escaped if is_json(texts[row]) and not is_json(after[row])]
    return after.scatter(broken, texts.gather(broken)) if broken else after


_STEPS: dict[str, Callable[[pl.Series], _Step]] = {
    "mojibake": _mojibake,
    "line_ends": _line_ends,
    "controls": lambda texts: _replace(texts, _CONTROLS, ""),
    "zero_width": _zero_width,
    "bidi": lambda texts: _replace(texts, _BIDI, ""),
    "nfc": _nfc,
}
