"""Answers that are tags: the columns they stand in, and the spans of both sides."""

from typing import NamedTuple

import polars as pl

from bloomery.errors import DataError
from bloomery.metrics.pairs import pairs
from bloomery.metrics.tags import Scheme, sequences, spans


class Sides(NamedTuple):
    """The spans of both sides (``row`` is the pair), and which predictions could be read (Boolean, one a pair)."""

    predicted: pl.DataFrame
    expected: pl.DataFrame
    readable: pl.Series


def told(answers: pl.DataFrame, prediction: str, references: str) -> pl.DataFrame:
    """`bloomery.metrics.pairs.pairs` of two columns by name.

    ``references`` holds the accepted answers of each row; any other column holds the one reference of the row, as text or as a
    list of tags.
    """
    expected = answers[references]
    if references != "references":
        expected = expected.to_frame("tags").with_row_index().group_by("index", maintain_order=True).agg("tags")["tags"]
    return pairs(pl.DataFrame({"item": answers["item"], "prediction": answers[prediction], "references": expected}))


def tagged(told: pl.DataFrame, scheme: Scheme, prediction_scheme: Scheme | None) -> Sides:
    """Both sides as spans. A prediction with another number of tags than the reference is not readable, and has no span.

    Raises `DataError` for a reference that is not of the scheme.
    """
    said, meant = sequences(told["prediction"]), sequences(told["reference"])
    predicted, readable = spans(said, prediction_scheme or scheme)
    expected, valid = spans(meant, scheme)
    readable &= (said.list.len() == meant.list.len()).fill_null(False)
    require(told, valid, f"tags of the scheme {scheme}")
    return Sides(predicted.filter(readable.gather(predicted["row"])), expected, readable)


def require(told: pl.DataFrame, valid: pl.Series, wanted: str) -> None:
    """Refuse references that cannot be read, naming the first."""
    if not valid.all():
        item, wrong = told.filter(~valid).select("item", "reference").row(0)
        text = str(wrong)
        raise DataError(
            f"the reference of {item} cannot be read",
            expected=wanted,
            found=text if len(text) <= 80 else f"{text[:80]}…",
            next="Correct the test set, or the options of the metric",
        )
