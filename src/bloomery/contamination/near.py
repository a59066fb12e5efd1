"""Near: which targets are nearly in a row, though its runs of `n` tokens miss them; "a changed word every fifteen".

An item is near a training row that holds at least `near` of its word 3-grams, weighed by how rare each is among the test
items (inverse document frequency, Spärck Jones 1972: the logarithm of (items + 1) / items that hold it), so what many items
share says little. The row must hold one of the item's *seeds*, runs of six words that begin at every third word of it, and all
its telling words (numbers, negations, symbols, identifiers). A row that agrees only when all variable words count as one is a
*twin*: the same template with other values. Runs in more than 1 % of the items (and more than 10) are no seeds.

An item of fewer than `n` tokens is compared with single parts of a training row by its characters: both must hold `near` of the
other's runs of five letters and digits, one half of the item must stand in the part word for word, and the variable words
must be the same. It must have six tokens.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.items import Target, ragged
from bloomery.kernels import contained
from bloomery.kernels.contained import LEAST, SEED, WIDTH, Lists, Table
from bloomery.kernels.matches import Rows
from bloomery.schema import Batch
from bloomery.text.fingerprint import mix
from bloomery.text.normalise import key
from bloomery.text.shingles import ngrams, shingles
from bloomery.text.similar import sets_of, similarity
from bloomery.text.tokens import VARIABLE, Ragged, offsets_of, stacked

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

STEP = 3  # a seed begins at every third token
COMMON = 10  # items that may share a seed
LETTERS = 5  # characters in a run
SHORTEST = 2 * LEAST  # tokens of a short item
WORDS = 8  # that are not variable, from which on a template is one


class Nearly(NamedTuple):
    """Targets that are nearly in a row."""

    target: Ints
    row: Ints
    overlap: Floats
    twin: npt.NDArray[np.bool_]


class Spoken(NamedTuple):
    """The segments of all targets, and whose each is."""

    runs: Ragged
    of: Ints
    targets: int


class Near:
    """The runs of all targets, none of them twice; `find` says which are nearly in a batch."""

    def __init__(self, targets: Sequence[Target], threshold: float) -> None:
        self.threshold = threshold
        long = [() if target.short else target.segments for target in targets]
        of = np.repeat(np.arange(len(targets)), [len(some) for some in long])
        spoken = Spoken(ragged([segment.tokens for some in long for segment in some]), of, len(targets))
        masked = spoken._replace(runs=spoken.runs._replace(values=_masked(spoken.runs.values)))
        self.plain, self.masked = _weighed(spoken), _weighed(masked)
        seeds, of_seeds = _seeds(spoken)
        self.seedless = len(np.setdiff1d(of, of_seeds))
        halves = [_halves(target) for target in targets]
        texts = [" ".join(target.texts) if len(half) else "" for target, half in zip(targets, halves, strict=True)]
        size = np.array(
            [len(t.whole) if len(half) else 0 for t, half in zip(targets, halves, strict=True)], dtype=np.int64
        )
        whole = ragged([target.whole for target in targets])
        self.letters, self.told = letters(pl.Series(texts, dtype=pl.String)), _told(whole)
        self.table = Table(
            contained.seeds(seeds, of_seeds),
            contained.seeds(ragged(halves).values, np.repeat(np.arange(len(targets)), [len(half) for half in halves])),
            _heaviest_first(self.plain),
            _heaviest_first(_of_templates(self.masked, spoken)),
            _guards(whole),
            size,
            int(size.max(initial=0)),
            threshold,
        )

    def find(self, batch: Batch, rows: Rows, roles: int) -> Nearly:
        """What is nearly in the rows of `batch`, whose tokens are `rows`; short ones in parts with these `roles` (bits)."""
        hits = contained.find(rows, self.table)
        short = self._alike(batch, rows, roles)
        return Nearly(*(np.concatenate(both) for both in zip(hits, short, strict=True)))

    def _alike(self, batch: Batch, rows: Rows, roles: int) -> Nearly:
        """Short targets that are nearly equal to a part; the best part of each row."""
        target, part = contained.alike(rows, self.table, roles)
        some, at = np.unique(part, return_inverse=True)
        same = self.told[target] == _told(Ragged(rows.values, rows.offsets).take(some))[at]
        target, at = target[same], at[same]
        mine, which = np.unique(target, return_inverse=True)
        sets = sets_of(stacked([self.letters.take(mine), letters(batch.parts["text"].gather(some))]))
        overlap = both_ways(similarity(sets, which, at + len(mine)), sets.size[which], sets.size[at + len(mine)])
        row = np.searchsorted(rows.firsts, some, side="right")[at] - 1
        good = np.flatnonzero(overlap >= self.threshold)
        order = good[np.lexsort((-overlap[good], row[good], target[good]))]
        pairs = np.stack([target[order], row[order]])
        first = np.append(True, (pairs[:, 1:] != pairs[:, :-1]).any(axis=0))[: len(order)]
        chosen = order[first]
        return Nearly(target[chosen], row[chosen], overlap[chosen], np.zeros(len(chosen), dtype=np.bool_))


def both_ways(jaccard: Floats, one: Ints, other: Ints) -> Floats:
    """The share of the larger of two sets that they have in common, from |A∩B| / |A∪B| and their sizes."""
    shared = np.rint(jaccard * (one + other) / (1 + jaccard))
    share: Floats = shared / np.maximum(np.maximum(one, other), 1)
    return share


def letters(texts: pl.Series) -> Ragged:
    """The distinct runs of five letters and digits of each text."""
    joined = plain(texts)
    points = np.frombuffer("".join(joined).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return shingles(
        Ragged(points << np.uint64(1), offsets_of(joined.str.len_chars().to_numpy().astype(np.int64))), LETTERS
    )


def plain(texts: pl.Series) -> pl.Series:
    """Letters and digits of each text, one blank in place of anything else."""
    return key(texts).str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars(" ")


def _told(tokens: Ragged) -> U64:
    """A number for the variable tokens of each row, in any order."""
    counted = np.where(tokens.values & VARIABLE, mix(tokens.values), np.uint64(0))
    total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(counted, dtype=np.uint64)])
    told: U64 = total[tokens.offsets[1:]] - total[tokens.offsets[:-1]]
    return told


def _masked(values: U64) -> U64:
    """Every variable token as one and the same."""
    masked: U64 = np.where(values & VARIABLE, VARIABLE, values)
    return masked


def _guards(whole: Ragged) -> Lists:
    """The variable tokens of each target."""
    found = whole.where(np.not_equal(whole.values & VARIABLE, 0))
    return Lists(found.offsets, found.values, np.zeros(0))


def _weighed(spoken: Spoken) -> Lists:
    """The distinct runs of `WIDTH` tokens of each target, in order of appearance, by how rare they are among all of them."""
    sets = shingles(spoken.runs, WIDTH)
    target = np.repeat(spoken.of, np.diff(sets.offsets))
    first = _distinct(target, sets.values)
    values, target = sets.values[first], target[first]
    _, number, count = np.unique(values, return_inverse=True, return_counts=True)
    weight = np.log((spoken.targets + 1) / count)[number]
    total = np.bincount(target, weights=weight, minlength=spoken.targets)
    return Lists(_starts(target, spoken.targets), values, weight / total[target])


def _distinct(target: Ints, values: U64) -> Ints:
    """Where each pair stands for the first time, ascending."""
    order = np.lexsort((values, target))  # stable
    new = np.append(True, (target[order][1:] != target[order][:-1]) | (values[order][1:] != values[order][:-1]))
    return np.sort(order[new[: len(order)]])


def _starts(target: Ints, targets: int) -> Ints:
    return np.searchsorted(target, np.arange(targets + 1)).astype(np.int64)


def _heaviest_first(lists: Lists) -> Lists:
    target = np.repeat(np.arange(len(lists.starts) - 1), np.diff(lists.starts))
    order = np.lexsort((-lists.weights, target))
    return Lists(lists.starts, lists.values[order], lists.weights[order])


def _of_templates(masked: Lists, spoken: Spoken) -> Lists:
    """Nothing for targets without values that could be others, or with little but values."""
    of = np.repeat(spoken.of, np.diff(spoken.runs.offsets))
    variable = (spoken.runs.values & VARIABLE).astype(np.int64)
    values = np.bincount(of, weights=variable, minlength=spoken.targets)
    words = np.bincount(of, minlength=spoken.targets) - values
    kept = np.repeat((values > 0) & (words >= WORDS), np.diff(masked.starts))
    before = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return Lists(before[masked.starts], masked.values[kept], masked.weights[kept])


def _seeds(spoken: Spoken) -> tuple[U64, Ints]:
    """The seeds of all targets that are not too common, and whose they are."""
    runs = ngrams(spoken.runs, SEED)
    size = np.diff(runs.offsets)
    within = np.arange(len(runs.values)) - np.repeat(runs.offsets[:-1], size)
    chosen = (within % STEP == 0) | (within == np.repeat(size, size) - 1)
    values, of = runs.values[chosen], np.repeat(spoken.of, size)[chosen]
    first = _distinct(of, values)
    values, of = values[first], of[first]
    _, number, count = np.unique(values, return_inverse=True, return_counts=True)
    rare = count[number] <= max(COMMON, spoken.targets / 100)
    return values[rare], of[rare]


def _halves(target: Target) -> U64:
    """The seeds of a short target: its first and its second half, of six tokens at most. None where a template was cut out."""
    size = len(target.whole)
    if not target.short or size < SHORTEST or sum(len(segment.tokens) for segment in target.bare) < size:
        return np.zeros(0, dtype=np.uint64)
    width = min(size // 2, SEED)
    return np.unique(ngrams(ragged([target.whole[:width], target.whole[size - width :]]), width).values)
