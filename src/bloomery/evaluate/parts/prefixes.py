"""Rows whose answers a model can be asked to continue: some of the training rows, and others of about the same length."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.evaluate.parts.continuing import LEAST, WIDTH, Cut, cut, telling
from bloomery.evaluate.testset import told
from bloomery.evaluate.turns import Turn, turns_of
from bloomery.formats.base import Format
from bloomery.formats.read import Reader
from bloomery.formats.verdict import decode
from bloomery.schema import Batch
from bloomery.text.tokens import tokens

#: words of an answer from which its half may be long enough
WORDS = 2 * (LEAST + WIDTH - 1)
#: candidates that are kept for each row that is wanted, as some cannot be used once they are looked at
_SPARE = 3
#: how many times as long, or as short, a row may be as the one that it is put beside
_FACTOR = 2.0


class Prefix(NamedTuple):
    """A row whose answer is cut in two."""

    item: str
    prompt: str | None
    messages: Sequence[Turn] | None
    answer: str
    cut: Cut


class _Candidate(NamedTuple):
    priority: int
    row: str
    raw: bytes
    form: Format


class Sample:
    """At most so many training rows with long answers, drawn by the seed as they stream past; in batches of any size the same."""

    def __init__(self, most: int, seed: int) -> None:
        self._most, self._seed = most, seed
        self._source = -1
        self._form: Format | None = None
        self._kept: list[_Candidate] = []

    def begin(self, reader: Reader) -> None:
        """The batches that follow are of this reader."""
        self._source += 1
        self._form = reader.formats[0]

    def take(self, batch: Batch) -> None:
        """A batch of training rows."""
        assert self._form is not None
        lengths = np.diff(tokens(batch.text("completion")).offsets)
        places = np.flatnonzero(lengths >= WORDS)
        if not len(places):
            return
        numbers = batch.rows["n"].to_numpy()[places].astype(np.uint64) + np.uint64(self._source << 40)
        priority = mixed(numbers, self._seed)
        best = np.argsort(priority, kind="stable")[: _SPARE * self._most]
        rows = batch.rows[places[best]]
        new = zip(priority[best].tolist(), rows["id"], rows["raw"], strict=True)
        self._kept += [_Candidate(first, row, raw, self._form) for first, row, raw in new]
        self._kept = sorted(self._kept, key=lambda one: one.priority)[: _SPARE * self._most]

    def prefixes(self) -> list[Prefix]:
        """The rows that were drawn."""
        found = [one for one in map(_prefix, self._kept) if one is not None]
        return _telling(found)[: self._most]


def mixed(numbers: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """Numbers as random ones, by the seed (SplitMix64, Steele, Lea and Flood 2014)."""
    x = numbers + np.uint64((0x9E3779B97F4A7C15 * (seed + 1)) % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)


def _prefix(one: _Candidate) -> Prefix | None:
    record = decode(one.raw)
    row = record if isinstance(record, str) else told(one.form, record)
    if isinstance(row, str):
        return None
    return Prefix(one.row, row.prompt, row.messages, row.references[0], cut(row.references[0]))


def of_items(frame: pl.DataFrame) -> list[Prefix]:
    """The items of a test whose first reference can be continued."""
    rows = zip(frame.select("item", "prompt", "references").iter_rows(), turns_of(frame), strict=True)
    return _telling([Prefix(item, prompt, some, refs[0], cut(refs[0])) for (item, prompt, refs), some in rows])


def _telling(rows: Sequence[Prefix]) -> list[Prefix]:
    enough = telling([one.cut for one in rows]) if rows else ()
    return [one for one, able in zip(rows, enough, strict=True) if able]


def matched(seen: Sequence[Prefix], others: Sequence[Prefix]) -> list[Prefix]:
    """For each of `seen` one of `others`, each once, whose answer is about as long; fewer where there is none left."""
    free = sorted((len(one.answer), place) for place, one in enumerate(others))
    found = []
    for wanted in sorted(len(one.answer) for one in seen):
        at = bisect_left(free, (wanted, -1))
        near = [place for place in (at - 1, at) if 0 <= place < len(free)]
        best = min(near, key=lambda place: abs(free[place][0] - wanted), default=None)
        if best is not None and 1 / _FACTOR <= free[best][0] / wanted <= _FACTOR:
            found.append(free.pop(best)[1])
    return [others[place] for place in sorted(found)]
