"""One 128-bit number for the texts of a row: equal rows have equal numbers, and nobody can make others equal.

A row is written down part by part as ``role : length in bytes : text``, so that no text can pretend to be the boundary
between prompt and completion, and hashed with BLAKE2b. That is a cryptographic hash: even someone who writes the data
cannot find two rows that collide, which the fast hashes of a data frame (64 bits, not even stable between versions)
would allow. It costs about one microsecond a row.
"""

from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import ROLES


class Identity(NamedTuple):
    """The rows that have such parts, and their number in two halves."""

    n: npt.NDArray[np.uint64]
    high: npt.NDArray[np.uint64]
    low: npt.NDArray[np.uint64]


def identity(parts: pl.DataFrame) -> Identity:
    """The identity of each row in `parts` (``n, role, text``, sorted by row and reading order)."""
    code = pl.col("role").cast(pl.String).replace_strict(list(ROLES), [chr(ord("a") + k) for k in range(len(ROLES))])
    text = pl.col("text").fill_null("")
    framed = parts.select(pl.concat_str(code, text.str.len_bytes().cast(pl.String), pl.lit(":"), text)).to_series()
    n, rows = _joined(parts["n"].to_numpy(), framed)
    digests = b"".join([blake2b(text.encode(), digest_size=16).digest() for text in rows.to_list()])
    halves = np.frombuffer(digests, dtype="<u8").reshape(-1, 2).astype(np.uint64)
    return Identity(n, halves[:, 0], halves[:, 1])


def _joined(n: npt.NDArray[np.uint64], framed: pl.Series) -> tuple[npt.NDArray[np.uint64], pl.Series]:
    """The pieces of each row in one string; quick where all rows have the same number of parts, as most data has."""
    first = np.concatenate([[True], n[1:] != n[:-1]])[: len(n)]
    count, width = int(first.sum()), len(n) // max(int(first.sum()), 1)
    if not count:
        return n, framed
    if count * width == len(n) and first[::width].all():
        columns = [framed.gather_every(width, k).alias(str(k)) for k in range(width)]
        return n[first], pl.DataFrame(columns).select(pl.concat_str(pl.all())).to_series()
    pieces = pl.DataFrame({"n": n, "framed": framed}).group_by("n", maintain_order=True)
    return n[first], pieces.agg(pl.col("framed").str.join("")).get_column("framed")
