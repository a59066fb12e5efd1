"""Rows by hand, and one op run over them: for the tests of `exact` and `near`."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import polars as pl

from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, DatasetOp

Row = Sequence[tuple[str, str]]


class Found(NamedTuple):
    dropped: dict[int, tuple[int, float]]  # row -> (kept row, similarity)
    twins: dict[int, tuple[int, float]]


def chat(prompt: str, completion: str) -> Row:
    return [("prompt", prompt), ("completion", completion)]


def batch(rows: Sequence[Row], *, start: int = 0, task: str = "open", priority: Sequence[int] | None = None) -> Batch:
    parts = [(start + i, k, role, text) for i, row in enumerate(rows) for k, (role, text) in enumerate(row)]
    lines = [
        (start + i, f"a.jsonl:{start + i + 1}", 0, priority[i] if priority else 0, b"{}", None, True, False)
        for i in range(len(rows))
    ]
    return Batch(
        rows=pl.DataFrame(lines, schema=ROWS_SCHEMA, orient="row"),
        parts=pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row"),
        task=task,
    )


def found(
    op: DatasetOp,
    rows: Sequence[Row],
    *,
    sizes: Sequence[int] = (),
    backwards: bool = False,
    dead: Sequence[int] = (),
    task: str = "open",
    priority: Sequence[int] | None = None,
) -> Found:
    """What `op` proposes for `rows`, seen in batches of the given sizes (the rest in one), in this order or backwards."""
    ends = [0, *np.minimum(np.cumsum([*sizes, len(rows)]), len(rows)).tolist()]
    states = [
        op.observe(batch(rows[i:j], start=i, task=task, priority=priority[i:j] if priority else None))
        for i, j in pairwise(ends)
    ]
    alive = np.ones(len(rows), dtype=bool)
    alive[list(dead)] = False
    decided = op.decide(op.merge(states[::-1] if backwards else states), alive)
    assert decided["n"].is_sorted()
    by_action = {
        action: {n: (against, score) for n, against, score in lines.select("n", "against", "score").iter_rows()}
        for (action,), lines in decided.group_by("action")
    }
    return Found(by_action.get("drop", {}), by_action.get("keep", {}))
