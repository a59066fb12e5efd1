"""The index: which of the wanted grams are in a batch of training rows, and what share of each target that is.

It holds the grams of the test side only, as one sorted array, so memory follows the test however large the training data
is. A batch of training rows is turned into (row, key) pairs: the n-grams of a row, the shorter grams of the widths that
short test texts need, and one key for each whole field (a part, a turn, all prompts together, the row's whole text). A small
bitmap rules out nearly all keys before the binary search. What is left is counted per row and target:

    overlap = sum of the weights of the target's distinct grams found in that one row

where a segment's grams share the segment's part of the target's tokens; with one segment that is distinct grams found /
distinct grams. A whole field weighs 1. For a short target only the whole field is evidence, so it weighs `EQUAL` there, more
than any grams.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.items import ROLES, TINY, Segment, Target, ragged
from bloomery.schema import Batch
from bloomery.text.fingerprint import fingerprint, mix
from bloomery.text.shingles import ngrams, shingles
from bloomery.text.tokens import Ragged, tokens

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: salts of whole fields; those of grams are their widths
ASKED, SAID, ROW = 101, 102, 103
#: the fields of a training row that a tier may be equal to
FIELDS = {"verbatim": (ASKED, SAID, ROW), "question": (ASKED, SAID), "answer_only": ()}
#: roles whose parts and turns are fields; of the others only what is too long to be equal by accident
ASKING = ("prompt", "text")
SAYING = ("completion", "rejected", "reasoning", "system", "tool")
EQUAL = 2.0


class Hits(NamedTuple):
    """Targets that are in a training row, sorted by target, then row."""

    target: Ints
    row: Ints  # within the batch
    overlap: Floats  # 0..1, above the threshold; EQUAL where a field is equal to a short target

    def at(self, places: Ints) -> Self:
        """Some of them, in that order."""
        return self._replace(target=self.target[places], row=self.row[places], overlap=self.overlap[places])


class Index:
    """The grams of all targets."""

    def __init__(self, targets: Sequence[Target], *, n: int, threshold: float) -> None:
        self.n, self.threshold = n, threshold
        self.widths = sorted({min(n, len(s.tokens)) for target in targets for s in target.segments})
        keys, target, weight = _entries(targets, n)
        order = np.argsort(keys, kind="stable")
        self.target, self.weight = target[order], weight[order]
        self.most = np.array([EQUAL if target.short else 1.0 for target in targets])
        self.keys, starts = np.unique(keys[order], return_index=True)
        self.starts = np.append(starts, len(keys)).astype(np.int64)
        self.bits = np.uint64(max(10, int(16 * len(self.keys) + 1).bit_length()))
        self.bitmap = np.zeros(1 << int(self.bits), dtype=np.bool_)
        self.bitmap[self._slot(self.keys)] = True

    def find(self, batch: Batch) -> Hits:
        """The targets that are in rows of `batch`."""
        found: list[tuple[Ints, Ints]] = []
        for rows, keys in _keys(batch, self.widths):
            maybe = np.flatnonzero(self.bitmap[self._slot(keys)])
            at = np.searchsorted(self.keys, keys[maybe])
            at[at == len(self.keys)] = 0
            hit = self.keys[at] == keys[maybe] if len(self.keys) else np.zeros(len(maybe), dtype=np.bool_)
            found.append((rows[maybe[hit]], at[hit]))
        return self._count(np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found]))

    def _count(self, row: Ints, key: Ints) -> Hits:
        """Overlaps from (row, index of key) pairs, each counted once."""
        pairs = np.unique(row * len(self.keys) + key)
        row, key = np.divmod(pairs, max(1, len(self.keys)))
        many = self.starts[key + 1] - self.starts[key]
        ends = np.cumsum(many)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(self.starts[key] - (ends - many), many)
        pair = self.target[places] * (int(row.max()) + 1 if len(row) else 1) + np.repeat(row, many)
        both, inverse = np.unique(pair, return_inverse=True)
        overlap = np.bincount(inverse, weights=self.weight[places], minlength=len(both)).round(9)
        above = overlap > self.threshold
        target, rows = np.divmod(both[above], int(row.max()) + 1 if len(row) else 1)
        return Hits(target, rows, np.minimum(overlap[above], self.most[target]))

    def _slot(self, keys: U64) -> U64:
        return keys >> (np.uint64(64) - self.bits)


def _entries(targets: Sequence[Target], n: int) -> tuple[U64, Ints, Floats]:
    """(key, target, weight) of everything that speaks for a target: distinct grams, segment by segment, and whole fields."""
    owner = np.array([number for number, target in enumerate(targets) for _ in target.segments], dtype=np.int64)
    runs = [segment.tokens for target in targets for segment in target.segments]
    length = np.array([len(run) for run in runs], dtype=np.float64)
    share = length / np.bincount(owner, weights=length, minlength=len(targets))[owner]
    found = [_whole_fields(targets, salt) for salt in (ASKED, SAID, ROW)]
    for width in sorted({min(n, len(run)) for run in runs}):
        mine = np.flatnonzero(np.minimum(length, n) == width)
        sets = shingles(ragged([runs[k] for k in mine]), width)
        distinct = np.diff(sets.offsets)
        segment = np.repeat(mine, distinct)
        found.append((_salted(sets.values, width), owner[segment], share[segment] / np.repeat(distinct, distinct)))
    keys, target, weight = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return keys, target, weight


def _whole_fields(targets: Sequence[Target], salt: int) -> tuple[U64, Ints, Floats]:
    forms = [(number, form) for number, target in enumerate(targets) for form in _forms(target, salt)]
    mine = np.array([number for number, _ in forms], dtype=np.int64)
    keys = fingerprint(ragged([np.concatenate([segment.tokens for segment in form]) for _, form in forms]))
    weight = np.array([EQUAL if targets[number].short else 1.0 for number, _ in forms])
    return _salted(keys, salt), mine, weight


def _forms(target: Target, salt: int) -> list[list[Segment]]:
    """What fields of this kind may be equal to."""
    if salt not in FIELDS[target.tier]:
        return []
    return [form for form in target.forms if salt != SAID or sum(len(segment.tokens) for segment in form) > TINY]


def _salted(keys: U64, salt: int) -> U64:
    return mix(keys ^ mix(np.array([salt], dtype=np.uint64)))


def _keys(batch: Batch, widths: Sequence[int]) -> list[tuple[Ints, U64]]:
    """(row, key) arrays of a batch: grams of every width, then whole fields."""
    split = tokens(batch.parts["text"])
    role, row = batch.parts["role"].cast(pl.String), batch.row_of_part()
    text = _by_row(split, row, len(batch), np.ones(len(row), dtype=np.bool_))
    found = []
    for width in widths:
        runs = ngrams(text, width)
        rows = np.repeat(np.arange(len(batch)), np.diff(runs.offsets))
        found.append((rows, _salted(runs.values, width)))
    every = np.arange(len(batch))
    for salt, roles in ((ASKED, ROLES["question"]), (ROW, ROLES["verbatim"])):
        whole = _by_row(split, row, len(batch), role.is_in(list(roles)).to_numpy())
        found.append((every, _salted(fingerprint(whole), salt)))
    return found + _parts_and_turns(split, row, role)


def _parts_and_turns(split: Ragged, row: Ints, role: pl.Series) -> list[tuple[Ints, U64]]:
    """(row, key) of each part and of each turn, which is the neighbouring parts of one role."""
    first = np.flatnonzero((np.diff(row, prepend=-1) != 0) | (role != role.shift()).fill_null(True).to_numpy())
    turns = Ragged(split.values, np.append(split.offsets[first], split.offsets[-1]))
    found = []
    for salt, roles in ((ASKED, ASKING), (SAID, SAYING)):
        wanted = role.is_in(list(roles)).to_numpy()
        found.append((row[wanted], _salted(fingerprint(split)[wanted], salt)))
        found.append((row[first][wanted[first]], _salted(fingerprint(turns)[wanted[first]], salt)))
    return found


def _by_row(split: Ragged, row: Ints, rows: int, wanted: npt.NDArray[np.bool_]) -> Ragged:
    """The tokens of the wanted parts of each row, one after the other."""
    lengths = np.where(wanted, np.diff(split.offsets), 0)
    values = split.values if wanted.all() else split.values[np.repeat(wanted, np.diff(split.offsets))]
    sizes = np.bincount(row, weights=lengths, minlength=rows).astype(np.int64)
    return Ragged(values, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
