"""Answers to test metrics with."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from bloomery.metrics.base import ANSWERS_SCHEMA
from bloomery.metrics.states import answers_of


def answers(predictions: Sequence[str | None], references: Sequence[str | list[str]], **columns: Any) -> pl.DataFrame:
    """Answers with the ids 0, 1, 2 … and their states."""
    lists = [[one] if isinstance(one, str) else one for one in references]
    items = [str(number) for number in range(len(lists))]
    schema = {name: dtype for name, dtype in ANSWERS_SCHEMA.items() if name != "state"}
    rows = pl.DataFrame({"item": items, "prediction": predictions, "references": lists}, schema=schema)
    return answers_of(rows.with_columns(pl.Series(name, values) for name, values in columns.items()))
