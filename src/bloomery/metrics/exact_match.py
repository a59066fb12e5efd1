"""Exact match: the answer is one of the references, once both are normalised."""

from typing import ClassVar

import polars as pl

from bloomery.metrics.base import Metric
from bloomery.text.normalise import key


class ExactMatch(Metric):
    """Share of answers that equal a reference, apart from case, width and white space (`bloomery.text.normalise`)."""

    names: ClassVar[dict[str, str]] = {
        "exact_match": "share of answers that equal a reference once case, width and white space are normalised",
    }

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is 1 or 0."""
        told = (
            answers.select("prediction", "references").with_row_index("row").explode("references", empty_as_null=True)
        )
        equal = key(told["prediction"]) == key(told["references"])
        return (
            told.select("row", score=equal)
            .group_by("row")
            .agg(pl.col("score").any().cast(pl.Float64))
            .sort("row")
            .drop("row")
        )

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``exact_match``: the mean score."""
        return {"exact_match": items["score"].mean()}  # type: ignore[dict-item]  # a mean of numbers is a number
