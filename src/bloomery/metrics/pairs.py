"""Answers against references: one row for each accepted answer, and the one that an answer does best on."""

import polars as pl


def pairs(answers: pl.DataFrame) -> pl.DataFrame:
    """Each answer beside each of its references: ``pair`` and ``row`` (UInt32), ``item``, ``prediction``, ``reference``.

    In order of the answers, then of the references. No answer reads as an empty one.
    """
    said = answers["prediction"]
    said = said.fill_null("") if said.dtype == pl.String else said
    told = answers.select("item", said, reference="references").with_row_index("row")
    return told.explode("reference", empty_as_null=True).with_row_index("pair")


def best(scored: pl.DataFrame) -> pl.DataFrame:
    """Of the pairs of each row the one with the highest ``score``, the first of equals; in order of ``row``."""
    if scored["row"].is_unique().all():
        return scored
    first = scored.sort("row", "score", descending=[False, True], maintain_order=True)
    return first.unique("row", keep="first", maintain_order=True)
