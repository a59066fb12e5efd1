"""Answers that are not there: empty, a placeholder, an unfilled template, or the prompt said again.

*Empty* is no visible character in any of the row's answers, and no tool call in their place.

*Placeholder* is a short answer that consists of nothing but a marker (``noinput``, ``N/A``, ``[insert answer]``, ``TODO``),
or dummy Latin. Words that can be a true answer (``none``, ``null``, ``no``) count only if the prompt does not lead to
them. "[Your Name]" at the end of a letter is a good answer and does not count: the whole answer must be the marker.

*Unfilled template* is ``{{name}}`` left in an answer. Some sets ship so on purpose, for the user to fill in; a model
trained on them as they are says "I am {{name}}", so they are dropped until somebody does. A prompt about templates or
code, or one that holds braces itself, is left alone.

*Answer equals prompt* compares normalised texts, with the whole prompt and with its first part (the instruction). Texts
under `MIN_BYTES` do not count: "Good morning" may well be answered by "Good morning".
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.signals.code import not_about_code, without_code
from bloomery.clean.signals.view import View
from bloomery.kernels.marks import IPSUM
from bloomery.text.marks import Bools
from bloomery.text.normalise import key
from bloomery.text.pattern import having, lacking, pattern

MIN_BYTES = 20

_FIRST_VISIBLE, _LAST_ASCII, _TAG = ord("!"), 0x7F, ord("<")
_INVISIBLE = (
    r"^[\s\x00-\x1F\u{AD}\u{61C}\u{115F}\u{1160}\u{180B}-\u{180F}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{206F}\u{2800}"
    r"\u{3164}\u{FE00}-\u{FE0F}\u{FEFF}]*$"
)
_SURE = (
    r"<?no[ _-]?(?:in|out)put>?|n\s?/\s?a|t\.?b\.?[da]|to ?do|fix ?me|placeholder(?: text)?|dummy(?: text)?"
    r"|(?:the |your )?(?:answer|response|output|text|completion)s? (?:goes )?here|insert (?:\w+ ){0,3}here"
    r"|to be (?:filled|added|completed|determined|written|announced)(?: in)?(?: later)?|coming soon|fill me in"
    r"|无输入|无输出|待补充|待定|待填写|占位符|此处填写\S*|[\[(（<【](?:此处)?(?:插入|附[带上]?)[^\[\]()（）<>【】]*[\])）>】]"
)
_MARKER = r"[\[<{(]{1,2}\s*(?:insert|your|enter|add|fill in|put|type|write|the)\b[^\[\]<>{}()]*[\]>})]{1,2}"
_MAYBE = r"none|null|nil|nan|undefined|nothing|not applicable|not available|no answer|no response|无|暂无|没有|不适用"
_EDGES = r"""["'`“”‘’.。!！*_\s]*"""
_LEADS = pattern(
    r"\b(?:none|null|nil|nan|undefined|nothing|any|anything|if no|if there|which|whether|is there|are there|how many"
    r"|find|identify|extract|detect|list|classif\w+|categor\w+|choose|select|what|who|where|when|return\w*|output|print"
    r"|n/a|not applicable|code|function|error|missing|example|input)\b",
    r"[?？]|[无没]|是否|哪|什么|找出|提取|识别|输出|返回",
    any_case=True,
)
_OPENS = pattern(r"^\s*<no[ _-]?(?:in|out)put>", any_case=True)
_NAMED = pattern(r"\b(?:n/a|to-?do|tb[ad])\b|placeholder|if (?:there (?:is|are)|you) (?:no|can|do)", any_case=True)
_LATIN_ASKED = r"(?i)lorem|dummy|latin|filler|placeholder"
_LATIN = "orem ipsum dolor"
_BRACES = pattern(r"(?:^|[^\\{}\w])\{\{\s*[A-Za-z_][\w .-]{0,40}\}\}")


def _whole(marker: str) -> str:
    """A pattern for texts that are nothing but `marker`, give or take quotation marks and a full stop."""
    return pattern(rf"^{_EDGES}(?:{marker}){_EDGES}$", any_case=True)


_SURE_MARKER = _whole(f"{_SURE}|{_MARKER}")
_ANY_MARKER = _whole(f"{_SURE}|{_MARKER}|{_MAYBE}")


def empty_answer(view: View) -> pl.DataFrame:
    """Rows in which no answer has a visible character, and that call no tool."""
    first = view.known.first[view.answered]
    blank = having(view.lines(view.answered[(first < _FIRST_VISIBLE) | (first >= _LAST_ASCII)]), _INVISIBLE)
    if blank.is_empty():
        return view.settle(blank)
    others = view.answers.join(blank, on="row", how="semi").join(blank, on="index", how="anti")
    return view.settle(view.without_tools(blank.join(others, on="row", how="anti").sort("row")))


def placeholder_answer(view: View) -> pl.DataFrame:
    """Rows with an answer that is nothing but a marker for one, or that holds dummy Latin."""
    first = view.known.first[view.answered]
    tags = view.lines(view.answered[(first < _FIRST_VISIBLE) | (first == _TAG)])
    found = [having(tags, _OPENS), _markers(view), _latin(view)]
    return view.settle(pl.concat([each.select("row") for each in found]))


def _markers(view: View) -> pl.DataFrame:
    """The answers that are a marker; one that may be a true answer must not be led to by the prompt."""
    short = having(view.lines(view.answered[view.known.size[view.answered] <= 90]), _ANY_MARKER)
    short = view.with_prompt(short)
    sure = having(short, _SURE_MARKER)
    maybe = short.join(sure, on="index", how="anti", maintain_order="left")
    return pl.concat([lacking(sure, _NAMED, column="prompt"), lacking(maybe, _LEADS, column="prompt")])


def _latin(view: View) -> pl.DataFrame:
    """The answers with dummy Latin that nobody asked for."""
    found = view.with_prompt(view.answers_with(IPSUM).filter(pl.col("text").str.contains(_LATIN, literal=True)))
    return lacking(without_code(not_about_code(found)), _LATIN_ASKED, column="prompt")


def unfilled_template(view: View) -> pl.DataFrame:
    """Rows with ``{{name}}`` left in an answer that is not about templates or code."""
    found = view.marked.filter(pl.col("text").str.contains("{{", literal=True))
    found = without_code(not_about_code(view.with_prompt(having(found, _BRACES))))
    return view.settle(found.filter(~pl.col("prompt").str.contains("{{", literal=True)))


def answer_equals_prompt(view: View) -> pl.DataFrame:
    """Rows in which an answer is, normalised, the instruction before it, or the row's whole prompt of several parts."""
    pairs = pl.concat([_instructions(view), _whole_prompts(view)])
    for end in (_start, _end):  # a first look, which leaves next to nothing
        pairs = pairs if pairs.is_empty() else pairs.filter(end("text") == end("prompt"))
    if pairs.is_empty():
        return view.settle(pairs)
    keys = key(pl.concat([pairs["text"], pairs["prompt"]]))
    return view.settle(pairs.filter(keys.head(len(pairs)) == keys.tail(len(pairs))))


def _instructions(view: View) -> pl.DataFrame:
    """The answers of about the size of the first part of the prompt before them (an alpaca row's instruction) and that."""
    firsts = view.places("prompt")[view.places("prompt") == view.turns]
    before = np.searchsorted(firsts, view.answered) - 1
    there = before >= 0
    answers, firsts = view.answered[there], firsts[before[there]]
    alike = (view.rows(answers) == view.rows(firsts)) & _near(view.known.size[answers], view.known.size[firsts])
    return view.lines(answers[alike]).with_columns(prompt=view.lines(firsts[alike])["text"])


def _whole_prompts(view: View) -> pl.DataFrame:
    """The answers of about the size of the row's whole prompt, where that has several parts, and the prompt."""
    asked, row = view.places("prompt"), view.rows(view.answered)
    if (np.diff(view.rows(asked).astype(np.int64)) > 0).all():  # one part each
        return view.lines(asked[:0]).with_columns(prompt=pl.lit("", dtype=pl.String))
    parts = np.bincount(view.rows(asked), minlength=len(view.batch))
    size = np.bincount(view.rows(asked), weights=view.known.size[asked], minlength=len(view.batch))
    alike = (parts[row] > 1) & _near(view.known.size[view.answered], size[row])
    several = view.lines(view.answered[alike])
    several = several.with_columns(prompt=view.joined(several["row"], "prompt"))
    return several.filter(pl.Series(_near(*(several[name].str.len_bytes().to_numpy() for name in ("text", "prompt")))))


def _near(mine: npt.NDArray[Any], size: npt.NDArray[Any]) -> Bools:
    """Whether each text has about `size` bytes, and enough of them to tell."""
    near: Bools = (mine >= MIN_BYTES) & (size >= 0.9 * mine - 8) & (size <= 1.1 * mine + 8)
    return near


def _start(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars_start().str.head(3).str.to_lowercase()


def _end(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars_end().str.tail(3).str.to_lowercase()
