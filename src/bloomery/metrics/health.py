"""Whether a set of outputs is healthy text: how long it is, whether it loops, and in which script it is. No reference counts.

These are signs to look at, not grades: a fine-tuned model that has come apart repeats itself, stops at once, or changes the
script, and shows it here before any judge is asked.

- **Repetition** of an answer is the share of its runs of `n` words that it has said before, 1 − distinct / all (Welleck et al.
  2020, rep-n). Over rows it is the sum of repeats over the sum of runs; *looping* are answers in which it is above one half.
- **Length** is in words (`bloomery.text.tokens`: a character of a script without spaces is one) and in characters.
- **Scripts**: the share of all letters, and which answers are mainly in another script than their references are.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.metrics.base import Additive, Corpus, Floats, Made, Mean, Metric, Share, numbers, over
from bloomery.text.fingerprint import mix
from bloomery.text.tokens import Ragged, offsets_of, tokens

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

SCRIPTS = {
    "latin": r"\p{Latin}",
    "han": r"\p{Han}",
    "kana": r"\p{Hiragana}\p{Katakana}",
    "hangul": r"\p{Hangul}",
    "cyrillic": r"\p{Cyrillic}",
    "greek": r"\p{Greek}",
    "arabic": r"\p{Arabic}",
    "hebrew": r"\p{Hebrew}",
    "devanagari": r"\p{Devanagari}",
    "thai": r"\p{Thai}",
}
_LETTERS = (*SCRIPTS, "other")


class Health(Metric):
    """Length, repetition and scripts of the answers; the score of an item is its repetition, and less is better."""

    higher_is_better: ClassVar[bool] = False
    names: ClassVar[dict[str, str]] = {
        "repetition": "share of runs of words that the same answer has said before, over all answers",
        "repetition.looping": "share of the answers of which more than half is such repetition",
        "length.words": "mean number of words",
        "length.characters": "mean number of characters",
        "blank": "share of the answers without any letter, digit or symbol",
        "script.<script>": "share of the letters of all answers that are of this script",
        "script.switched": "share of the answers mainly in another script than their references",
    }
    made: ClassVar[Mapping[str, Made]] = {
        "repetition": Corpus("a missing answer may be of any length"),
        "repetition.looping": Share((pl.col("score") > 0.5).fill_null(False)),
        "length.words": Mean("words", (0.0, None)),
        "length.characters": Mean("characters", (0.0, None)),
        "blank": Share("blank"),
        "script.<script>": Corpus("a missing answer may be of any length"),
        "script.switched": Share("switched"),
    }

    n: Annotated[int, Field(ge=1, le=20)] = 4
    """How many words are a run."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (repetition; null for less than `n` words), and the counts that `total` adds up."""
        said = answers["prediction"].fill_null("")
        words = tokens(said)
        runs = ngrams(words, self.n)
        sizes, distinct = np.diff(runs.offsets), distinct_of(runs)
        numbers = pl.DataFrame({"runs": sizes, "repeats": sizes - distinct})
        score = pl.when(pl.col("runs") > 0).then(pl.col("repeats") / pl.col("runs")).alias("score")
        lengths = {
            "words": pl.Series(np.diff(words.offsets)),
            "characters": said.str.len_chars().cast(pl.Int64),
            "blank": ~said.str.contains(r"[\p{L}\p{N}\p{S}]"),
        }
        found = numbers.select(score, "runs", "repeats").with_columns(**lengths)
        return pl.concat([found, _letters(said), _switched(answers, said)], how="horizontal")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The values in `names`; scripts without a letter are left out, and without any letter there are none."""
        runs, letters = int(items["runs"].sum()), {script: int(items[script].sum()) for script in _LETTERS}
        everything = sum(letters.values())
        compared = items["switched"].drop_nulls()
        return {
            "repetition": float(items["repeats"].sum()) / runs if runs else None,
            "repetition.looping": float((items["score"] > 0.5).sum()) / items.height,
            "length.words": float(items["words"].sum()) / items.height,
            "length.characters": float(items["characters"].sum()) / items.height,
            "blank": float(items["blank"].sum()) / items.height,
            **{f"script.{script}": count / everything for script, count in letters.items() if count},
            "script.switched": float(compared.sum()) / len(compared) if len(compared) else None,
        }

    def additive(self, items: pl.DataFrame) -> Additive:
        """Repeats, runs, and the letters of each script."""

        def values(sums: Floats) -> dict[str, Floats]:
            letters = sums[:, 2:]
            whole = letters.sum(axis=1)
            scripts = {f"script.{script}": over(letters[:, k], whole) for k, script in enumerate(_LETTERS)}
            return {"repetition": over(sums[:, 0], sums[:, 1])} | scripts

        return Additive(numbers(items, ("repeats", "runs", *_LETTERS)), values)


def ngrams(words: Ragged, n: int) -> Ragged:
    """The runs of n words of each text, as numbers; of two different runs one in 10¹⁹ share one.

    >>> found = ngrams(tokens(pl.Series(["a b a b a b", "a"])), 2)
    >>> np.diff(found.offsets).tolist(), distinct_of(found).tolist()
    ([5, 0], [2, 0])
    """
    lengths = np.diff(words.offsets)
    counts = np.maximum(lengths - n + 1, 0)
    offsets = offsets_of(counts)
    starts = np.arange(offsets[-1]) + np.repeat(words.offsets[:-1] - offsets[:-1], counts)
    values = np.zeros(len(starts), dtype=np.uint64)
    for k in range(n):
        values = mix(values ^ words.values[starts + k])
    return Ragged(values, offsets)


def distinct_of(values: Ragged) -> Ints:
    """How many different values each row has."""
    row = np.repeat(np.arange(len(values.offsets) - 1), np.diff(values.offsets))
    order = np.lexsort((values.values, row))
    mine, of = values.values[order], row[order]
    new = np.ones(len(mine), dtype=np.bool_)
    new[1:] = (mine[1:] != mine[:-1]) | (of[1:] != of[:-1])
    return np.bincount(of[new], minlength=len(values.offsets) - 1).astype(np.int64)


def _letters(texts: pl.Series) -> pl.DataFrame:
    """How many letters of each script each text has."""
    every = texts.str.count_matches(r"\p{L}").cast(pl.Int64)
    found = {script: texts.str.count_matches(rf"[[{of}]&&\p{{L}}]").cast(pl.Int64) for script, of in SCRIPTS.items()}
    frame = pl.DataFrame(found)
    return frame.with_columns(other=every - frame.sum_horizontal())


def _switched(answers: pl.DataFrame, said: pl.Series) -> pl.DataFrame:
    """Whether the script with most letters is that of no reference; null where an answer or its references have none."""
    known = answers["references"].list.join(" ", ignore_nulls=True).fill_null("")
    mine, theirs = (_main(texts) for texts in (said, known))
    return pl.DataFrame({"switched": mine != theirs})


def _main(texts: pl.Series) -> pl.Series:
    """The script with most letters; null without letters. Han and kana are one here: Japanese mixes them."""
    letters = _letters(texts).with_columns(pl.col("han") + pl.col("kana"), kana=pl.lit(0, dtype=pl.Int64))
    most = letters.select(pl.concat_list(_LETTERS)).to_series()
    return pl.select(pl.when(pl.lit(most.list.sum()) > 0).then(pl.lit(most.list.arg_max()))).to_series()
