"""Answers that repeat themselves: the loops a model falls into, and pages pasted twice.

*Repeated lines*: the share of an answer's bytes that stand in lines said before (Gopher's duplicate-line fraction, Rae et
al. 2021, table A1), over lines of at least `MIN_LINE` bytes with a letter or digit in them, where one of them stands there
`MIN_TIMES` times or more: a summary may well say each point once more.

*Repeated n-grams*: the share of its tokens that stand in a run of `WIDTH` tokens said before (Gopher's duplicate n-gram
fraction, by tokens). Gopher's limits (0.1 to 0.2) are made for web pages of thousands of words; answers are short, and
worked sums, letters and lists repeat phrases, so ours are far higher.

The scan for n-grams looks whether the answer's end stands earlier in it, too: a loop goes on to the end. Songs, poems,
plans day by day, code, tables, and prompts that ask for repetition do not count.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.signals.code import not_about_code, without_code, without_tables
from bloomery.clean.signals.view import View
from bloomery.kernels.marks import LINES, SPACE
from bloomery.kernels.phrases import PROBE, end_again, lines_again
from bloomery.text.pattern import having, lacking, pattern
from bloomery.text.shingles import ngrams
from bloomery.text.tokens import tokens

MIN_LINE = 12
MIN_TIMES = 3
WIDTH = 6
MIN_TOKENS = 40
MIN_BYTES = 160
SLACK = 0.15  # words that differ only in punctuation

_ASKED = pattern(
    r"\b(?:repeat|repetit|over and over\b|times\b|again\b|songs?\b|lyric|chorus|poems?\b|poetry|rap\b|haiku|verses?\b|rhym"
    r"|mantra|chant|prayer|pattern|pyramid|sequence|drills?\b|ascii|art\b|draw\b|tables?\b|dialogue|schedule|calendar"
    r"|board\b|matrix|grid\b)",
    r"重复|反复|诗|歌|词|曲|押韵|表格|图案|日程",
    any_case=True,
)
_WORDY = r"[\p{L}\p{N}]"  # not a rule or a frame
#: songs, and plans day by day
_BY_FORM = pattern(
    r"\b(?:chorus|verse|refrain|bridge) ?\d?\s*[:)\]]",
    r"合唱|副歌|歌词",
    r"\bmonday\b(?s:.*)\btuesday\b|\b(?:day|week) (?:1|one)\b(?s:.*)\b(?:day|week) (?:2|two)\b|(?:星期|周)一(?s:.*)(?:星期|周)二",
    any_case=True,
)


def repeated_lines(view: View, limit: float) -> pl.DataFrame:
    """Rows with an answer of which more than `limit` (0..1, a share of its bytes) are lines said before."""
    text = pl.col("text").str
    many = _many_lines(view)
    if many.is_empty():
        return view.settle(many)
    many = many.with_columns(line=text.replace_all("\n\n", "\n", literal=True).str.split("\n"))
    many = many.filter(pl.col("line").list.n_unique() < pl.col("line").list.len())
    lines = many.select("row", "index", "line").explode("line").with_columns(pl.col("line").str.strip_chars())
    lines = having(lines.filter(pl.col("line").str.len_bytes() >= MIN_LINE), _WORDY, column="line")
    lines = lines.group_by("row", "index", "line", maintain_order=True).agg(times=pl.len())
    size, times = pl.col("line").str.len_bytes(), pl.col("times")
    shares = lines.group_by("row", "index", maintain_order=True).agg(
        score=(size * (times - 1)).sum() / (size * times).sum(), times=times.max()
    )
    found = shares.filter((pl.col("score") > limit) & (pl.col("times") >= MIN_TIMES))
    return view.settle(_not_meant(view, found.join(many.select("index", "text"), on="index", maintain_order="left")))


def _many_lines(view: View) -> pl.DataFrame:
    """The answers that may have one line `MIN_TIMES` times; all with as many lines if they hold white space beyond ASCII."""
    many = view.answered[view.known.has(LINES)[view.answered]]
    again = lines_again(view.known.views.take(many), MIN_LINE, MIN_TIMES)
    return view.lines(many[again | view.known.has(SPACE)[many]])


def repeated_ngrams(view: View, limit: float) -> pl.DataFrame:
    """Rows with an answer of which more than `limit` (0..1, a share of its tokens) are runs of words said before."""
    found = _not_meant(view, _poor(_loops(view), 1 - limit + SLACK))
    if found.is_empty():
        return view.settle(found)
    grams = ngrams(tokens(found["text"]), WIDTH)
    size = pl.Series(np.diff(grams.offsets)) + WIDTH - 1
    found = found.with_columns(score=_said_before(grams.values, grams.offsets))
    return view.settle(found.filter((found["score"] > limit) & (size >= MIN_TOKENS)))


def _loops(view: View) -> pl.DataFrame:
    """Answers of at least `MIN_BYTES` whose end stands earlier in them, too."""
    text = pl.col("text").str
    long = view.answered[view.known.size[view.answered] >= MIN_BYTES]
    long = long[end_again(view.known.views.take(long))]
    if not len(long):
        return view.lines(long)
    return view.lines(long).filter(text.head(-PROBE).str.contains(text.tail(PROBE), literal=True))


def _poor(answers: pl.DataFrame, limit: float) -> pl.DataFrame:
    """Answers of which at most `limit` (a share) of the words are new: in what was said before no word is new.

    Words are what stands between spaces; a text with fewer than one space in 16 characters (Chinese) passes.
    """
    if answers.is_empty():
        return answers
    words = pl.col("text").str.split(" ").list
    spaced = words.len() * 16 >= pl.col("text").str.len_chars()
    return answers.filter(~spaced | (words.n_unique() <= limit * words.len()))


def _said_before(grams: npt.NDArray[np.uint64], offsets: npt.NDArray[np.int64]) -> pl.Series:
    """For each text the share of its tokens that stand in a run of tokens which occurred before in it (0..1)."""
    sizes = np.diff(offsets)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    first = pl.struct("owner", "gram").is_first_distinct()
    again = np.flatnonzero(~pl.DataFrame({"owner": owner, "gram": grams}).select(first).to_series().to_numpy())
    # The j-th n-gram of a text starts at its j-th token, and a text has WIDTH - 1 more tokens than n-grams.
    starts = again + owner[again] * (WIDTH - 1)
    bounds = offsets + np.arange(len(offsets)) * (WIDTH - 1)
    edges = np.zeros(bounds[-1] + 1, dtype=np.int64)
    np.add.at(edges, starts, 1)
    np.add.at(edges, starts + WIDTH, -1)
    covered = np.concatenate([[0], np.cumsum(np.cumsum(edges[:-1]) > 0)])
    return pl.Series(np.diff(covered[bounds]) / np.maximum(np.diff(bounds), 1))


def _not_meant(view: View, found: pl.DataFrame) -> pl.DataFrame:
    """`found` without code, tables, songs, plans, and answers to prompts that ask for repetition."""
    found = view.with_prompt(lacking(without_tables(without_code(found)), _BY_FORM))
    return not_about_code(lacking(found, _ASKED, column="prompt"))
