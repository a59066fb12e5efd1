"""One 128-bit number for the texts of a row: equal rows have equal numbers, in every process of a run.

Each part is hashed with its role, and the parts of a row are put together in order, so no text can pretend to be the
boundary between prompt and completion. The hash is that of the data frame library, 64 bits and very fast, taken under two
seeds, each time with the text's length. By chance no two of 10 million different rows meet (about 10⁻²⁵ a collection, if
the two are independent). It is not cryptographic: whoever knows the seeds might construct two texts of one length that
collide; the ledger would name the row it was dropped for, and `why` would show that they differ. BLAKE2b would rule that
out for four times the cost. The numbers may change with the library's version and are never written down.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import ROLES
from bloomery.text.fingerprint import fingerprint, mix
from bloomery.text.tokens import Ragged

_SEEDS = (0x243F6A8885A308D3, 0x13198A2E03707344)  # the first digits of pi
_SALT = mix(np.arange(len(ROLES), dtype=np.uint64))


class Identity(NamedTuple):
    """The rows that have such parts, and their number in two halves."""

    n: npt.NDArray[np.uint64]
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]


def identity(parts: pl.DataFrame) -> Identity:
    """The identity of each row in `parts` (``n, role, text``, sorted by row and reading order)."""
    n = parts["n"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], n[1:] != n[:-1]])[: len(n)])
    offsets = np.append(starts, len(n)).astype(np.int64)
    salt = _SALT[parts["role"].to_physical().to_numpy()]
    text = parts["text"].fill_null("")
    salt = mix(salt ^ text.str.len_bytes().cast(pl.UInt64).to_numpy())
    high, low = (fingerprint(Ragged(mix(text.hash(seed).to_numpy() ^ salt), offsets)) for seed in _SEEDS)
    return Identity(n[starts], high, low)
