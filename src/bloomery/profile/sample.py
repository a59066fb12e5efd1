"""A sample of rows spread evenly over an input of unknown length, the same at any batch size.

Each row's position is mixed into a pseudo-random number (`bloomery.text.fingerprint.mix`); the rows with the smallest
numbers are the sample. No seed, no state beyond the sample itself.
"""

import numpy as np
import polars as pl

from bloomery.schema import Batch
from bloomery.text.fingerprint import mix


class Sample:
    """At most `size` rows; `add` batches, then read `batch` out."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._batches: list[Batch] = []
        self._held = 0
        self._limit = np.iinfo(np.uint64).max

    def add(self, batch: Batch) -> None:
        """Look at a batch; most of its rows are let go once the sample is full."""
        numbers = mix(batch.rows["n"].to_numpy())
        taken = _only(batch, numbers <= self._limit)
        if len(taken):
            self._batches.append(taken)
            self._held += len(taken)
        if self._held > 2 * self.size:
            self._shrink()

    def batch(self) -> Batch | None:
        """The sample in input order, its rows numbered from 0; None if there were no rows."""
        if not self._batches:
            return None
        self._shrink()
        whole = self._batches[0]
        numbers = whole.rows.select("n", new=pl.int_range(pl.len(), dtype=pl.UInt64))
        rows = whole.rows.with_columns(n=numbers["new"])
        parts = whole.parts.join(numbers, on="n", how="left", maintain_order="left")
        return whole.with_(rows=rows, parts=parts.with_columns(n="new").drop("new"))

    def _shrink(self) -> None:
        first = self._batches[0]
        joined = first.with_(
            rows=pl.concat([batch.rows for batch in self._batches]),
            parts=pl.concat([batch.parts for batch in self._batches]),
        )
        numbers = mix(joined.rows["n"].to_numpy())
        if len(numbers) > self.size:
            self._limit = int(np.partition(numbers, self.size - 1)[self.size - 1])
        self._batches = [_only(joined, numbers <= self._limit)]
        self._held = len(self._batches[0])


def _only(batch: Batch, mask: "np.typing.NDArray[np.bool_]") -> Batch:
    rows = batch.rows.filter(pl.Series(mask))
    if rows.height == len(batch):
        return batch.with_(quarantined=())
    parts = batch.parts.filter(pl.col("n").is_in(rows["n"].implode()))
    return batch.with_(rows=rows, parts=parts, quarantined=())
