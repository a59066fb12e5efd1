"""The index: which of the wanted grams are in a batch of training rows, and what share of each target that is.

It holds the grams of the test side only, as one sorted array, so memory follows the test however large the training data
is. A batch of training rows is turned into (row, key) pairs: the n-grams of a row, the shorter grams of the widths that
short test texts need, and one key for each whole field (a prompt, all prompts together, the row's whole text). A small
bitmap rules out nearly all keys before the binary search. What is left is counted per row and target:

    overlap = sum of the weights of the target's distinct grams found in that one row

where a segment's grams share the segment's part of the target's tokens; with one segment that is distinct grams found /
distinct grams. A whole field weighs 1.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.items import ROLES, Target, ragged
from bloomery.schema import Batch
from bloomery.text.fingerprint import fingerprint, mix
from bloomery.text.shingles import ngrams, shingles
from bloomery.text.tokens import Ragged, tokens

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
FIELD = {"question": 101, "verbatim": 102}  # salts of whole fields; those of grams are their widths


class Hits(NamedTuple):
    """Targets that are in a training row, sorted by target, then row."""

    target: Ints
    row: Ints  # within the batch
    overlap: Floats  # 0..1, above the threshold

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
        overlap = np.bincount(inverse, weights=self.weight[places], minlength=len(both)).round(9).clip(max=1.0)
        above = overlap > self.threshold
        target, rows = np.divmod(both[above], int(row.max()) + 1 if len(row) else 1)
        return Hits(target, rows, overlap[above])

    def _slot(self, keys: U64) -> U64:
        return keys >> (np.uint64(64) - self.bits)


def _entries(targets: Sequence[Target], n: int) -> tuple[U64, Ints, Floats]:
    """(key, target, weight) of everything that speaks for a target: distinct grams, segment by segment, and whole fields."""
    owner = np.array([number for number, target in enumerate(targets) for _ in target.segments], dtype=np.int64)
    runs = [segment.tokens for target in targets for segment in target.segments]
    length = np.array([len(run) for run in runs], dtype=np.float64)
    share = length / np.bincount(owner, weights=length, minlength=len(targets))[owner]
    found = [_whole_fields(targets, tier) for tier in FIELD]
    for width in sorted({min(n, len(run)) for run in runs}):
        mine = np.flatnonzero(np.minimum(length, n) == width)
        sets = shingles(ragged([runs[k] for k in mine]), width)
        distinct = np.diff(sets.offsets)
        segment = np.repeat(mine, distinct)
        found.append((_salted(sets.values, width), owner[segment], share[segment] / np.repeat(distinct, distinct)))
    keys, target, weight = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return keys, target, weight


def _whole_fields(targets: Sequence[Target], tier: str) -> tuple[U64, Ints, Floats]:
    mine = np.array([number for number, target in enumerate(targets) if target.tier == tier], dtype=np.int64)
    keys = fingerprint(ragged([targets[number].whole for number in mine]))
    return _salted(keys, FIELD[tier]), mine, np.ones(len(mine))


def _salted(keys: U64, salt: int) -> U64:
    return mix(keys ^ mix(np.array([salt], dtype=np.uint64)))


def _keys(batch: Batch, widths: Sequence[int]) -> list[tuple[Ints, U64]]:
    """(row, key) arrays of a batch: grams of every width, then whole fields."""
    split = tokens(batch.parts["text"])
    role = batch.parts["role"].cast(pl.String)
    row = np.searchsorted(batch.rows["n"].to_numpy(), batch.parts["n"].to_numpy()).astype(np.int64)
    text = _by_row(split, row, len(batch), np.ones(len(row), dtype=np.bool_))
    found = []
    for width in widths:
        runs = ngrams(text, width)
        rows = np.repeat(np.arange(len(batch)), np.diff(runs.offsets))
        found.append((rows, _salted(runs.values, width)))
    questions = role.is_in([*ROLES["question"], "text"]).to_numpy()
    parts = fingerprint(split)[questions]
    prompts = _by_row(split, row, len(batch), role.is_in(list(ROLES["question"])).to_numpy())
    wholes = _by_row(split, row, len(batch), role.is_in(list(ROLES["verbatim"])).to_numpy())
    every = np.arange(len(batch))
    found.append((row[questions], _salted(parts, FIELD["question"])))
    found.append((every, _salted(fingerprint(prompts), FIELD["question"])))
    found.append((every, _salted(fingerprint(wholes), FIELD["verbatim"])))
    return found


def _by_row(split: Ragged, row: Ints, rows: int, wanted: npt.NDArray[np.bool_]) -> Ragged:
    """The tokens of the wanted parts of each row, one after the other."""
    lengths = np.where(wanted, np.diff(split.offsets), 0)
    values = split.values if wanted.all() else split.values[np.repeat(wanted, np.diff(split.offsets))]
    sizes = np.bincount(row, weights=lengths, minlength=rows).astype(np.int64)
    return Ragged(values, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
