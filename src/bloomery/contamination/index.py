"""The index: which targets are in a batch of training rows, and what share of each target that is.

It holds the grams of the test side only, in one hash table, so memory follows the test however large the training data is.
A training row has the n-grams of its text, the shorter grams of the widths that short test texts need, and one key for each
whole field (a part, a turn, all prompts together, the row's whole text). `bloomery.kernels.matches` looks them up and counts

    overlap = sum of the weights of the target's distinct grams found in that one row

where a segment's grams share the segment's part of the target's tokens; with one segment that is distinct grams found /
distinct grams. A whole field weighs 1. For a short target only the whole field is evidence, so it weighs `EQUAL` there, more
than any grams.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from bloomery.contamination.items import ROLES, Items
from bloomery.contamination.keys import ASKED, ROW, SAID, Keys, joined, keys_of
from bloomery.contamination.near import Near
from bloomery.kernels import matches
from bloomery.schema import ROLES as ALL_ROLES
from bloomery.schema import Batch
from bloomery.text.tokens import tokens

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: roles whose parts and turns are fields; of the others only what is too long to be equal by accident
ASKING = ("prompt", "text")
SAYING = ("completion", "rejected", "reasoning", "system", "tool")
EQUAL = 2.0


class Hits(NamedTuple):
    """Targets that are in a training row, sorted by target, then row."""

    target: Ints
    row: Ints  # within the batch
    overlap: Floats  # 0..1, as much as the threshold asks for; EQUAL where a field is equal to a short target

    def at(self, places: Ints) -> Self:
        """Some of them, in that order."""
        return self._replace(target=self.target[places], row=self.row[places], overlap=self.overlap[places])

    def and_also(self, others: "Hits") -> Self:
        """These, and then others, whose targets have higher numbers."""
        target, row, overlap = (np.concatenate(both) for both in zip(self, others, strict=True))
        return self._replace(target=target, row=row, overlap=overlap)


class Index:
    """The grams of all targets."""

    def __init__(self, items: Items, shared: Sequence[Keys] = (), *, n: int, threshold: float, near: float) -> None:
        """`shared` are the keys of targets that come after those of `items`."""
        self.exact, self.nearly = len(items.targets) - 2 * items.near, items.near
        self.near = Near(items.targets[self.exact : self.exact + items.near], near)
        self.keys = joined([keys_of(items.targets[: self.exact], n), *shared])
        self.most = np.where(self.keys.short, EQUAL, 1.0)
        self.table = matches.table(
            self.keys.grams, self.keys.fields, self.most, self.keys.leads, n=n, threshold=threshold
        )

    def find(self, batch: Batch) -> Hits:
        """The targets that are in rows of `batch`."""
        split = tokens(batch.parts["text"])
        roles = np.left_shift(1, batch.parts["role"].to_physical().to_numpy().astype(np.int64))
        firsts = np.searchsorted(batch.row_of_part(), np.arange(len(batch) + 1)).astype(np.int64)
        rows = matches.Rows(split.values, split.offsets, roles, firsts)
        found = matches.find(rows, self.table, _KINDS)
        nearly = self.near.find(batch, rows, _KINDS.asking | _KINDS.saying)
        exact = np.where(found.target < self.exact, found.target, found.target + 2 * self.nearly)
        target = np.concatenate([exact, self.exact + nearly.target + self.nearly * nearly.twin])
        row = np.concatenate([found.row, nearly.row])
        overlap = np.concatenate([np.minimum(found.overlap, self.most[found.target]), nearly.overlap])
        order = np.lexsort((row, target))
        return Hits(target[order], row[order], overlap[order])

    def weights(self, number: int) -> Floats:
        """The weights of the runs of a target that may be nearly there, in order of appearance."""
        twin, place = divmod(number - self.exact, self.nearly)
        lists = self.near.masked if twin else self.near.plain
        return lists.weights[lists.starts[place] : lists.starts[place + 1]]


def _bits(roles: Sequence[str]) -> int:
    return sum(1 << ALL_ROLES.index(role) for role in roles)


_KINDS = matches.Kinds(
    _bits(ASKING), _bits(SAYING), _bits(ROLES["question"]), _bits(ROLES["verbatim"]), ASKED, SAID, ROW
)
