"""The text of a row of another dataset, as long as that can be read."""

from typing import Any

import polars as pl

from bloomery.clean.against import reader_like
from bloomery.clean.reference_index import is_index
from bloomery.clean.result import CleanResult
from bloomery.errors import UsageError
from bloomery.formats.base import Part
from bloomery.formats.source import Source


def foreign_texts(run: CleanResult, op: str, dataset: str, row_id: str) -> list[Part] | str:
    """The row's texts in reading order, or the sentence that says why they cannot be shown."""
    if is_index(dataset):
        return f"{dataset} is an index and holds no text"
    try:
        reader = reader_like(_source(run, op, dataset), run.manifest["format"]["name"])
        for batch in reader:
            row = batch.rows.filter(pl.col("id") == row_id)
            if row.height:
                parts = batch.parts.filter(pl.col("n") == row["n"][0])
                return [Part(role, text) for role, text in parts.select("role", "text").iter_rows()]
    except UsageError as error:
        return f"{row_id} cannot be read again: {error}"
    return f"{row_id} is no longer in {dataset}"


def _source(run: CleanResult, op: str, dataset: str) -> Source:
    """How the recipe names the dataset."""
    entries: list[dict[str, dict[str, Any]]] = run.manifest["recipe"]["clean"]
    named: list[Any] = next((entry[op].get("against", []) for entry in entries if op in entry), [])
    found = (one for one in named if isinstance(one, dict) and one["path"] == dataset)
    return Source(**next(found, {"path": dataset}))
