"""Script mismatch: the prompt is written in one script and the answer in another, unasked.

The cheap scan needs no letters: UTF-8 takes one byte for a Latin letter, about two for Cyrillic, Greek, Arabic or Hebrew,
three for Chinese, Japanese, Korean, Thai or Hindi, so rows whose prompt and answers take about the same number of bytes
a character are not looked at. (Two scripts of the same width, say Chinese and Korean, therefore pass.)

Names, titles and sources stay in Latin letters in any language, so an answer in Latin letters must be running text.
It fires where nearly all letters of the prompt are of one script, and nearly all of the answer of another, unless the
prompt names a language, a translation, a spelling or code. Short answers (names, symbols, numbers) do not count.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.signals.code import without_code
from bloomery.clean.signals.view import View
from bloomery.text.marks import Ints
from bloomery.text.pattern import lacking, pattern

_SCRIPTS = {
    "latin": r"\p{Latin}",
    "han": r"[\p{Han}\p{Hiragana}\p{Katakana}]",
    "hangul": r"\p{Hangul}",
    "cyrillic": r"\p{Cyrillic}",
    "greek": r"\p{Greek}",
    "arabic": r"\p{Arabic}",
    "hebrew": r"\p{Hebrew}",
    "devanagari": r"\p{Devanagari}",
    "thai": r"\p{Thai}",
}
_ASKED = pattern(
    r"translat|translit|languages?\b|\b(?:in|into|to|from) (?-i:[A-Z])\w+|english|chinese|mandarin|cantonese|japanese|korean"
    r"|russian|ukrainian|bulgarian|serbian|greek|arabic|hebrew|persian|farsi|urdu|hindi|sanskrit|nepali|marathi|thai|pinyin"
    r"|romaji|kanji|hiragana|katakana|cyrillic|alphabet|spell|pronounc|emoji|code|program|sql|html|python",
    r"译|英文|英语|中文|汉语|日语|日文|韩语|法语|德语|俄语|语言|拼音|语种|字母|单词|句子|代码|编程|程序|函数|外语|英"
    r"|翻訳|英語|日本語|中国語|번역|영어|한국어|перев[ео]д|язык|английск|русск|ترجم|لغة|अनुवाद|แปล",
    r"langue|tradui|übersetz|sprache|traduc|idioma|c[oó]dig",
    any_case=True,
)
#: small words of sentences that names and titles do not have: is, are, you …; est, ist, es, não …
_VERBS = pattern(
    r"\b(?:is|are|was|were|be|been|has|have|had|will|would|can|could|may|should|you|your|it|its|that|this|which|they|we|she"
    r"|he|est|sont|qui|que|dans|pour|ist|sind|nicht|ich|wir|ein|eine|auf|es|son|pero|para|con|uma|di|che|per)\b",
    r"\b(?:está|não|são) ",
)
_LATIN = list(_SCRIPTS).index("latin")
MIN_PROMPT, MIN_ANSWER = 6, 20
PROMPT_SHARE, ANSWER_SHARE = 0.95, 0.85
WIDTH = 0.6
HEAD = 400  # characters of each that are looked at


def script_mismatch(view: View) -> pl.DataFrame:
    """Rows whose prompt and answer are in different scripts; the score is the share of one in the answer's letters."""
    found = _other_width(view)
    if found.is_empty():
        return view.settle(found)
    found = lacking(found.with_columns(text=view.joined(found["row"], "system", "prompt")), _ASKED)
    found = without_code(found.with_columns(text=view.joined(found["row"], "completion")))
    if found.is_empty():
        return view.settle(found)
    asked, answered = _main_script(view.joined(found["row"], "prompt")), _main_script(found["text"])
    fired = (
        (asked["script"] != answered["script"])
        & (asked["letters"] >= MIN_PROMPT)
        & (answered["letters"] >= MIN_ANSWER)
        & (asked["share"] >= PROMPT_SHARE)
        & (answered["share"] >= ANSWER_SHARE)
        & ((answered["script"] != _LATIN) | _is_sentence(found["text"]))
    )
    return view.settle(found.with_columns(score=answered["share"]).filter(fired))


def _is_sentence(texts: pl.Series) -> pl.Series:
    """Whether a text in Latin letters is running text: two words at least, and 3 % of them, are small words."""
    verbs = texts.str.count_matches(_VERBS)
    return (verbs >= 2) & (verbs >= 0.03 * texts.str.count_matches(r"[^\s]+"))


def _other_width(view: View) -> pl.DataFrame:
    """``row`` of those whose prompt and answers differ by more than `WIDTH` bytes a character."""
    asked, answered = _width(view, view.places("prompt")), _width(view, view.answered)
    differ = (asked > 0) & (answered > 0) & (np.abs(asked - answered) > WIDTH)
    return pl.DataFrame({"row": np.flatnonzero(differ).astype(np.uint32)})


def _width(view: View, places: Ints) -> npt.NDArray[np.float64]:
    """For each row the mean number of bytes a character over its texts at these places; 0 where it has none."""
    row, rows = view.rows(places), len(view.batch)
    size = np.bincount(row, weights=view.known.size[places], minlength=rows)
    width: npt.NDArray[np.float64] = size / np.maximum(
        np.bincount(row, weights=view.known.characters[places], minlength=rows), 1
    )
    return width


def _main_script(texts: pl.Series) -> pl.DataFrame:
    """``script, letters, share``: the commonest script, how many letters there are, and its share of them (0..1)."""
    counts = (
        texts.str.head(HEAD)
        .to_frame("text")
        .select(pl.col("text").str.count_matches(pattern).alias(name) for name, pattern in _SCRIPTS.items())
    )
    letters, most = counts.sum_horizontal(), counts.max_horizontal()
    which = counts.select(script=pl.concat_list(pl.all()).list.arg_max())["script"]
    return pl.DataFrame({"script": which, "letters": letters, "share": most / letters.clip(1)})
