"""What must be said about the column that a comparison is clustered by."""

from collections.abc import Sequence

import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.tested import ENOUGH
from bloomery.evaluate.testset import BEFORE, MADE

WHAT = "a cluster is a group of items that depend on each other, such as all questions about one document"


def clustered_by(runs: Sequence[Evaluated], asked: str | None) -> tuple[str | None, list[str]]:
    """The column to cluster by, and what must be said: the one `asked` for ("" for none), else that of all the runs."""
    of_runs = {run.manifest["options"].get("cluster") for run in runs}
    if asked is not None:
        return asked or None, []
    if len(of_runs) == 1:
        (column,) = of_runs
        said = f"clustered by {column}, as the runs were evaluated; --cluster '' compares as if items were independent"
        return column, [said] * (column is not None)
    each = ", ".join(
        f"{run.folder} {f'by {column}' if (column := run.manifest['options'].get('cluster')) else 'without'}"
        for run in runs
    )
    return None, [f"not clustered, since the runs were not evaluated alike ({each}): say --cluster COLUMN"]


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
