"""Shingles: short runs of tokens as 64-bit numbers; the set of them is what similarity is measured on.

A shingle of `width` tokens is one number, made of the tokens' numbers in order. A text with fewer tokens than `width`
gives one shingle of all of them: equal short texts are equal, different short texts share nothing, and no text but one
without tokens has an empty set. (With an empty set for every short text, all of them would be "duplicates".)
"""

import numpy as np
import numpy.typing as npt

from bloomery.text.fingerprint import mix
from bloomery.text.tokens import Ragged, offsets_of

_FACTOR = np.uint64(0x9E3779B97F4A7C15)

U64 = npt.NDArray[np.uint64]


def ngrams(tokens: Ragged, width: int) -> Ragged:
    """The runs of `width` (1 or more) tokens of each row, in order; none where a row has fewer tokens."""
    lengths = np.maximum(np.diff(tokens.offsets) - (width - 1), 0)
    offsets = offsets_of(lengths)
    starts = np.arange(offsets[-1]) + np.repeat(tokens.offsets[:-1] - offsets[:-1], lengths)
    return Ragged(_chain(tokens.values, starts, width), offsets)


def shingles(tokens: Ragged, width: int) -> Ragged:
    """The distinct shingles of each row, ascending."""
    grams = ngrams(tokens, width)
    lengths = np.diff(grams.offsets)
    for count in range(1, width):
        short = np.flatnonzero(np.diff(tokens.offsets) == count)
        if len(short):
            grams = _insert(grams, lengths, short, _chain(tokens.values, tokens.offsets[short], count))
            lengths = np.diff(grams.offsets)
    return _distinct(grams)


def _chain(values: U64, starts: npt.NDArray[np.int64], width: int) -> U64:
    """One number for each run of `width` values from each of `starts`."""
    state = np.full(len(starts), width, dtype=np.uint64)
    for k in range(width):
        state = mix(state * _FACTOR + values[starts + k])
    return state


def _insert(grams: Ragged, lengths: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], values: U64) -> Ragged:
    """`grams` with one value for each of `rows`, which had none."""
    filled = lengths.copy()
    filled[rows] = 1
    offsets = offsets_of(filled)
    return Ragged(np.insert(grams.values, grams.offsets[rows], values), offsets)


def _distinct(grams: Ragged) -> Ragged:
    """Each row sorted, without repeats."""
    lengths = np.diff(grams.offsets)
    row = np.repeat(np.arange(len(lengths)), lengths)
    values = grams.values[_order(row, grams.values)]
    keep = np.ones(len(values), dtype=bool)
    keep[1:] = (values[1:] != values[:-1]) | (row[1:] != row[:-1])
    counts = np.bincount(row[keep], minlength=len(lengths))
    return Ragged(values[keep], offsets_of(counts))


def _order(row: npt.NDArray[np.int64], values: U64) -> npt.NDArray[np.int64]:
    """What sorts by row, then value. One sort of (row, high bits of the value) does it, unless high bits tie."""
    if not len(values):
        return row
    bits = np.uint64(max(int(row[-1]).bit_length(), 1))
    packed = (row.astype(np.uint64) << (np.uint64(64) - bits)) | (values >> bits)
    order = np.argsort(packed)
    placed = values[order]
    tied = (placed[1:] < placed[:-1]) & (row[1:] == row[:-1])
    return np.lexsort((values, row)) if tied.any() else order
