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

import numpy as np
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


_NONE = pl.DataFrame(schema=PROPOSALS_SCHEMA)


def proposals(frame: pl.DataFrame | None = None, *, action: str | None = None) -> pl.DataFrame:
    """`frame` with every column of PROPOSALS_SCHEMA: missing ones null, types cast, others left out.

    >>> proposals(pl.DataFrame({"n": [3], "reason": ["too_short"]}), action="drop").row(0)
    (3, None, 'drop', 'too_short', None, None, None, None)
    """
    if frame is None or frame.is_empty():
        return _NONE
    if action is None and frame.schema == PROPOSALS_SCHEMA:
        return frame
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
    n, alive, edited = (batch.rows[name].to_numpy() for name in ("n", "alive", "edited"))
    row = n.searchsorted(decided["n"].to_numpy())
    heard = np.append(n, ~np.uint64(0))[row] == decided["n"].to_numpy()
    heard &= np.append(alive, False)[row]
    edits = heard & (decided["action"] == "edit").to_numpy()
    drops = heard & (decided["action"] == "drop").to_numpy()
    if edits.any():
        batch = _edited(batch, decided.filter(pl.Series(edits)))
        edited = edited.copy()
        edited[row[edits]] = True
    if drops.any():
        alive = alive.copy()
        alive[row[drops]] = False
    if not (edits.any() or drops.any()):
        return batch
    return batch.with_(rows=batch.rows.with_columns(alive=pl.Series(alive), edited=pl.Series(edited)))


def _edited(batch: Batch, edits: pl.DataFrame) -> Batch:
    """The batch with the texts of `edits`, the last one where a part has several."""
    places = batch.places(edits["n"], edits["part"])
    some, last = np.unique(places[::-1], return_index=True)
    texts = edits["text"].gather(len(places) - 1 - last)
    real = (some >= 0) & texts.is_not_null().to_numpy()
    return batch.with_texts(some[real], texts.filter(pl.Series(real))) if real.any() else batch
