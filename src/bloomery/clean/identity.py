"""One 128-bit number for the texts of a row: equal rows have equal numbers, in every process and on every machine.

Each part is hashed with its role and its length, and the parts of a row are put together in order, so no text can pretend
to be the boundary between prompt and completion. The hash (`bloomery.kernels.keys`) is made of two sums with the finaliser
of splitmix64. By chance no two of 10 million different rows meet (about 10⁻²⁵ a collection). It is not cryptographic:
whoever wants to might construct two texts of one length that collide; the ledger would name the row it was dropped for,
and `why` would show that they differ. BLAKE2b would rule that out for ten times the cost. The numbers are written
down in an index only (`bloomery.clean.reference_index`), which asks whether they are still made in this way.

The keys of texts are made and hashed in one walk; the few texts whose key depends on how characters join take the way
through `bloomery.text.normalise.key`, and what comes out of either is hashed alike.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.kernels.keys import hashed, joined
from bloomery.kernels.views import views
from bloomery.text.folding import folding
from bloomery.text.normalise import key


class Identity(NamedTuple):
    """The rows that have such parts, their number in two halves, and whether all their texts are empty."""

    n: npt.NDArray[np.uint64]
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]
    empty: npt.NDArray[np.bool_]


def identity(parts: pl.DataFrame, *, keyed: bool = False) -> Identity:
    """The identity of each row in `parts` (``n, role, text``, sorted by row and reading order), or of its keys."""
    n = parts["n"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], n[1:] != n[:-1]])[: len(n)])
    found = hashed(views(parts["text"]), folding() if keyed else None)
    unknown = np.flatnonzero(found.size < 0)
    if len(unknown):
        rest = hashed(views(key(parts["text"].gather(unknown))))
        for column, values in zip(found, rest, strict=True):
            column[unknown] = values
    rows = joined(found, parts["role"].to_physical().to_numpy(), np.append(starts, len(n)).astype(np.int64))
    return Identity(n[starts], rows.high, rows.low, rows.size == 0)
