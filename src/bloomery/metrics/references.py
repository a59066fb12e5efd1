"""One row for each answer and reference."""

import polars as pl

from bloomery.metrics.base import referenced


def told(answers: pl.DataFrame) -> pl.DataFrame:
    """``row``, ``prediction`` ("" for null), ``reference``; a null among the references is none.

    Raises DataError where an answer has no reference.
    """
    columns = referenced(answers).select(pl.col("prediction").fill_null(""), reference="references")
    return columns.with_row_index("row").explode("reference", empty_as_null=True).drop_nulls("reference")
