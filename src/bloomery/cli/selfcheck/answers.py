"""What the checks of metrics share: answers to score, and a check of the values by name."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from bloomery.cli.selfcheck.check import Check
from bloomery.metrics import states
from bloomery.metrics.base import ANSWERS_SCHEMA
from bloomery.metrics.names import METRICS


def answers(predictions: Sequence[str | None], references: Sequence[str | list[str]], **columns: Any) -> pl.DataFrame:
    """Answers as metrics want them, with ids and states."""
    lists = [[one] if isinstance(one, str) else one for one in references]
    schema = {name: dtype for name, dtype in ANSWERS_SCHEMA.items() if name != "state"}
    ids = [str(number) for number in range(len(lists))]
    rows = pl.DataFrame({"item": ids, "prediction": predictions, "references": lists}, schema=schema)
    return states.answers_of(rows.with_columns(pl.Series(name, values) for name, values in columns.items()))


def values(metric: str, rows: pl.DataFrame, names: Sequence[str], **options: Any) -> dict[str, Any]:
    """The values of a metric by name, and under ``score`` those of the items."""
    ready = METRICS[metric](**options).prepared(rows)
    items = ready.items(rows)
    found = {**ready.total(items), "score": items["score"].to_list()}
    return {name: found.get(name, "no such value") for name in names}


def metric_check(
    metric: str,
    what: str,
    rows: pl.DataFrame,
    expected: dict[str, Any],
    source: str,
    *,
    needs: Sequence[str] = (),
    **options: Any,
) -> Check:
    """A check of the values named in `expected`, with options of the metric."""
    return Check(
        f"metrics.{metric}",
        what,
        lambda: values(metric, rows, list(expected), **options),
        expected,
        source,
        needs=needs,
    )
