"""The marks of a batch: what one scan says of each of its texts, made once and shared by all ops.

Ops ask `marks` for how long the texts are, and where a slower search is worth its time (`bloomery.kernels.marks` tells
the facts). The batch keeps them; when an op edits a few texts, only these are scanned again.
"""

from functools import cache
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.kernels.marks import TABLE, mark
from bloomery.kernels.views import Views, views
from bloomery.schema import Batch

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: beyond ASCII, what no step of `normalize` changes, whatever stands beside it: not invisible, combining class 0,
#: NFC_Quick_Check=Yes
INERT = (
    *((0xA0, 0xAC), (0xAE, 0x2FF)),  # Latin
    *((0x388, 0x38A), (0x38C, 0x38C), (0x38E, 0x3A1), (0x3A3, 0x482), (0x48A, 0x52F)),  # Greek, Cyrillic
    *((0x5D0, 0x5EA), (0x620, 0x64A), (0xE01, 0xE37), (0xE40, 0xE46)),  # Hebrew, Arabic, Thai
    *((0x1EA0, 0x1EF9), (0x2010, 0x2027), (0x2030, 0x205E), (0x20A0, 0x20C0)),  # Vietnamese, punctuation, currency
    *((0x2190, 0x2328), (0x2500, 0x27FF)),  # arrows, mathematics, boxes, symbols
    *(
        (0x3001, 0x3029),
        (0x3041, 0x3096),
        (0x30A0, 0x30FF),
        (0x4E00, 0x9FFF),
        (0xAC00, 0xD7A3),
        (0xFF01, 0xFF5E),
    ),  # CJK
    *((0xFE0F, 0xFE0F), (0x1F300, 0x1F6D7), (0x1F900, 0x1F9FF)),  # emoji
)


#: white space beyond ASCII
SPACES = (
    "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)


class Marks(NamedTuple):
    """What is known of each text, aligned with ``batch.parts``."""

    views: Views  # where the texts stand
    characters: Ints
    blanks: Ints  # characters that are white space
    facts: npt.NDArray[np.uint32]
    first: npt.NDArray[np.uint8]  # the first byte; 0 for an empty text
    last: npt.NDArray[np.uint8]

    @property
    def size(self) -> Ints:
        """Bytes of each text."""
        return self.views.size

    def has(self, facts: int) -> Bools:
        """Which texts have at least one of these facts (of `bloomery.kernels.marks`, added up)."""
        found: Bools = (self.facts & np.uint32(facts)) != 0
        return found

    def renewed(self, parts: pl.DataFrame, changed: Ints) -> Self:
        """The marks of `parts`, of which only the texts at the places `changed` are others than before."""
        now = views(parts["text"])
        some = mark(now.take(changed), _table())
        found = self._replace(
            views=now,
            characters=self.characters.copy(),
            blanks=self.blanks.copy(),
            facts=self.facts.copy(),
            first=self.first.copy(),
            last=self.last.copy(),
        )
        found.characters[changed], found.blanks[changed], found.facts[changed] = (
            some.characters,
            some.blanks,
            some.facts,
        )
        found.first[changed], found.last[changed] = some.first, some.last
        return found


def marks(batch: Batch) -> Marks:
    """The marks of the texts in ``batch.parts``."""
    return batch.derived(Marks, lambda parts: marks_of(parts["text"]))


def marks_of(texts: pl.Series) -> Marks:
    """The marks of some texts (String); null counts as empty.

    >>> found = marks_of(pl.Series(["café", "", "a@b"]))
    >>> found.characters.tolist(), found.size.tolist(), found.first.tolist()
    ([4, 0, 3], [5, 0, 3], [99, 0, 97])
    """
    there = views(texts)
    return Marks(there, *mark(there, _table()))


def characters(batch: Batch) -> Ints:
    """How many characters each part of `batch` has."""
    return marks(batch).characters


def visible(batch: Batch) -> Ints:
    """How many characters other than white space each part of `batch` has."""
    found = marks(batch)
    return found.characters - found.blanks


@cache
def _table() -> npt.NDArray[np.uint8]:
    """For each code point below `TABLE` 1 if it is neither ASCII nor inert, and 2 more if it is white space."""
    table = np.ones(TABLE, dtype=np.uint8)
    table[:0x80] = 0
    for first, last in INERT:
        table[first : last + 1] = 0
    table[[ord(space) for space in SPACES]] += 2
    return table
