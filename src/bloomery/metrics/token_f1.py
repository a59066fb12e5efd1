"""Exact match and F1 over words, as in SQuAD: for short answers that may be worded a little longer or shorter.

English is read as the SQuAD 1.1 script does (Rajpurkar et al. 2016, ``evaluate-v1.1.py``): lower case, ASCII punctuation out,
then *a*, *an* and *the* out, then words at white space. The other languages follow MLQA's script (Lewis et al. 2020,
``mlqa_evaluation_v1.py``): all of Unicode's punctuation goes, and the articles of the language. For Arabic that script removes
the letters ``ال`` anywhere, also inside of a word; so does this, so that figures compare.

One thing is added, for every language: a character of a script written without spaces (Han, kana, Thai, Lao, Khmer,
Myanmar) is a word of its own, as in CMRC 2018 and for MLQA's Chinese. Split at white space, a Chinese answer would be one
word and F1 nothing but exact match.

F1 is over multisets: for *n* words in common, each counted as often as both sides have it, precision is n / words of the answer,
recall n / words of the reference. "paris paris paris paris" against "paris" has one word in common: P = 1/4, R = 1, F1 = .4.
Both empty (after the articles are out) is 1, one empty is 0. The value of an item is the best over its references.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import polars as pl

from bloomery.metrics.base import Made, Mean, Metric, Share
from bloomery.metrics.pairs import best, pairs
from bloomery.metrics.tally import with_sums
from bloomery.text.characters import UNSPACED_SCRIPTS

_ASCII_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_PUNCTUATION = r"[\p{P}!-/:-@\[-`{-~]"
_ARTICLES = {
    "en": r"\b(?:a|an|the)\b",
    "de": r"\b(?:ein|eine|einen|einem|eines|einer|der|die|das|den|dem|des)\b",
    "es": r"\b(?:un|una|unos|unas|el|la|los|las)\b",
    "vi": r"\b(?:của|là|cái|chiếc|những)\b",
    "ar": "ال",
}
#: white space as Python's ``str.split`` has it
_WORD = rf"[{UNSPACED_SCRIPTS}]|[^\s\x1c-\x1f{UNSPACED_SCRIPTS}]+"


class TokenF1(Metric):
    """SQuAD exact match and F1 over words, the best over the references, averaged over items."""

    names: ClassVar[dict[str, str]] = {
        "token_f1": "Mean over items of the F1 over words (a multiset), against the best reference, as in SQuAD.",
        "token_exact_match": "Share of items whose words equal those of a reference, without case, punctuation and articles.",
    }
    made: ClassVar[Mapping[str, Made]] = {"token_f1": Mean(), "token_exact_match": Share("exact")}

    language: Literal["en", "de", "es", "vi", "ar", "other"] = "en"
    """Whose articles to leave out; ``en`` is SQuAD's rule, ``other`` (Chinese, Hindi, Japanese …) knows no articles."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is the F1, ``exact`` whether a reference is matched in full (Boolean)."""
        told = pairs(answers)
        said, meant = words(told["prediction"], self.language), words(told["reference"], self.language)
        scored = with_sums(told.select("pair", "row", exact=said == meant), _common(said, meant))
        exact = scored.group_by("row", maintain_order=True).agg(pl.col("exact").any())
        return best(scored).select("score").with_columns(exact["exact"])

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The two means."""
        mean = items.select(token_f1=pl.mean("score"), token_exact_match=pl.mean("exact"))
        return mean.row(0, named=True)


def words(texts: pl.Series, language: str) -> pl.Series:
    """The words that count: String in, List of String out, aligned.

    >>> words(pl.Series(["The cat's  hat.", "北京 2008"]), "en").to_list()
    [['cats', 'hat'], ['北', '京', '2008']]
    """
    punctuation = _ASCII_PUNCTUATION if language == "en" else _PUNCTUATION
    plain = texts.str.to_lowercase().str.replace_all(punctuation, "")
    if language in _ARTICLES:
        plain = plain.str.replace_all(_ARTICLES[language], " ")
    return plain.str.extract_all(_WORD)


def _common(said: pl.Series, meant: pl.Series) -> pl.DataFrame:
    """Counts of each word of each pair, on both sides, and how many both have."""
    predicted, expected = _counted(said, "predicted"), _counted(meant, "expected")
    both = predicted.join(expected, on=["pair", "word"], how="full", coalesce=True).fill_null(0)
    same = pl.min_horizontal("predicted", "expected")
    return both.select("pair", "predicted", "expected", right=same, found=same)


def _counted(words: pl.Series, name: str) -> pl.DataFrame:
    long = words.alias("word").to_frame().with_row_index("pair").explode("word", empty_as_null=False)
    return long.group_by("pair", "word").agg(pl.len().alias(name))
