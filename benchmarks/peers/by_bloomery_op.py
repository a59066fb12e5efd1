"""The op `near` of Bloomery by itself, over texts in memory as the peers have them: all that it decides, and nothing written."""

import numpy as np
import polars as pl
from answer import answer

from bloomery.clean.near import Near
from bloomery.engine import ordered
from bloomery.schema.rows import PARTS_SCHEMA, ROWS_SCHEMA, Batch

ROWS = 10_000  # of a batch


def kept(texts: list[str]) -> list[int]:
    op, alive = Near(), np.ones(len(texts), dtype=np.bool_)
    batches = (batch(texts, first) for first in range(0, len(texts), ROWS))
    decided = op.decide(op.merge(list(ordered(op.observe, batches))), alive)
    alive[decided.filter(pl.col("action") == "drop")["n"].to_numpy()] = False
    return np.flatnonzero(alive).tolist()


def batch(texts: list[str], first: int) -> Batch:
    some = texts[first : first + ROWS]
    n = pl.int_range(first, first + len(some), dtype=pl.UInt64, eager=True)
    none = {"source": 0, "priority": 0, "raw": b"", "fault": None, "alive": True, "edited": False}
    rows = pl.DataFrame({"n": n}).with_columns(
        id=pl.col("n").cast(pl.String), **{k: pl.lit(v) for k, v in none.items()}
    )
    parts = pl.DataFrame({"n": n, "text": some}).with_columns(part=pl.lit(0), role=pl.lit("text"))
    return Batch(
        rows.select(ROWS_SCHEMA.names()).cast(dict(ROWS_SCHEMA)),
        parts.select(PARTS_SCHEMA.names()).cast(dict(PARTS_SCHEMA)),
    )


if __name__ == "__main__":
    answer("bloomery", kept)
