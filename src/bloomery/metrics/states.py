"""What each answer is, before any metric has looked: missing, empty, refused or answered.

    missing     null: there is no answer, the call failed
    empty       nothing is left of it once normalised (white space, zero-width characters)
    refused     it opens as a refusal (`bloomery.text.refusals`)
    unparsed    told by a metric that asked for a label, for JSON: the same answer may be fine for another metric
    answered    all others

The first that fits counts, in this order, so each answer has one state. An error message that was stored in the place of an
answer is text like any other: whoever calls a model must store null.
"""

import polars as pl

from bloomery.errors import DataError
from bloomery.metrics.base import ANSWERS_SCHEMA, STATES
from bloomery.text.normalise import key
from bloomery.text.refusals import refused


def states(predictions: pl.Series, prompts: pl.Series | None = None) -> pl.Series:
    """The state of each answer (String, aligned); `prompts`, if known, keep asked-for letters and scenes from being refusals.

    >>> states(pl.Series([None, " \\u200b", "I'm sorry, but I can't help.", "Paris"])).to_list()
    ['missing', 'empty', 'refused', 'answered']
    """
    told = pl.DataFrame(
        {"text": predictions, "empty": key(predictions) == "", "refused": refused(predictions, prompts)}
    )
    return told.select(
        state=pl.when(pl.col("text").is_null())
        .then(pl.lit("missing"))
        .when("empty")
        .then(pl.lit("empty"))
        .when("refused")
        .then(pl.lit("refused"))
        .otherwise(pl.lit("answered"))
    )["state"]


def answers_of(rows: pl.DataFrame, *, prompt: str | None = None) -> pl.DataFrame:
    """`rows` as answers (`bloomery.metrics.base`), with a ``state`` where they have none; `prompt` names the prompt's column.

    Raises DataError for no rows, a column that is not there or of another type, an item that stands twice, and states that
    do not fit: a test set without rows has no values, and an item that counts twice has the wrong ones.
    """
    if rows.is_empty():
        raise DataError("The test set is empty", expected="one row at least", next="Check what was read, or the filter")
    if rows.schema.get("prediction") == pl.Null:  # all of them are missing
        rows = rows.with_columns(pl.col("prediction").cast(pl.String))
    if "state" not in rows.columns and rows.schema.get("prediction") == pl.String:
        rows = rows.with_columns(state=states(rows["prediction"], rows[prompt] if prompt else None))
    for name, dtype in ANSWERS_SCHEMA.items():
        if rows.schema.get(name) != dtype:
            raise DataError(
                f"The answers cannot be used: column '{name}'",
                expected=f"a column of type {dtype}",
                found=str(rows.schema.get(name, "none")),
            )
    _check_items(rows["item"])
    _check_states(rows)
    return rows


def _check_items(items: pl.Series) -> None:
    if items.null_count():
        raise DataError(f"{items.null_count():,} test rows have no item id", expected="an id of its own for each")
    twice = items.filter(items.is_duplicated())
    if len(twice):
        raise DataError(
            f"{twice.n_unique():,} items stand more than once in the answers",
            expected="one answer an item",
            found=f"'{twice[0]}' {(twice == twice[0]).sum()} times",
            next="Answers of several runs are scored one run at a time",
        )


def _check_states(rows: pl.DataFrame) -> None:
    wrong = rows.filter(
        ~pl.col("state").is_in(STATES).fill_null(False)
        | (pl.col("prediction").is_null() != (pl.col("state") == "missing"))
    )
    if len(wrong):
        item, said = wrong["item"][0], wrong["state"][0]
        raise DataError(
            f"{len(wrong):,} answers have a state that does not fit",
            expected="one of " + ", ".join(STATES) + "; missing where there is no prediction, and only there",
            found=f"'{said}' in item '{item}'"
            + ("" if wrong["prediction"][0] is not None else ", which has no prediction"),
        )
