"""Near duplicates among short rows: so few words that one changed word takes most word runs with it.

A changed word costs a text of n words three of its n − 2 word 3-grams, so the similarity of 3-grams reaches 0.8 only from 29
words on. Rows of at most `LONGEST` words are therefore compared in a second way: the share of the longer row's words that
need no change (1 − edits / words, by Levenshtein's distance over words). At 0.92 one word may differ in 13, two in 25; in
scripts without spaces, where a character counts as a word, two characters in 25. Both measures hold up to `LONGEST`, so there
is no length at which neither sees a changed word.

Rows of up to `LONGEST` words differ in what matters as soon as they differ in a number, a negation or an identifier, whatever
else they differ in. So these words must be the same, in any order, by either measure; of the variable words of
`bloomery.text.kinds` the common ones ("good", "first", "day") do not count here. And they are different texts where one word
stands for another at two places or more ("the weather in Oslo", in question and answer): two fillings of one template.

The search is exact: rows within e edits of n words share at least n − e words, counted as often as they stand there, so
their multisets have a Jaccard similarity of s / (2 − s) or more, where s is the similarity asked for.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.edits import edits, occurrences, slots
from bloomery.kernels.meet import Met
from bloomery.text.similar import Pairs, Sets, added, loose_pairs

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

#: words of a short row at most; two changed words are within 0.8 by word 3-grams from 56 on
LONGEST = 60
_SLACK = 1e-9


class Short(NamedTuple):
    """One entry a row in each."""

    words: Sets  # the words of a short row, in order, whoever says them; empty for others
    variables: U64  # equal for equal telling words of short rows, in any order

    @property
    def rows(self) -> npt.NDArray[np.bool_]:
        """Which rows are short (and have words)."""
        return self.words.size > 0

    def take(self, rows: Ints) -> "Short":
        """The given rows, in that order."""
        return Short(self.words.take(rows), self.variables[rows])


def differ(found: Short, a: Ints, b: Ints) -> npt.NDArray[np.bool_]:
    """Which pairs are two short rows that have different telling words, or that fill a template with another word."""
    both_short = np.flatnonzero(found.rows[a] & found.rows[b])
    x, y = a[both_short], b[both_short]
    other = np.not_equal(found.variables[x], found.variables[y]) | slots(*found.words, x, y)
    out = np.zeros(len(a), dtype=np.bool_)
    out[both_short[other]] = True
    return out


def similar(found: Short, least: float, blocks: Ints | None, *, most: int) -> Met:
    """Pairs of short rows of which at least the share `least` (above 0, to 1) of words needs no change, ascending.

    But for crowds: rows that meet more than about `most` others each are told instead of the pairs among them.
    """
    rows = np.flatnonzero(found.rows)
    words = found.words.take(rows)
    sets = Sets(*occurrences(*words))
    block = None if blocks is None else blocks[rows]
    near, many = loose_pairs(sets, least_shared(least), blocks=block, most=most)
    score = unchanged(words, near.a, near.b, least)
    reached = score >= 0
    crowd = np.zeros(len(found.rows), dtype=np.bool_)
    crowd[rows[many]] = True
    return Met(Pairs(rows[near.a[reached]], rows[near.b[reached]], score[reached]), crowd)


def least_shared(least: float) -> float:
    """The Jaccard similarity that the multisets of two rows have if at least that share of words needs no change."""
    return least / (2 - least) - _SLACK


def unchanged(words: Sets, a: Ints, b: Ints, least: float) -> npt.NDArray[np.float64]:
    """The share of words that need no change in the pairs (a[i], b[i]), -1 where it is below `least`."""
    size = np.maximum(words.size[a], words.size[b])
    most = np.floor((1 - least) * size + _SLACK).astype(np.int64)
    changes = edits(*words, a, b, most)
    return np.where(changes <= most, 1 - changes / size, -1.0)


def both(one: Pairs, other: Pairs) -> Pairs:
    """The pairs of either; one that is in both with the similarity it has in `one`."""
    a, b, similarity = added(one, other)
    order = np.lexsort((b, a))
    a, b, similarity = a[order], b[order], similarity[order]
    first = np.append(True, (a[1:] != a[:-1]) | (b[1:] != b[:-1]))[: len(a)]
    return Pairs(a[first], b[first], similarity[first])
