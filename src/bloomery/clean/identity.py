"""One 128-bit number for the texts of a row: equal rows have equal numbers, and nobody can make others equal.

Each part is hashed with its role, and the parts of a row are put together in order, so no text can pretend to be the
boundary between prompt and completion. The hash is that of the data frame library, 64 bits and very fast, taken twice
under two seeds that are drawn anew in each process: whoever writes the data cannot know them, so cannot construct two
texts that collide, and by chance any two of 10 million rows do with a probability of about 10⁻²⁵. The numbers mean
nothing outside the process and are never written down; what is decided with them is the same in every run.
"""

import secrets
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import ROLES
from bloomery.text.fingerprint import fingerprint, mix
from bloomery.text.tokens import Ragged

_SEEDS = (secrets.randbits(64), secrets.randbits(64))
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
    high, low = (fingerprint(Ragged(mix(text.hash(seed).to_numpy() ^ salt), offsets)) for seed in _SEEDS)
    return Identity(n[starts], high, low)
