"""What must be said about the column that a comparison is clustered by."""

import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.tested import ENOUGH
from bloomery.evaluate.testset import BEFORE, MADE

WHAT = "a cluster is a group of items that depend on each other, such as all questions about one document"


def cluster_notes(answers: pl.DataFrame, column: str | None) -> list[str]:
    """A note where there are few clusters; DataError for a column that says nothing about the test."""
    if column is None or column not in answers.columns:
        return []
    if column in MADE:
        renamed = f"{BEFORE}{column}" in answers.columns
        raise DataError(
            f"The column {column} cannot be clustered by",
            expected=f"a column of the test; {WHAT}",
            found=f"a column that evaluate makes{f', the one of the test is {BEFORE}{column}' if renamed else ''}",
            next=f"Use --cluster {BEFORE}{column}" if renamed else "Name another column",
        )
    count = answers[column].n_unique()
    if not 1 < count < ENOUGH:
        return []
    return [
        f"{column} has {count} values, so there are {count} clusters, which are few ({ENOUGH} at least are wanted): {WHAT}. "
        f"To see the values for each {column} apart, use bloomery evaluate --slice {column}"
    ]
