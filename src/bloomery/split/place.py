"""Where every row goes: held out sources first, then time, then stratified shares, then balance.

Everything is decided on whole units, so no duplicate cluster or group straddles two files. Where a unit has rows of a held
out source and others, the others are set aside (``unused.jsonl``): the held out source is a test, and must be whole.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.errors import DataError, RecipeError
from bloomery.split.assign import assign
from bloomery.split.latest import Latest, latest
from bloomery.split.options import Split
from bloomery.split.units import Ints
from bloomery.text.counted import counted
from bloomery.text.fingerprint import shuffled

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
OUT_OF_DISTRIBUTION = "ood"
LEAKS, UNDERSAMPLED = "duplicates_held_out_source", "undersampled"


@dataclass
class Placed:
    """Where each row goes, and what is worth saying about it."""

    splits: list[str]
    of_row: npt.NDArray[np.int8]  # index into `splits`, -1 for unused
    reason: dict[int, str] = field(default_factory=dict)  # row -> why it is unused
    notes: list[str] = field(default_factory=list)

    def rows(self, split: str) -> Ints:
        """The rows of a split, in input order."""
        return np.flatnonzero(self.of_row == self.splits.index(split))

    def set_aside(self, rows: Ints, reason: str) -> None:
        """Make rows unused."""
        self.of_row[rows] = -1
        self.reason.update(dict.fromkeys(rows.tolist(), reason))


def place(unit: Ints, labels: pl.DataFrame, times: Floats | None, held: Bools, options: Split) -> Placed:
    """Place every row.

    Args:
        unit: unit of each row, from 0.
        labels: ``row, label``, one line or more for each row; empty for no labels.
        times: time of each row, or None.
        held: rows of held out sources.
        options: what was asked.
    """
    shares = options.shares
    placed = Placed([*shares, *([OUT_OF_DISTRIBUTION] if held.any() else [])], np.full(len(unit), -1, dtype=np.int8))
    rest = np.arange(len(unit))
    if held.any():
        rest = _hold_out(placed, unit, held)
    rest_units = len(np.unique(unit[rest]))
    if rest_units < len(shares):
        raise DataError(
            f"{counted(len(rest), 'row')} cannot be split in {len(shares)}",
            expected=f"at least {len(shares)} rows or groups of rows that have nothing in common",
            found=f"{rest_units}: the others are duplicates of each other or share a group",
            next="Give more rows, or loosen what belongs together: --match text, a higher --near, no --group",
        )
    names = list(shares)
    if times is not None:
        rest = _by_time(placed, rest, unit, times, names, options)
    _by_share(placed, rest, unit, labels, [name for name in names if not _filled(placed, name)], options)
    if options.balance == "undersample":
        _undersample(placed, labels, options.seed)
    return placed


def _filled(placed: Placed, name: str) -> bool:
    return bool(len(placed.rows(name)))


def _hold_out(placed: Placed, unit: Ints, held: Bools) -> Ints:
    """Place held out rows and set aside their like; the rows that are left."""
    touched = np.zeros(int(unit.max()) + 1, dtype=np.bool_)
    touched[unit[held]] = True
    placed.of_row[held] = placed.splits.index(OUT_OF_DISTRIBUTION)
    leaks = np.flatnonzero(touched[unit] & ~held)
    placed.set_aside(leaks, LEAKS)
    if len(leaks):
        placed.notes.append(
            f"{counted(len(leaks), 'row')} of other sources set aside in unused.jsonl: duplicates of held out rows, or of a "
            "group with them"
        )
    return np.flatnonzero(~touched[unit])


def _by_time(placed: Placed, rest: Ints, unit: Ints, times: Floats, names: list[str], options: Split) -> Ints:
    """Place the latest rows; the rows that are left for the shares."""
    total, untimed = len(rest), int(np.isneginf(times[rest]).sum())
    if untimed == total:
        raise DataError(
            f"No row has a time in column '{options.time}'", expected="dates or numbers", next="Name another"
        )
    late = [name for name in reversed(names) if name != "train"]
    for name in late[:1] if options.stratify else late:
        _, dense = np.unique(unit[rest], return_inverse=True)
        open_ = len(names) - 1 - sum(_filled(placed, other) for other in names)
        found = latest(dense, times[rest], rows=options.shares[name] * total, leave=open_)
        placed.of_row[rest[found.taken[dense]]] = placed.splits.index(name)
        placed.notes.append(_told(name, found, times[rest]))
        rest = rest[~found.taken[dense]]
    if untimed:
        placed.notes.append(f"{counted(untimed, 'row')} without a time in column '{options.time}' count as the oldest")
    return rest


def _told(name: str, found: Latest, times: Floats) -> str:
    known = times[np.isfinite(times)]
    note = f"{name} holds the latest rows, from {_moment(found.since, known)} on"
    if found.moved:
        return f"{note}, and {counted(found.moved, 'older row')}: duplicates of those, or of a group with them"
    return note


def _moment(time: float, known: Floats) -> str:
    """A time for people: a date if the times look like seconds since 1970 (after 1973), else the number."""
    if known.min() > 1e8 and known.max() < 4e9:
        return datetime.fromtimestamp(time, UTC).isoformat()
    return f"{time:g}"


def _by_share(placed: Placed, rest: Ints, unit: Ints, labels: pl.DataFrame, names: list[str], options: Split) -> None:
    """Share out the rest among the splits that have no rows yet."""
    if not len(rest):
        return
    codes = np.array([placed.splits.index(name) for name in names], dtype=np.int8)
    shares = np.array([options.shares[name] for name in names])
    _, dense = np.unique(unit[rest], return_inverse=True)
    row, label = _entries(labels, rest, len(unit))
    chosen = assign(dense, row, label, shares=shares / shares.sum(), seed=options.seed)
    placed.of_row[rest] = codes[chosen[dense]]


def _entries(labels: pl.DataFrame, rest: Ints, n: int) -> tuple[Ints, Ints]:
    """Label entries of the rows `rest`, rows renumbered; one label for all if there are none."""
    if labels.is_empty():
        return np.arange(len(rest)), np.zeros(len(rest), dtype=np.int64)
    renumbered = np.full(n, -1, dtype=np.int64)
    renumbered[rest] = np.arange(len(rest))
    row = renumbered[labels["row"].to_numpy()]
    label = labels["label"].rank("dense").to_numpy().astype(np.int64) - 1
    return row[row >= 0], label[row >= 0]


def _undersample(placed: Placed, labels: pl.DataFrame, seed: int) -> None:
    """Set training rows aside until each label has as many as the rarest."""
    if labels.is_empty():
        raise DataError(
            "There are no labels to balance by", expected="a format with labels", next="Name a column with --stratify"
        )
    train = pl.DataFrame({"row": placed.rows("train")}).join(labels, on="row", maintain_order="left")
    if train["row"].n_unique() < train.height:
        raise RecipeError("Rows with several labels cannot be balanced", expected="one label a row")
    smallest = train["label"].value_counts()["count"].min()
    draw = shuffled(seed, train["row"].to_numpy().astype(np.uint64))
    rank = train.with_columns(draw=pl.Series(draw)).select(pl.col("draw").rank("ordinal").over("label")).to_series()
    placed.set_aside(train.filter(rank > smallest)["row"].to_numpy(), UNDERSAMPLED)
