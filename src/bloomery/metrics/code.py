"""pass@k and pass^k, from results that are given: which samples of an item passed its tests. Nothing is run here.

Of n samples of an item, c passed. Of k samples drawn from these without putting back,

- pass@k is the chance that at least one passed, 1 − C(n − c, k) / C(n, k) (Chen et al. 2021, equation 1);
- pass^k is the chance that all of them passed, C(c, k) / C(n, k) (Yao et al. 2024).

Both are unbiased for a new draw of k samples; 1 − (1 − c/n)^k is not, and too small. A value over rows is the mean
of its items.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.errors import DataError, NotComputableError, did_you_mean
from bloomery.metrics.base import Made, Mean, Metric

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def all_of(good: Ints, samples: Ints, k: int) -> Floats:
    """The chance that k of n samples, drawn without putting back, are all among the good ones: C(good, k) / C(n, k).

    As a product of k ratios, ∏ (good − i) / (n − i), so that no large number arises. Shape: that of `good`.

    >>> all_of(np.array([3, 1, 5]), np.array([5, 5, 5]), 2).round(6).tolist()
    [0.3, 0.0, 1.0]
    """
    found = np.ones(good.shape, dtype=np.float64)
    for i in range(k):
        found *= np.maximum(good - i, 0) / np.maximum(samples - i, 1)
    return found


class Code(Metric):
    """pass@k and pass^k over results of tests; the score of an item is the share of its samples that passed."""

    names: ClassVar[dict[str, str]] = {
        "pass_rate": "share of an item's samples that pass, mean over the items; the same as pass@1",
        "pass@<k>": "chance that at least one of k samples passes, estimated without bias; mean over the items",
        "pass^<k>": "chance that all of k samples pass, estimated without bias; mean over the items",
    }
    made: ClassVar[Mapping[str, Made]] = {
        "pass_rate": Mean(),
        "pass@<k>": Mean(lambda k: pl.col(f"pass@{k}")),
        "pass^<k>": Mean(lambda k: pl.col(f"pass^{k}")),
    }

    column: str = "passed"
    """The column with the results of an item: a list of Booleans (or of 0 and 1), one a sample, or one Boolean."""
    k: Annotated[tuple[Annotated[int, Field(ge=1, le=100_000)], ...], Field(min_length=1)] = (1,)
    """How many samples are drawn."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (c / n), ``samples`` (n), ``passed`` (c), and a column for each value.

        A null among the results is a sample that was not run, and no sample. Raises NotComputableError if an item has fewer
        than k samples, DataError if the column is missing or holds something else.
        """
        results = _results(answers, self.column)
        samples = results.list.len().cast(pl.Int64).fill_null(0).to_numpy()
        passed = results.list.sum().cast(pl.Int64).fill_null(0).to_numpy()
        most = max(self.k)
        few = np.flatnonzero(samples < most)
        if len(few):
            named = answers["item"][int(few[0])] if "item" in answers.columns else few[0]
            raise NotComputableError(
                f"pass@{most} needs at least {most} samples of each item: {len(few):,} of {len(samples):,} items have fewer "
                f"(the item {named} has {samples[few[0]]})"
            )
        values = {f"pass@{k}": 1 - all_of(samples - passed, samples, k) for k in self.k}
        values |= {f"pass^{k}": all_of(passed, samples, k) for k in self.k}
        return pl.DataFrame({"score": passed / samples, "samples": samples, "passed": passed, **values})

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``pass_rate``, and ``pass@<k>`` and ``pass^<k>`` for each k."""
        columns = self.plain()[1:]
        return dict(items.select(pl.col("score").mean().alias("pass_rate"), pl.col(columns).mean()).row(0, named=True))

    def plain(self) -> list[str]:
        """``pass_rate``, and the two values for each k."""
        return ["pass_rate", *(f"{kind}{k}" for kind in ("pass@", "pass^") for k in self.k)]


def _results(answers: pl.DataFrame, column: str) -> pl.Series:
    """The results as a List[Int8] of 0 and 1, without nulls."""
    if column not in answers.columns:
        raise DataError(
            f"There is no column '{column}' with results of tests", next=did_you_mean(column, answers.columns)
        )
    found = answers[column]
    if not isinstance(found.dtype, pl.List):
        found = pl.select(pl.concat_list(pl.lit(found))).to_series()
    plain = found.list.drop_nulls()
    each = plain.explode(empty_as_null=False)
    if each.dtype != pl.Boolean and not (each.dtype.is_numeric() and ((each == 0) | (each == 1)).all()):
        raise DataError(
            f"The column '{column}' has no results of tests",
            expected="lists of Booleans",
            found=str(answers[column].dtype),
        )
    return plain.cast(pl.List(pl.Int8))
