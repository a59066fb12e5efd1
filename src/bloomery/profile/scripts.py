"""In which script each row is mainly written, from its first characters.

Rows of plain ASCII need one search; only the others are counted script by script. A text with kana is Japanese even
where most of its signs are Han.
"""

from collections import Counter

import polars as pl

from bloomery.schema import Batch

LOOKED_AT = 2_000  # characters of a row
KANA = r"[\p{Hiragana}\p{Katakana}]"
SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Han": r"\p{Han}",
    "Cyrillic": r"\p{Cyrillic}",
    "Arabic": r"\p{Arabic}",
    "Hangul": r"\p{Hangul}",
    "Devanagari": r"\p{Devanagari}",
    "Thai": r"\p{Thai}",
    "Greek": r"\p{Greek}",
    "Hebrew": r"\p{Hebrew}",
    "Bengali": r"\p{Bengali}",
    "Tamil": r"\p{Tamil}",
}
NONE = "no letters"
OTHER = "other"


def scripts(batch: Batch) -> Counter[str]:
    """Rows by main script.

    Sums over batches add up; every row counts once.
    """
    texts = batch.text().str.head(LOOKED_AT)
    ascii_only = texts.str.len_bytes() == texts.str.len_chars()
    letters = texts.filter(ascii_only).str.contains("[A-Za-z]")
    found = Counter({"Latin": int(letters.sum()), NONE: int((~letters).sum())})
    others = texts.filter(~ascii_only)
    if len(others):
        found.update(_main(others).to_list())
    return +found


def _main(texts: pl.Series) -> pl.Series:
    """The script with most letters in each text."""
    frame = texts.alias("text").to_frame()
    counts = frame.select(
        *(pl.col("text").str.count_matches(pattern).alias(name) for name, pattern in SCRIPTS.items()),
        kana=pl.col("text").str.count_matches(KANA),
        letters=pl.col("text").str.count_matches(r"\pL"),
    )
    japanese = (pl.col("kana") > 0) & (pl.col("kana") * 10 > pl.col("Han"))
    counts = counts.with_columns(
        Han=pl.when(japanese).then(0).otherwise("Han"),
        Japanese=pl.when(japanese).then(pl.col("Han") + pl.col("kana")).otherwise(0),
    )
    names = [*SCRIPTS, "Japanese"]
    known = pl.sum_horizontal(names)
    best = pl.concat_list(names).list.arg_max().replace_strict(dict(enumerate(names)), return_dtype=pl.String)
    return counts.select(
        pl.when(pl.col("letters") == 0)
        .then(pl.lit(NONE))
        .when(2 * known < pl.col("letters"))
        .then(pl.lit(OTHER))
        .otherwise(best)
        .alias("script")
    )["script"]
