"""The nouns; every stage speaks only these."""

from bloomery.schema.decisions import (
    ACTIONS,
    LEDGER_SCHEMA,
    PROPOSALS_SCHEMA,
    apply,
    proposals,
)
from bloomery.schema.op import DatasetOp, Op, RowOp
from bloomery.schema.options import JsonSchema, Options, checked_options, complaints, without_references
from bloomery.schema.rows import PARTS_SCHEMA, ROLES, ROWS_SCHEMA, Batch, Quarantined, Task

__all__ = [
    "ACTIONS",
    "LEDGER_SCHEMA",
    "PARTS_SCHEMA",
    "PROPOSALS_SCHEMA",
    "ROLES",
    "ROWS_SCHEMA",
    "Batch",
    "DatasetOp",
    "JsonSchema",
    "Op",
    "Options",
    "Quarantined",
    "RowOp",
    "Task",
    "apply",
    "checked_options",
    "complaints",
    "proposals",
    "without_references",
]
