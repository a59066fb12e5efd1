"""Likeness in meaning: the cosine of answer and reference by a local embedding model (`bloomery.text.embedding`).

Of several references the nearest counts. A cosine is a number of its model: a threshold or a value says nothing without the
model's name and digest (`version`), and it hardly sees a number, a "not" or a name that is wrong. It is a sanity check and
no gate.

A text that the model cannot read (none of its tokens is known, or it is longer than 16 of the model's windows) has no cosine:
an empty answer or one that cannot be read has the score null and is counted in ``embedding_similarity.unread``. The mean is over
the others.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from bloomery.metrics.base import Made, Mean, Metric, Share
from bloomery.metrics.references import told
from bloomery.text.embedding import load

_PAIRS = 4_096  # embedded at a time


class EmbeddingSimilarity(Metric):
    """Cosine of the answer and the nearest reference, −1 to 1."""

    bounds: ClassVar[tuple[float | None, float | None]] = (-1.0, 1.0)
    names: ClassVar[dict[str, str]] = {
        "embedding_similarity": "mean cosine of answer and nearest reference by the embedding model, of what it can read",
        "embedding_similarity.unread": "share of the items of which the model cannot read the answer or any reference",
    }
    made: ClassVar[Mapping[str, Made]] = {
        "embedding_similarity": Mean(bounds=(-1.0, 1.0)),
        "embedding_similarity.unread": Share(pl.col("score").is_null()),
    }
    contrary: ClassVar[frozenset[str]] = frozenset({"embedding_similarity.unread"})

    model: Annotated[str, Field(min_length=1)]
    """The embedding model: its folder, or its name in the local Hugging Face cache; nothing is downloaded."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score``, null where the answer or all of its references cannot be read.

        Raises RecipeError or MissingExtraError where the model cannot be loaded, DataError if an item has no reference.
        """
        model, pairs = load(self.model), told(answers)
        cosines = []
        for some in pairs.iter_slices(_PAIRS):
            said, known = (model(some[column].to_list()).astype(np.float64) for column in ("prediction", "reference"))
            there = said.any(axis=1) & known.any(axis=1)
            cosine = np.clip((said * known).sum(axis=1), -1, 1)
            cosines.append(
                pl.Series(cosine).zip_with(pl.Series(there), pl.Series([None] * len(some), dtype=pl.Float64))
            )
        found = pairs.select("row").with_columns(score=pl.concat(cosines))
        return found.group_by("row", maintain_order=True).agg(pl.col("score").max()).select("score")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``embedding_similarity`` (null if no item can be read) and ``embedding_similarity.unread``."""
        mean = items.select(pl.col("score").mean()).item()
        return {"embedding_similarity": mean, "embedding_similarity.unread": items["score"].null_count() / items.height}

    def version(self) -> str:
        """The package's version, the options, and the digest of the model's weights."""
        return f"{super().version()} sha256:{load(self.model).digest}"
