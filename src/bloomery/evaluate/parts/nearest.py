"""The training rows that are nearest to texts of the test side.

Training rows stream past once; of each text the few rows that are most like it are kept, so memory follows the test side.
Similarity is Jaccard's over the distinct runs of words of both (`bloomery.text.similar`), exact from a threshold on.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from bloomery.schema import Batch
from bloomery.text.shingles import shingles
from bloomery.text.similar import pairs, sets_of
from bloomery.text.tokens import stacked, tokens

#: characters of a training row that are shown
SHOWN = 300
SCHEMA = pl.Schema({"query": pl.Int64, "similarity": pl.Float64, "row": pl.String, "text": pl.String})


class Nearest:
    """For each of some texts the most similar training rows so far."""

    def __init__(
        self, texts: Sequence[str], roles: Sequence[str], *, threshold: float, width: int = 3, most: int = 1
    ) -> None:
        """`roles` are the parts of a training row that the texts are compared with; `width` is words in a run."""
        self._roles, self._threshold, self._width, self._most = roles, threshold, width, most
        self._sets = shingles(tokens(pl.Series(texts, dtype=pl.String)), width)
        self._count = len(texts)
        #: query (place of the text), similarity, id of the training row and what it says, cut; best first
        self.found = pl.DataFrame(schema=SCHEMA)

    def take(self, batch: Batch) -> None:
        """Compare the rows of a batch."""
        if not self._count or not len(batch):
            return
        texts = batch.text(*self._roles)
        theirs = shingles(tokens(texts), self._width)
        both = sets_of(stacked([self._sets, theirs]))
        blocks = np.repeat([0, 1], [self._count, len(batch)])
        hits = pairs(both, self._threshold, blocks=blocks)
        rows = hits.b - self._count
        told = pl.DataFrame(
            {
                "query": hits.a.astype(np.int64),
                "similarity": hits.similarity,
                "row": batch.rows["id"].gather(rows),
                "text": texts.gather(rows).str.head(SHOWN),
            },
            schema=SCHEMA,
        )
        self.found = self._best(pl.concat([self.found, told]))

    def best(self) -> dict[int, tuple[float, str, str]]:
        """Query → similarity, id and text of its nearest row; those without one are left out."""
        first = self.found.unique("query", keep="first", maintain_order=True)
        return {query: (similarity, row, text) for query, similarity, row, text in first.iter_rows()}

    def _best(self, found: pl.DataFrame) -> pl.DataFrame:
        """The best of each text; of equally similar rows the first."""
        ordered = found.sort("query", -pl.col("similarity"), maintain_order=True)
        return ordered.filter(pl.int_range(pl.len()).over("query") < self._most)


def similarity(one: Sequence[str | None], other: Sequence[str], width: int = 3) -> list[float]:
    """Jaccard's similarity of texts, one by one; 0 where there is none.

    >>> similarity(["one two three four", None], ["one two three four", "five"])
    [1.0, 0.0]
    """
    mine = shingles(tokens(pl.Series([text or "" for text in one], dtype=pl.String)), width)
    theirs = shingles(tokens(pl.Series(other, dtype=pl.String)), width)
    found = []
    for row in range(len(one)):
        a, b = mine.row(row), theirs.row(row)
        common = len(np.intersect1d(a, b))
        found.append(common / (len(a) + len(b) - common) if common else 0.0)
    return found
