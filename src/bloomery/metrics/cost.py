"""Cost: how long answers took, how many tokens they were and what they cost, from columns that whoever made them recorded.

Nothing is estimated here. A percentile is the linear interpolation of Hyndman and Fan's type 7 (numpy's default); of fewer
than 20 answers p95 is little more than the slowest. Means and sums are over answers whose number is known; calls that gave no
answer are not among them, although they may have cost something.
"""

from typing import ClassVar

import numpy as np
import polars as pl

from bloomery.errors import DataError
from bloomery.llm.budget import PER
from bloomery.llm.options import Prices
from bloomery.metrics.base import Metric


class Cost(Metric):
    """Latency, tokens and money."""

    names: ClassVar[dict[str, str]] = {
        "money": "mean price of an answer, in the currency of the prices",
        "money.total": "price of all answers",
        "latency.mean": "mean seconds an answer took",
        "latency.p50": "seconds that half of the answers took at most",
        "latency.p95": "seconds that 95 % of the answers took at most",
        "tokens.input": "mean tokens of a prompt",
        "tokens.output": "mean tokens of an answer",
    }
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    means: ClassVar[frozenset[str]] = frozenset({"money"})
    higher_is_better: ClassVar[bool] = False

    latency: str = "latency"
    """The column of seconds."""
    tokens_input: str = "tokens_input"
    """The column of prompt tokens."""
    tokens_output: str = "tokens_output"
    """The column of answer tokens."""
    money: str = "money"
    """The column of prices; where it is not there, tokens and `prices` tell."""
    prices: Prices | None = None
    """What a million tokens cost, in any one currency: `{input: 2.5, output: 10}`."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is the money; beside it ``latency``, ``tokens_input``, ``tokens_output``. Null where not known.

        DataError where none of the columns is there, and for numbers below 0.
        """
        columns = {name: getattr(self, name) for name in ("latency", "tokens_input", "tokens_output", "money")}
        if not any(column in answers.columns for column in columns.values()):
            raise DataError(
                "There is nothing to tell the cost from",
                expected="one at least of the columns " + ", ".join(columns.values()),
                found=", ".join(answers.columns),
            )
        known = answers.select(_numbers(answers, column).alias(name) for name, column in columns.items())
        if self.prices and self.money not in answers.columns:
            price = pl.col("tokens_input") * self.prices.input + pl.col("tokens_output") * self.prices.output
            known = known.with_columns(money=price / PER)
        return known.rename({"money": "score"})

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """Those of `names` that the columns tell."""
        found: dict[str, float | None] = {}
        money, latency = (items[name].drop_nulls().to_numpy() for name in ("score", "latency"))
        if len(money):
            found |= {"money": float(money.mean()), "money.total": float(money.sum())}
        if len(latency):
            half, most = np.quantile(latency, [0.5, 0.95])
            found |= {"latency.mean": float(latency.mean()), "latency.p50": float(half), "latency.p95": float(most)}
        for name in ("input", "output"):
            tokens = items[f"tokens_{name}"].drop_nulls().to_numpy()
            if len(tokens):
                found[f"tokens.{name}"] = float(tokens.mean())
        return found


def _numbers(answers: pl.DataFrame, column: str) -> pl.Expr:
    """A column of numbers from 0 on; null where it is not there."""
    if column not in answers.columns:
        return pl.lit(None, pl.Float64)
    if not answers.schema[column].is_numeric():
        raise DataError(f"The column '{column}' holds no numbers", found=str(answers.schema[column]))
    wrong = answers.filter(~(pl.col(column).cast(pl.Float64).is_finite() & (pl.col(column) >= 0)))
    if len(wrong):
        raise DataError(
            f"{len(wrong):,} rows of '{column}' are no cost",
            expected="numbers from 0 on, or null",
            found=f"{wrong[column][0]} in item '{wrong['item'][0]}'",
        )
    return pl.col(column).cast(pl.Float64)
