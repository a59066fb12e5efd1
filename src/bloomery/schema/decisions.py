"""Decisions: one table of what was decided about which row, by which op, why, and on what number.

An op *proposes*; it never deletes. Proposals are a frame

    n        UInt64   the row
    part     UInt16   the part an edit changes; null for a drop
    action   Enum     drop | edit | keep | relabel
    reason   String   short and stable (``too_short``); the op's name is added by the pipeline
    score    Float64  the number it was decided on, or null
    against  UInt64   the row it was compared with (the kept twin), or null
    detail   String   JSON, or null
    text     String   the new text of an edit

and `apply` is the one function that removes rows or changes texts. The ledger is the same table for people: ``id`` and
``against`` are row ids, ``op`` is the op's name, ``by`` and ``at`` are set only where a person decided.
"""

import polars as pl

from bloomery.schema.rows import Batch

ACTIONS = ("drop", "edit", "keep", "relabel")

PROPOSALS_SCHEMA = pl.Schema(
    {
        "n": pl.UInt64,
        "part": pl.UInt16,
        "action": pl.Enum(ACTIONS),
        "reason": pl.String,
        "score": pl.Float64,
        "against": pl.UInt64,
        "detail": pl.String,
        "text": pl.String,
    }  # type: ignore[arg-type]  # an Enum is an instance, the other types are classes
)

LEDGER_SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "op": pl.String,
        "action": pl.String,
        "reason": pl.String,
        "score": pl.Float64,
        "against": pl.String,
        "detail": pl.String,
        "by": pl.String,
        "at": pl.String,
    }
)


def proposals(frame: pl.DataFrame | None = None, *, action: str | None = None) -> pl.DataFrame:
    """`frame` with every column of PROPOSALS_SCHEMA: missing ones null, types cast, others left out.

    >>> proposals(pl.DataFrame({"n": [3], "reason": ["too_short"]}), action="drop").row(0)
    (3, None, 'drop', 'too_short', None, None, None, None)
    """
    if frame is None:
        return pl.DataFrame(schema=PROPOSALS_SCHEMA)
    if action is not None:
        frame = frame.with_columns(action=pl.lit(action))
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in PROPOSALS_SCHEMA.items()
    ]
    return frame.select(columns)


def apply(batch: Batch, decided: pl.DataFrame) -> Batch:
    """The batch after the decisions: texts changed, then rows dropped. The one function that does either.

    A row that was dropped before keeps its text as it stood when it was dropped: decisions about it change nothing.
    Rows stay in the batch with ``alive = false``.
    """
    if decided.is_empty():
        return batch
    rows, parts = batch.rows, batch.parts
    live = rows.filter(pl.col("alive")).select("n")
    decided = decided.join(live, on="n", how="semi")
    edits = decided.filter(pl.col("action") == "edit")
    drops = decided.filter(pl.col("action") == "drop")
    if not edits.is_empty():
        changed = edits.select("n", "part", new="text").unique(["n", "part"], keep="last", maintain_order=True)
        parts = (
            parts.join(changed, on=["n", "part"], how="left", maintain_order="left")
            .with_columns(text=pl.coalesce("new", "text"))
            .drop("new")
        )
        rows = rows.with_columns(edited=pl.col("edited") | pl.col("n").is_in(changed["n"].unique().implode()))
    if not drops.is_empty():
        rows = rows.with_columns(alive=pl.col("alive") & ~pl.col("n").is_in(drops["n"].unique().implode()))
    return batch.with_(rows=rows, parts=parts)
