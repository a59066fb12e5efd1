"""Batches written out by hand."""

from typing import Any

import polars as pl

from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, RowOp, apply

Row = list[tuple[str, str]]


def batch(*rows: Row, faults: list[str | None] | None = None, first: int = 0, **about: Any) -> Batch:
    """A batch of rows given as (role, text) pairs; numbering starts at `first`."""
    faults = faults or [None] * len(rows)
    numbered = list(enumerate(rows, first))
    head = [
        (n, f"a.jsonl:{n + 1}", 0, 0, b"{}", fault, True, False) for (n, _), fault in zip(numbered, faults, strict=True)
    ]
    parts = [(n, k, role, text) for n, row in numbered for k, (role, text) in enumerate(row)]
    return Batch(
        pl.DataFrame(head, schema=ROWS_SCHEMA, orient="row"),
        pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row"),
        **about,
    )


def prompts(*texts: str) -> Batch:
    """Rows of one prompt each."""
    return batch(*[[("prompt", text)] for text in texts])


def edited(op: RowOp, *texts: str, role: str = "prompt") -> list[str]:
    """The texts after the op."""
    rows = batch(*[[(role, text)] for text in texts])
    return apply(rows, op.decide(rows)).parts["text"].to_list()


def reasons(proposed: pl.DataFrame) -> dict[int, str]:
    """Row number to reason."""
    return dict(proposed.select("n", "reason").iter_rows())
