"""Units: what may not be torn apart.

Two rows belong together when their texts are the same or nearly so (Jaccard similarity of word shingles at or above the
threshold), when they share a group, or when they came from one record (the paths of a conversation tree). The units are
the connected components of that relation: here, unlike in cleaning, chains are wanted, for a row that resembles a
training row which resembles a test row must be on one side.

Two texts of a row are compared, by ``match``: the whole (prompt and completion), and the question alone, since a question
that the model saw with another answer is leaked all the same. Rows of a task with labels are compared by question
alone, whatever their labels. Identical texts meet by fingerprint, so the pair search sees each text once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import Batch
from bloomery.text.fingerprint import fingerprint
from bloomery.text.linked import linked
from bloomery.text.shingles import shingles
from bloomery.text.similar import Pairs, components, sets_of
from bloomery.text.tokens import Ragged, tokens

Ints = npt.NDArray[np.int64]


class Units(NamedTuple):
    """Which rows belong together; all numbers are row numbers."""

    of_row: Ints  # unit of each row, from 0
    rows: Ints  # rows in each unit
    clusters: int  # duplicate clusters of two rows or more, before groups
    in_clusters: int  # rows in them
    largest: Ints  # the rows of the largest cluster (empty if there is none)


def compared(batch: Batch, match: str) -> dict[str, pl.Series]:
    """The texts of a batch's rows that are compared, by kind (``text``, ``question``)."""
    question = batch.text("prompt")
    text = question if batch.task == "label" else batch.text("prompt", "completion", "text")
    kinds = {"text": text, "question": question}
    return kinds if match == "both" else {match: kinds[match]}


class Sets:
    """The shingle sets of one kind of text, gathered batch by batch."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.pieces: list[Ragged] = []

    def add(self, texts: pl.Series) -> None:
        """Take the texts of the next rows."""
        self.pieces.append(shingles(tokens(texts), self.width))

    def all(self) -> Ragged:
        """One set a row, over all rows added."""
        return joined(self.pieces)


def joined(pieces: Sequence[Ragged]) -> Ragged:
    """One Ragged of the rows of many."""
    values = np.concatenate([np.zeros(0, dtype=np.uint64), *(piece.values for piece in pieces)])
    lengths = np.concatenate([np.zeros(0, dtype=np.int64), *(np.diff(piece.offsets) for piece in pieces)])
    return Ragged(values, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


class Distinct(NamedTuple):
    """The distinct non-empty sets among the rows of a Ragged."""

    rows: Ints  # the first row of each distinct set
    which: Ints  # for each row the index into `rows`, -1 for an empty set


def distinct(sets: Ragged) -> Distinct:
    """Rows with equal sets, found by fingerprint."""
    filled = np.flatnonzero(np.diff(sets.offsets))
    _, first, inverse = np.unique(fingerprint(sets)[filled], return_index=True, return_inverse=True)
    which = np.full(len(sets.offsets) - 1, -1, dtype=np.int64)
    which[filled] = inverse
    return Distinct(filled[first], which)


def duplicates(sets: Ragged, threshold: float) -> tuple[Ints, Ints]:
    """Edges that join the rows with equal sets, and those that hang together by a similarity of at least `threshold`."""
    unique = distinct(sets)
    copies = np.flatnonzero(unique.which >= 0)
    first = unique.rows[unique.which[copies]]
    copies, first = copies[copies != first], first[copies != first]
    near = linked(sets_of(sets).take(unique.rows), threshold)
    return np.concatenate([first, unique.rows[near.a]]), np.concatenate([copies, unique.rows[near.b]])


def same_group(groups: Ints) -> tuple[Ints, Ints]:
    """Edges from each row of a group to the group's first; -1 is no group."""
    rows = np.flatnonzero(groups >= 0)
    _, first, inverse = np.unique(groups[rows], return_index=True, return_inverse=True)
    return rows[first][inverse], rows


def units(kinds: Sequence[Ragged], groups: Sequence[Ints], threshold: float, n: int) -> Units:
    """The units of `n` rows, from their sets (one Ragged for each kind of text) and what groups them (-1: nothing)."""
    edges = [duplicates(sets, threshold) for sets in kinds]
    clusters = _components(edges, n)
    of_row = _components([*edges, *map(same_group, groups)], n) if groups else clusters
    sizes = np.bincount(clusters, minlength=1)
    big = int(sizes.argmax())
    largest = np.flatnonzero(clusters == big) if sizes[big] > 1 else np.zeros(0, dtype=np.int64)
    plural = sizes[sizes > 1]
    return Units(of_row, np.bincount(of_row), len(plural), int(plural.sum()), largest)


def _components(edges: Sequence[tuple[Ints, Ints]], n: int) -> Ints:
    a = np.concatenate([np.zeros(0, dtype=np.int64), *(pair[0] for pair in edges)])
    b = np.concatenate([np.zeros(0, dtype=np.int64), *(pair[1] for pair in edges)])
    low, high = np.minimum(a, b), np.maximum(a, b)
    differ = low < high
    found = components(Pairs(low[differ], high[differ], np.ones(int(differ.sum()))), n)
    _, dense = np.unique(found, return_inverse=True)
    return dense.astype(np.int64)
