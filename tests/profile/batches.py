"""Batches made by hand: each row is a list of (role, text)."""

import msgspec
import polars as pl

from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch


def batch(*rows, start=0, task="open", format_name="completion"):
    parts = [(start + i, k, role, text) for i, row in enumerate(rows) for k, (role, text) in enumerate(row)]
    lines = [
        (start + i, f"a.jsonl:{start + i + 1}", 0, 0, msgspec.json.encode(dict(row)), None, True, False)
        for i, row in enumerate(rows)
    ]
    return Batch(
        rows=pl.DataFrame(lines, schema=ROWS_SCHEMA, orient="row"),
        parts=pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row"),
        task=task,
        format=format_name,
    )


def prompts(*texts, **options):
    return batch(*([("prompt", text)] for text in texts), **options)
