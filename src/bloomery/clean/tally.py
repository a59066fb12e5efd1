"""Counting: what each batch adds to the report's numbers, and how they add up.

Everything here is a sum, a minimum or a smallest-k, so the result does not depend on batch size or order. Examples are
the rows with the smallest hash of their number: a sample that is spread over the input and the same every time.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.summary import LENGTH_EDGES
from bloomery.formats.base import Format
from bloomery.schema import ROLES, Batch
from bloomery.text.fingerprint import mix
from bloomery.text.marks import characters

MEASURED = ("prompt", "completion", "text")
EXAMPLES_PER_REASON = 4
EDIT_EXAMPLES = 6
TWIN_EXAMPLES = 10
TEXT_LIMIT = 4_000  # characters of a part that an example keeps

#: rows in each bin of `LENGTH_EDGES`, by role
Counts = dict[str, npt.NDArray[np.int64]]


class Finished(NamedTuple):
    """A batch with its fates; nothing will change any more."""

    rows: pl.DataFrame  # as `bloomery.clean.walk.Walked` has them; json is null where the row is as it was read
    lines: pl.DataFrame  # the lines that count, in order
    alive: npt.NDArray[np.bool_]
    edited: npt.NDArray[np.bool_]
    first: int


@dataclass
class Tally:
    """Numbers of a run, or of one batch of it; `add` joins two."""

    lengths: Counts = field(default_factory=dict)
    per_source: Counter[tuple[int, str]] = field(default_factory=Counter)  # (source, fate or "edited")
    per_reason: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # (op, action, reason) -> rows
    edited_by: Counter[str] = field(default_factory=Counter)  # op -> rows
    pii: Counter[str] = field(default_factory=Counter)
    against: Counter[tuple[str, str]] = field(default_factory=Counter)  # (op, detail that names a dataset) -> rows
    examples: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        add_counts(self.lengths, other.lengths)
        for name in ("per_source", "per_reason", "edited_by", "pii", "against"):
            getattr(self, name).update(getattr(other, name))
        for key, found in other.examples.items():
            both = sorted(self.examples[key] + found, key=lambda e: (e["order"], e["id"]))
            self.examples[key] = both[: _limit(key[1])]


def add_counts(counts: Counts, more: Counts) -> None:
    """Add `more` to `counts`."""
    for role, some in more.items():
        counts[role] = counts.get(role, np.zeros_like(some)) + some


def bins(batch: Batch) -> list[pl.Series]:
    """For each measured role, which bin of `LENGTH_EDGES` the row's characters in it fall into; -1 where it has none.

    Int8 series, aligned with ``batch.rows``, named ``length_`` and the role.
    """
    row, height = batch.row_of_part(), len(batch)
    codes = batch.parts["role"].to_physical().to_numpy()
    size = characters(batch)
    found = []
    for role in MEASURED:
        bin_of = np.full(height, -1, dtype=np.int8)
        mine = codes == ROLES.index(role)
        if mine.any():
            total = np.bincount(row[mine], weights=size[mine], minlength=height).astype(np.int64)
            there = np.zeros(height, dtype=np.bool_)
            there[row[mine]] = True
            bin_of[there] = _bin(total[there])
        found.append(pl.Series(f"length_{role}", bin_of))
    return found


_EDGES = np.array(LENGTH_EDGES, dtype=np.int64)
_SMALL = (np.searchsorted(_EDGES, np.arange(10_000), side="right") - 1).astype(np.int8)


def _bin(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    """The bin of each size."""
    found = _SMALL[np.minimum(sizes, len(_SMALL) - 1)]
    large = np.flatnonzero(sizes >= len(_SMALL))
    found[large] = np.searchsorted(_EDGES, sizes[large], side="right") - 1
    return found


def count(columns: Sequence[pl.Series], chosen: npt.NDArray[np.bool_] | None = None) -> Counts:
    """Rows in each bin, of all rows or of the chosen ones; roles that no row has are left out."""
    found = {}
    for column in columns:
        values = column.to_numpy() if chosen is None else column.to_numpy()[chosen]
        values = values[values >= 0]
        if len(values):
            found[column.name.removeprefix("length_")] = np.bincount(values, minlength=len(LENGTH_EDGES) - 1)
    return found


def tally(batch: Finished) -> Tally:
    """The numbers of one finished batch."""
    rows, lines, alive, edited, first = batch
    sums = Tally(lengths=count([rows[f"length_{role}"] for role in MEASURED], alive))
    sources = rows["source"].to_numpy()
    for what, chosen in (("kept", alive), ("dropped", ~alive), ("edited", edited & alive)):
        found, counts = np.unique(sources[chosen], return_counts=True)
        sums.per_source.update({(int(source), what): int(many) for source, many in zip(found, counts, strict=True)})
    if lines.is_empty():
        return sums
    lines = lines.filter("effective")
    for op, action, reason, many in lines.group_by("op", "action", "reason").agg(pl.col("n").n_unique()).iter_rows():
        sums.per_reason[op, action, reason] = many
    known = lines.filter(
        (pl.col("action") == "drop") & pl.col("against").is_not_null() & pl.col("detail").is_not_null()
    )
    for op, detail, many in known.group_by("op", "detail").agg(pl.col("n").n_unique()).iter_rows():
        sums.against[op, detail] = many
    edits = lines.filter(pl.col("action") == "edit")
    for op, many in edits.group_by("op").agg(pl.col("n").n_unique()).iter_rows():
        sums.edited_by[op] = many
    for detail in edits.filter(pl.col("op") == "pii")["detail"].drop_nulls():
        sums.pii.update(span[2] for span in msgspec.json.decode(detail)["spans"])
    sums.examples.update(_examples(lines, rows, first))
    return sums


def _limit(action: str) -> int:
    return {"drop": EXAMPLES_PER_REASON, "edit": EDIT_EXAMPLES}.get(action, TWIN_EXAMPLES)


def _examples(lines: pl.DataFrame, rows: pl.DataFrame, first: int) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """For each (op, action, reason) the lines of the few rows with the smallest hash of their number, and these rows."""
    picked = lines.filter(~pl.col("op").is_in(["person", "merge"]))
    if picked.is_empty():
        return {}
    picked = picked.with_columns(order=pl.Series(mix(picked["n"].to_numpy())))
    keys = ["op", "action", "reason"]
    picked = picked.filter(pl.col("order").rank("dense").over(keys) <= TWIN_EXAMPLES)
    picked = picked.sort("order", "n", "step", "part").unique(["n", *keys], keep="first", maintain_order=True)
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in picked.iter_rows(named=True):
        key = (line["op"], line["action"], line["reason"])
        if len(found[key]) < _limit(line["action"]):
            found[key].append(line | rows.row(line["n"] - first, named=True))
    return found


def texts_of(row: Mapping[str, Any], formats: Sequence[Format]) -> list[list[str]]:
    """``[[role, text], ...]`` of a row (``source, raw, json``), long texts cut at `TEXT_LIMIT` characters."""
    record = msgspec.json.decode(row["raw"] if row["json"] is None else row["json"])
    return [[part.role, part.text[:TEXT_LIMIT]] for part in formats[row["source"]].parse(record).parts]


def what_if(would: npt.NDArray[np.uint64], steps: Sequence[int]) -> dict[int, tuple[int, int]]:
    """For each step number, how many rows it alone would have dropped, and how many only it would have."""
    counts = {}
    for step in steps:
        bit = np.uint64(1) << np.uint64(step)
        counts[step] = (int(np.count_nonzero(would & bit)), int(np.count_nonzero(would == bit)))
    return counts
