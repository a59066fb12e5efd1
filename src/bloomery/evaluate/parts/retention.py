"""How much of a teacher's value a model has: the quotient of their means over the same items."""

from typing import ClassVar

import polars as pl

from bloomery.metrics.base import Additive, Metric, numbers, over


class Retention(Metric):
    """Mean of the model's item scores as a part of the teacher's; above 1 where it is better."""

    names: ClassVar[dict[str, str]] = {"retention": "the model's value as a part of the teacher's"}
    bounds: ClassVar[tuple[float | None, float | None]] = (None, None)

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``mine`` and ``theirs``, as given; ``score`` is the model's."""
        return answers.select(pl.col("mine").alias("score"), "mine", "theirs")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``retention``; null where the teacher has nothing."""
        mine, theirs = float(items["mine"].sum()), float(items["theirs"].sum())
        return {"retention": mine / theirs if theirs > 0 else None}

    def additive(self, items: pl.DataFrame) -> Additive | None:
        """The two sums."""
        return Additive(numbers(items, ["mine", "theirs"]), lambda sums: {"retention": over(sums[:, 0], sums[:, 1])})
