"""Items that depend on each other: the cluster of each, from a column of the test."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.errors import DataError, did_you_mean

Clusters = NDArray[np.intp]


def clusters_of(answers: pl.DataFrame, column: str | None) -> Clusters | None:
    """The cluster of each row as a number; rows without one are each a cluster. None where none are asked for.

    Raises DataError for a column that is not there.
    """
    if column is None:
        return None
    if column not in answers.columns:
        raise DataError(
            f"There is no column '{column}' to cluster by",
            expected="one of " + ", ".join(answers.columns),
            next=did_you_mean(column, answers.columns),
        )
    alone = answers[column].is_null()
    # an item without a cluster is one of its own
    label = answers.select(
        pl.when(alone).then(pl.lit("item ") + pl.col("item")).otherwise(pl.lit("in ") + pl.col(column).cast(pl.String))
    ).to_series()
    return np.asarray(np.unique(label.to_numpy(), return_inverse=True)[1], dtype=np.intp)
