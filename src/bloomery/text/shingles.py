"""Shingles: short runs of tokens as 64-bit numbers; the set of them is what similarity is measured on.

A shingle of `width` tokens is one number, made of the tokens' numbers in order (`bloomery.kernels.shingles`). A text with
fewer tokens than `width` gives one shingle of all of them: equal short texts are equal, different short texts share nothing,
and no text but one without tokens has an empty set. (With an empty set for every short text, all of them would be
"duplicates".)
"""

import numpy as np
import numpy.typing as npt

from bloomery.kernels import shingles as kernel
from bloomery.text.tokens import Ragged


def ngrams(tokens: Ragged, width: int) -> Ragged:
    """The runs of `width` (1 or more) tokens of each row, in order; none where a row has fewer tokens."""
    return Ragged(*kernel.ngrams(tokens.values, tokens.offsets, width))


def shingles(tokens: Ragged, width: int) -> Ragged:
    """The distinct shingles of each row, ascending."""
    values, offsets = kernel.shingles(tokens.values, tokens.offsets, width)
    row = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    return Ragged(values[_order(row, values)], offsets)


def _order(row: npt.NDArray[np.int64], values: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """What sorts by row, then value. One sort of (row, high bits of the value) does it, unless high bits tie."""
    if not len(values):
        return row
    bits = np.uint64(max(int(row[-1]).bit_length(), 1))
    packed = (row.astype(np.uint64) << (np.uint64(64) - bits)) | (values >> bits)
    order = np.argsort(packed)
    placed = values[order]
    tied = (placed[1:] < placed[:-1]) & (row[1:] == row[:-1])
    return np.lexsort((values, row)) if tied.any() else order
