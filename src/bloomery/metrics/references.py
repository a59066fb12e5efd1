"""One row for each answer and reference."""

import polars as pl

from bloomery.errors import DataError


def told(answers: pl.DataFrame) -> pl.DataFrame:
    """``row``, ``prediction`` ("" for null), ``reference``; a null among the references is none.

    Raises DataError where an answer has no reference.
    """
    columns = answers.select(pl.col("prediction").fill_null(""), reference="references").with_row_index("row")
    found = columns.explode("reference", empty_as_null=True).drop_nulls("reference")
    if found["row"].n_unique() < answers.height:
        row = next(
            row for row, known in enumerate(answers["references"]) if known is None or not known.drop_nulls().len()
        )
        named = answers["item"][row] if "item" in answers.columns else row
        raise DataError(f"The item {named} has no reference", expected="at least one")
    return found
