"""Counting: what each batch adds to the report's numbers, and how they add up.

Everything here is a sum, a minimum or a smallest-k, so the result does not depend on batch size or order. Examples are
the rows with the smallest hash of their number: a sample that is spread over the input and the same every time.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.summary import LENGTH_EDGES
from bloomery.schema import Batch
from bloomery.text.fingerprint import mix

MEASURED = ("prompt", "completion", "text")
EXAMPLES_PER_REASON = 4
EDIT_EXAMPLES = 6
TWIN_EXAMPLES = 10
TEXT_LIMIT = 4_000  # characters of a part that an example keeps


@dataclass
class Tally:
    """Numbers of a run, or of one batch of it; `add` joins two."""

    lengths: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    per_source: Counter[tuple[int, str]] = field(default_factory=Counter)  # (source, fate or "edited")
    per_reason: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (op, action, reason) -> rows
    edited_by: Counter[str] = field(default_factory=Counter)  # op -> rows
    pii: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for role, counts in other.lengths.items():
            self.lengths[role] = self.lengths.get(role, np.zeros_like(counts)) + counts
        for name in ("per_source", "per_reason", "edited_by", "pii"):
            getattr(self, name).update(getattr(other, name))
        for key, found in other.examples.items():
            both = sorted(self.examples[key] + found, key=lambda e: (e["order"], e["id"]))
            self.examples[key] = both[: _limit(key[1])]


def lengths(batch: Batch, *, alive_only: bool) -> dict[str, npt.NDArray[np.int64]]:
    """Characters per row and measured role, counted into the bins of `LENGTH_EDGES`.

    Rows without that role are not counted.
    """
    parts = batch.parts
    if alive_only:
        living = batch.rows.filter("alive")
        parts = parts.join(living.select("n"), on="n", how="semi") if living.height < len(batch) else parts
    found = {}
    for role in MEASURED:
        mine = parts.lazy().filter(pl.col("role") == role).select("n", size=pl.col("text").str.len_chars()).collect()
        if not mine.is_empty():
            sizes = _sum_by_row(mine["n"].to_numpy(), mine["size"].to_numpy())
            bins = np.searchsorted(LENGTH_EDGES, sizes, side="right") - 1
            found[role] = np.bincount(bins, minlength=len(LENGTH_EDGES) - 1).astype(np.int64)
    return found


def _sum_by_row(numbers: npt.NDArray[Any], sizes: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Sizes added over equal, adjacent row numbers."""
    starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
    return np.add.reduceat(sizes.astype(np.int64), starts)


def tally(batch: Batch, lines: pl.DataFrame) -> Tally:
    """The numbers of one finished batch. `lines` are its ledger lines (`bloomery.clean.pipeline.LINES_SCHEMA`)."""
    sums = Tally(lengths=lengths(batch, alive_only=True))
    fates = batch.rows.select(
        "source",
        fate=pl.when("alive").then(pl.lit("kept")).otherwise(pl.lit("dropped")),
        changed=pl.col("edited") & pl.col("alive"),
    )
    for source, fate, count in fates.group_by("source", "fate").len().iter_rows():
        sums.per_source[source, fate] = count
    for source, count in fates.filter("changed").group_by("source").len().iter_rows():
        sums.per_source[source, "edited"] = count
    if lines.is_empty():
        return sums
    lines = lines.filter("effective")
    for op, action, reason, count in lines.group_by("op", "action", "reason").agg(pl.col("n").n_unique()).iter_rows():
        sums.per_reason[op, action, reason] = count
    edits = lines.filter(pl.col("action") == "edit")
    for op, count in edits.group_by("op").agg(pl.col("n").n_unique()).iter_rows():
        sums.edited_by[op] = count
    for detail in edits.filter(pl.col("op") == "pii")["detail"].drop_nulls():
        sums.pii.update(span[2] for span in msgspec.json.decode(detail)["spans"])
    sums.examples.update(_examples(batch, lines))
    return sums


def _limit(action: str) -> int:
    return {"drop": EXAMPLES_PER_REASON, "edit": EDIT_EXAMPLES}.get(action, TWIN_EXAMPLES)


def _examples(batch: Batch, lines: pl.DataFrame) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """For each (op, action, reason) the few rows with the smallest hash of their number, with their texts."""
    picked = (
        lines.filter(pl.col("op") != "person")
        .join(batch.rows.select("n", "id"), on="n", how="left", maintain_order="left")
        .with_columns(order=pl.col("n").map_batches(lambda n: pl.Series(mix(n.to_numpy())), return_dtype=pl.UInt64))
        .sort("order", "id", "part")
        .unique(["n", "op", "action", "reason"], keep="first", maintain_order=True)
        .group_by("op", "action", "reason", maintain_order=True)
        .head(TWIN_EXAMPLES)
    )
    texts = texts_of(batch.parts, picked["n"].unique().sort())
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in picked.iter_rows(named=True):
        key = (line["op"], line["action"], line["reason"])
        if len(found[key]) < _limit(line["action"]):
            found[key].append(line | {"row": texts[line["n"]]})
    return found


def texts_of(parts: pl.DataFrame, numbers: pl.Series) -> dict[int, list[list[str]]]:
    """``[[role, text], ...]`` of the given rows, long texts cut at `TEXT_LIMIT` characters."""
    mine = parts.filter(pl.col("n").is_in(numbers.implode())).select(
        "n", pl.col("role").cast(pl.String), pl.col("text").str.slice(0, TEXT_LIMIT)
    )
    found: dict[int, list[list[str]]] = defaultdict(list)
    for n, role, text in mine.iter_rows():
        found[n].append([role, text])
    return found


def what_if(would: npt.NDArray[np.uint64], steps: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For each step number, how many rows it alone would have dropped, and how many only it would have."""
    counts = {}
    for step in steps:
        bit = np.uint64(1) << np.uint64(step)
        counts[step] = (int(np.count_nonzero(would & bit)), int(np.count_nonzero(would == bit)))
    return counts
