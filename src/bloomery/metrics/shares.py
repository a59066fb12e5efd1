"""The shares of the states, which every scoring tells: how many test rows have no answer, an empty one, a refusal."""

from collections.abc import Mapping
from typing import ClassVar

import polars as pl

from bloomery.metrics.base import Made, Metric, Share

#: states whose share of all rows is a value of every test set, by the name of the state
SHARES = {
    "missing": "share of test rows without an answer (the call failed)",
    "empty": "share of test rows whose answer is empty or blank",
    "refused": "share of test rows whose answer is a refusal",
}


class States(Metric):
    """Shares of all test rows, those without an answer as well."""

    names: ClassVar[dict[str, str]] = SHARES
    made: ClassVar[Mapping[str, Made]] = {name: Share(name) for name in SHARES}
    of_all_rows: ClassVar[bool] = True
    higher_is_better: ClassVar[bool] = False

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """A Boolean for each of the states; ``score`` is whether the answer is missing."""
        found = answers.select((pl.col("state") == name).alias(name) for name in SHARES)
        return found.with_columns(score=pl.col("missing").cast(pl.Float64))

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The three shares."""
        return dict(items.select(pl.col(tuple(SHARES)).mean()).row(0, named=True))
