"""Which labels there are and how often; for prompt/completion data whose completions are few short values, those."""

from collections import Counter

import polars as pl

from bloomery.profile.result import Labels
from bloomery.schema import Batch

MOST_LABELS = 1_000
LONGEST_LABEL = 80


def labels(batch: Batch) -> Counter[str]:
    """Label values of a batch; of token labels each tag counts."""
    parts = batch.parts.filter(pl.col("role") == "label")
    if parts.is_empty() and batch.task == "label":
        parts = batch.parts.filter(pl.col("role") == "completion")
    counts = parts.select(pl.col("text").str.strip_chars().str.head(LONGEST_LABEL)).to_series().value_counts()
    return Counter(dict(counts.iter_rows()))


def summed(counts: Counter[str]) -> Labels | None:
    """The labels of all batches; None if there are none."""
    if not counts:
        return None
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Labels(dict(ordered[:MOST_LABELS]), len(ordered), counts.total())
