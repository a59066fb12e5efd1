"""What checks look at: an answer, and what is read of it.

Everything that takes a search through the answer is done here, for all answers at once, with patterns that take linear time: an
answer is hostile, and may be of any length. The prompt, where an answer quotes it word for word, counts as nothing (`own`): to
repeat the question is no answer to it, nor is personal data that stood in it given away.
"""

from functools import lru_cache
from typing import NamedTuple

import polars as pl

from bloomery.metrics.numeric_answer import final_numbers
from bloomery.text.normalise import key
from bloomery.text.pattern import pattern
from bloomery.text.refusals import refused

#: prompts of fewer characters are words that an answer may well hold
QUOTED = 16
#: what a final number follows
MARKERS = ["####", "Answer:", "answer:", "ANSWER:"]

_EDGES = r"[\s\"'`*_.,:;!()\[\]“”‘’$\\{}]*"
_BARE = rf"\A{_EDGES}([A-Ja-j]){_EDGES}\z"
_BARE_LINE = r"\n[\s\"'`*_(\[]*([A-J])[\s\"'`*_.)\]]*\z"
_MARK = r"(?i:answer|choice|option|verdict|pick|choose)(?i: is| would be)?[\s:=*_\"'(\[`]*"
_MARKED = rf"\b{_MARK}([A-J])(?:[^\p{{L}}\p{{N}}\s]|[ \t]*(?:\n|\z)|[ \t]+(?:[-–—(]|(?:because|since|as)\b))"
_OPENING = r"(?m)^[ \t\"'`*_(\[]*([A-J])[).:\]](?:[\s*_]|$)"
_WORDS_BEFORE = pattern(r"\A(?s:.*)\b(?:final answer|answer)(?: is)?\s*[:=]\s*", any_case=True)


class Said(NamedTuple):
    """An answer."""

    prompt: str  #: what was asked last
    text: str  #: as the model wrote it
    own: str  #: the same without the prompt, where the answer quotes it
    key: str  #: `own` without case, width and white space (`bloomery.text.normalise`)
    refused: bool  #: whether it is a refusal, where the prompt asked for no letter or scene that may say so
    declines: bool  #: whether it reads as a refusal, whatever was asked
    number: str | None  #: the final number as it is written
    letter: str | None  #: the letter that is chosen, in upper case
    final: tuple[
        str, ...
    ]  #: keys of what may be the final answer: all of it, its last line, what follows the last "Answer:"
    beside: "Said | None" = None  #: the answer to the other prompt of a pair


def said(texts: pl.Series, prompts: pl.Series) -> list[Said]:
    """The answers with what is read of them; neither has nulls.

    >>> one = said(pl.Series(["Answer: (B), because 2 + 2 is 4"]), pl.Series(["?"]))[0]
    >>> one.letter, one.number, one.refused
    ('B', '4', False)
    """
    own = pl.Series([_own(text, prompt) for text, prompt in zip(texts, prompts, strict=True)], dtype=pl.String)
    last = own.str.strip_chars().str.extract(r"([^\n]*)\z")
    after = own.str.replace(_WORDS_BEFORE, "")
    columns = (
        prompts,
        texts,
        own,
        key(own),
        refused(own, prompts),
        refused(own),
        _numbers(own),
        letters(own),
        key(last.str.strip_chars(_STRIPPED)),
        key(after.str.strip_chars(_STRIPPED)),
        key(own.str.strip_chars(_STRIPPED)),
    )
    return [
        Said(prompt, text, mine, folded, no, never, number, letter, (line, rest, whole))
        for prompt, text, mine, folded, no, never, number, letter, line, rest, whole in zip(*columns, strict=True)
    ]


def _numbers(texts: pl.Series) -> pl.Series:
    """The number right after the last marker, else the last one of all."""
    marked, last = (
        final_numbers(texts, markers, fallback=True).alias(name) for name, markers in (("a", MARKERS), ("b", []))
    )
    return pl.DataFrame([marked, last]).select(number=pl.coalesce("a", "b"))["number"]


def _own(text: str, prompt: str) -> str:
    quoted = prompt.strip()
    return text.replace(quoted, "") if len(quoted) >= QUOTED else text


_STRIPPED = " \t\r\n\"'`*_.“”‘’"


@lru_cache(maxsize=8192)
def trimmed(text: str) -> str:
    """The key of a text without quotation marks, emphasis and full stops around it: as `Said.final` has them.

    >>> trimmed("**Paris.**")
    'paris'
    """
    return str(key(pl.Series([text.strip(_STRIPPED)]))[0])


def letters(texts: pl.Series) -> pl.Series:
    """The letter A to J that each answer chooses, in upper case; null where none is, or it cannot be told.

    It is the whole answer or its last line; else what follows the last "answer", "choice", …; else the only letter that a line
    begins with, as options are written. An answer that lists all options chooses none.

    >>> letters(pl.Series(["b)", "Answer: A? No. The answer is C.", "B) Rome", "A) Oslo\\nB) Rome", "A good question"])).to_list()
    ['B', 'C', 'B', None, None]
    """
    bare = texts.str.extract(_BARE).str.to_uppercase()
    line = texts.str.extract(_BARE_LINE)
    marked = texts.str.extract(rf"\A(?s:.*){_MARKED}")
    opened = texts.str.extract_all(_OPENING).list.eval(pl.element().str.extract(r"([A-J])"))
    one = opened.list.unique().list.len() == 1
    opening = opened.list.first().zip_with(
        one.fill_null(False), pl.Series([None], dtype=pl.String).new_from_index(0, len(texts))
    )
    found = pl.DataFrame({"bare": bare, "line": line, "marked": marked, "opening": opening})
    return found.select(letter=pl.coalesce("bare", "line", "marked", "opening"))["letter"]
