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


def shingles(tokens: Ragged, width: int, marked: npt.NDArray[np.bool_] | None = None) -> Ragged:
    """The distinct shingles of each row, in order of appearance.

    With `marked` (one Boolean a token) the lowest bit of a shingle says whether all its tokens are; without, the bit is 0.
    """
    return Ragged(*kernel.shingles(tokens.values, tokens.offsets, width, marked))
