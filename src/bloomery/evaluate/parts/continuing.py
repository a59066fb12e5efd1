"""Does a model continue a text word for word? What it says is held against how the text really goes on.

A text is cut in the middle. Of the rest, the runs of three words are counted that the shown half does not have (what can be
copied from it proves nothing), and the share of them that the model says, anywhere in its reply: so a sentence before it, or the
beginning said again, does no harm, and another word in the middle costs three runs. From `NEAR` on it is near-verbatim. Texts
with fewer than `LEAST` such runs are left out: so short an ending is guessed.

Words are those of `bloomery.text.tokens`, so case and punctuation do not matter, and scripts without spaces have words too.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.text.shingles import shingles
from bloomery.text.tokens import tokens

WIDTH, LEAST, NEAR = 3, 8, 0.8


class Cut(NamedTuple):
    """A text in two."""

    shown: str
    rest: str


def cut(text: str) -> Cut:
    """The two halves of a text, cut at the white space nearest to its middle; in the middle, where there is none near it.

    >>> cut("one two three four"), cut("一二三四")
    (Cut(shown='one two', rest='three four'), Cut(shown='一二', rest='三四'))
    """
    text = text.strip()
    middle = len(text) // 2
    reach = max(1, len(text) // 4)
    blanks = [place for place in range(max(0, middle - reach), middle + reach) if text[place : place + 1].isspace()]
    at = min(blanks, key=lambda place: (abs(place - middle), place), default=middle)
    return Cut(text[:at].rstrip(), text[at:].lstrip())


def telling(cuts: Sequence[Cut]) -> NDArray[np.bool_]:
    """Which texts have so many runs of words in their rest that saying them tells something."""
    return np.array([len(runs) >= LEAST for runs in _new(cuts)], dtype=np.bool_)


def said(cuts: Sequence[Cut], replies: Sequence[str | None]) -> list[float | None]:
    """The share of each rest that a reply says, 0 to 1; None where there is no reply, or nothing to say.

    >>> text = Cut("the old man", "sat by the wide river and sang a song of home until the sun was gone")
    >>> said([text, text], ["Sure: sat by the wide river and sang a song of home until the sun was gone.", "I cannot know."])
    [1.0, 0.0]
    """
    theirs = _runs([reply or "" for reply in replies])
    found: list[float | None] = []
    for runs, spoken, reply in zip(_new(cuts), theirs, replies, strict=True):
        found.append(None if reply is None or not len(runs) else float(np.isin(runs, spoken).mean()))
    return found


def near(shares: Sequence[float | None]) -> list[bool | None]:
    """Whether what was said is near-verbatim; None where it is not known."""
    return [None if one is None else one >= NEAR for one in shares]


def prompt(name: str, **parts: str) -> str:
    """One of the prompts of this folder, with its names filled in; what is filled in is never looked into."""
    found = (files("bloomery.evaluate.parts") / "prompts" / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")
    head, *pieces = found.split("{")
    told = [head]
    for piece in pieces:
        key, _, after = piece.partition("}")
        told += [parts[key], after]
    return "".join(told)


def _new(cuts: Sequence[Cut]) -> list[NDArray[np.uint64]]:
    """The runs of each rest that are not in what is shown."""
    rest, shown = _runs([one.rest for one in cuts]), _runs([one.shown for one in cuts])
    return [runs[~np.isin(runs, before)] for runs, before in zip(rest, shown, strict=True)]


def _runs(texts: Sequence[str]) -> list[NDArray[np.uint64]]:
    found = shingles(tokens(pl.Series(texts, dtype=pl.String)), WIDTH)
    return [found.row(row) for row in range(len(texts))]
