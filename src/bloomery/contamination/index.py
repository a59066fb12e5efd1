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

from bloomery.contamination.items import FRAME, ROLES, TINY, Items, Segment, Target, ragged
from bloomery.contamination.near import Near
from bloomery.kernels import matches
from bloomery.kernels.matches import Fields, Grams
from bloomery.schema import ROLES as ALL_ROLES
from bloomery.schema import Batch
from bloomery.text.shingles import shingles
from bloomery.text.tokens import Ragged, tokens

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: kinds of whole fields, as which they are told apart
ASKED, SAID, ROW = 101, 102, 103
#: the fields of a training row that a tier may be equal to
FIELDS = {"verbatim": (ASKED, SAID, ROW), "question": (ASKED, SAID), "answer_only": (), FRAME: ()}
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


class Index:
    """The grams of all targets."""

    def __init__(self, items: Items, *, n: int, threshold: float, near: float) -> None:
        self.exact, self.nearly = len(items.targets) - 2 * items.near, items.near
        targets = items.targets[: self.exact]
        self.near = Near(items.targets[self.exact : self.exact + items.near], near)
        self.most = np.array([EQUAL if target.short else 1.0 for target in targets])
        grams, short = _grams(targets, n)
        widths = np.diff(short.offsets)
        self.table = matches.table(
            grams,
            _whole_fields(targets),
            self.most,
            (short.values, short.offsets),
            n=n if grams.long.any() else 0,
            lead=int(widths.min(initial=n)) if len(widths) else 0,
            threshold=threshold,
        )

    def find(self, batch: Batch) -> Hits:
        """The targets that are in rows of `batch`."""
        split = tokens(batch.parts["text"])
        roles = np.left_shift(1, batch.parts["role"].to_physical().to_numpy().astype(np.int64))
        firsts = np.searchsorted(batch.row_of_part(), np.arange(len(batch) + 1)).astype(np.int64)
        rows = matches.Rows(split.values, split.offsets, roles, firsts)
        found = matches.find(rows, self.table, _KINDS)
        nearly = self.near.find(batch, rows, _KINDS.asking | _KINDS.saying)
        target = np.concatenate([found.target, self.exact + nearly.target + self.nearly * nearly.twin])
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


def _grams(targets: Sequence[Target], n: int) -> tuple[Grams, Ragged]:
    """The distinct grams of all targets, segment by segment; and the segments that are one gram of their own length."""
    owner = np.array([number for number, target in enumerate(targets) for _ in target.segments], dtype=np.int64)
    runs = ragged([segment.tokens for target in targets for segment in target.segments])
    length = np.diff(runs.offsets).astype(np.float64)
    share = length / np.bincount(owner, weights=length, minlength=len(targets))[owner]
    sets = shingles(runs, n)
    distinct = np.diff(sets.offsets)
    segment = np.repeat(np.arange(len(owner)), distinct)
    weight = share[segment] / np.repeat(distinct, distinct)
    grams = Grams(sets.values, owner[segment], weight, length[segment] >= n)
    return grams, runs.take(np.flatnonzero(length < n))


def _whole_fields(targets: Sequence[Target]) -> Fields:
    """What whole fields are equal to."""
    forms = [
        (number, salt, form)
        for salt in (ASKED, SAID, ROW)
        for number, target in enumerate(targets)
        for form in _forms(target, salt)
    ]
    joined = ragged([segment.tokens for _, _, form in forms for segment in form])
    offsets = joined.offsets[np.cumsum([0, *(len(form) for _, _, form in forms)])]
    salts = np.array([salt for _, salt, _ in forms], dtype=np.int64)
    mine = np.array([number for number, _, _ in forms], dtype=np.int64)
    return Fields(matches.fields(joined.values, offsets, salts), mine, joined.values, offsets)


def _forms(target: Target, salt: int) -> list[list[Segment]]:
    """What fields of this kind may be equal to."""
    if salt not in FIELDS[target.tier]:
        return []
    return [form for form in target.forms if salt != SAID or sum(len(segment.tokens) for segment in form) > TINY]
