"""The texts that are nearest to a text by their words: BM25.

For a query q and a text d of |d| tokens, with the tokens of `bloomery.text.tokens` (the same as everywhere),

    score(q, d) = Σ_t idf(t) · f(t, d) · (k + 1) / (f(t, d) + k · (1 − b + b · |d| / mean |d|)),   t over the distinct tokens of q
    idf(t) = ln(1 + (N − n(t) + 0.5) / (n(t) + 0.5))

with f(t, d) how often t stands in d, n(t) the number of the N texts that have it, k = 1.2, b = 0.75 (Robertson & Zaragoza 2009;
the idf is Lucene's, which is never negative). The weights are a sparse matrix of texts × tokens, and queries are multiplied with
it some at a time, so that memory is bounded by the texts.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_array

from bloomery.text.tokens import Ragged, tokens

K, B = 1.2, 0.75
_CELLS = 1 << 22  # scores at a time

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Nearest(NamedTuple):
    """For each query its nearest texts, the nearest first; −1 with score 0 where fewer have a word of it."""

    rows: Ints  # shape (queries, k)
    scores: Floats  # likewise


class Index:
    """Texts to be searched."""

    def __init__(self, texts: pl.Series) -> None:
        """`texts`: any String series, nulls are empty."""
        found = tokens(texts.fill_null(""))
        self.size = len(texts)
        self._known, places = np.unique(found.values, return_inverse=True)
        counts = _counts(found, places, len(self._known))
        having = np.bincount(counts.indices, minlength=len(self._known))
        idf = np.log1p((self.size - having + 0.5) / (having + 0.5))
        lengths = np.diff(found.offsets)
        norm = K * (1 - B + B * lengths / max(1.0, float(lengths.mean()) if self.size else 1.0))
        f, row = counts.data, np.repeat(np.arange(self.size), np.diff(counts.indptr))
        counts.data = idf[counts.indices] * f * (K + 1) / (f + norm[row])
        self._weights = counts

    def nearest(self, texts: pl.Series, k: int) -> Nearest:
        """The `k` nearest texts of each of `texts`; of equal scores the first.

        >>> found = Index(pl.Series(["a red door", "a blue door", "the sea"])).nearest(pl.Series(["blue door", "moon"]), 2)
        >>> found.rows.tolist()
        [[1, 0], [-1, -1]]
        """
        rows = np.full((len(texts), k), -1, dtype=np.int64)
        scores = np.zeros((len(texts), k))
        asked = tokens(texts.fill_null(""))
        step = max(1, _CELLS // max(1, self.size))
        for first in range(0, len(texts), step):
            some = asked.take(np.arange(first, min(first + step, len(texts))))
            found = np.asarray((self._queries(some) @ self._weights.T).todense())
            order = np.argsort(-found, axis=1, kind="stable")[:, :k]
            best = np.take_along_axis(found, order, axis=1)
            end = first + len(found)
            rows[first:end, : order.shape[1]] = np.where(best > 0, order, -1)
            scores[first:end, : order.shape[1]] = np.maximum(best, 0)
        return Nearest(rows, scores)

    def _queries(self, asked: Ragged) -> csr_array:
        """The distinct known tokens of each query, as ones. Shape: (queries, tokens)."""
        place = np.searchsorted(self._known, asked.values)
        known = place < len(self._known)
        known[known] = self._known[place[known]] == asked.values[known]
        kept = asked.where(known)
        found = _counts(kept, place[known], len(self._known))
        found.data[:] = 1.0
        return found


def _counts(found: Ragged, places: npt.NDArray[np.intp], width: int) -> csr_array:
    """How often each row has each token. Shape: (rows, tokens)."""
    made = csr_array(
        (np.ones(len(places)), places.astype(np.int64), found.offsets.copy()), shape=(len(found.offsets) - 1, width)
    )
    made.sum_duplicates()
    return made
