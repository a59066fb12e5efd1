"""Exact match: the answer is one of the references, once both are normalised."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import polars as pl

from bloomery.metrics.base import Made, Metric, Share, referenced
from bloomery.text.normalise import key


class ExactMatch(Metric):
    """Share of answers that equal a reference, apart from case, width and white space (`bloomery.text.normalise`).

    Nothing else is forgiven: not a full stop, not an article, not a sentence around it.
    """

    names: ClassVar[dict[str, str]] = {
        "exact_match": "share of answers that equal a reference once case, width and white space are normalised",
    }
    made: ClassVar[Mapping[str, Made]] = {"exact_match": Share()}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is 1 or 0. DataError where a row has no reference."""
        references = referenced(answers)["references"].list.drop_nulls()
        said, wanted = key(answers["prediction"]), key(references.explode())
        count = references.list.len().cast(pl.Int64).to_numpy()
        if (count > 1).any():
            said = said.gather(np.repeat(np.arange(len(count)), count))
            first = np.cumsum(count) - count
            return pl.DataFrame({"score": np.logical_or.reduceat((said == wanted).to_numpy(), first)}).cast(pl.Float64)
        return pl.DataFrame({"score": (said == wanted).cast(pl.Float64)})

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``exact_match``: the mean score."""
        return {"exact_match": items["score"].mean()}  # type: ignore[dict-item]  # a mean of numbers is a number
