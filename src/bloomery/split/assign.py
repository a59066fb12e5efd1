"""Which unit goes where: greedy iterative stratification of units.

After Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-Label Data" (ECML PKDD 2011): the hardest examples
first, each to the split that most desires it. Ours differs in two ways. Its items are units of several rows, so desire
is measured by what a unit does to the table of labels by splits: the unit goes where Pearson's chi-square of achieved
against asked counts grows least,

    gain(s) = sum over labels l of (c_l**2 - 2 * c_l * need_ls) / (share_s * total_l)

with c_l the unit's rows of label l and need_ls what split s still lacks of it (all rows count as one more label, which
keeps the sizes right). And units of one row with one label, the great majority, need no search: each label's rows are
shared out by largest remainder, the rarest label first, the rounding carried over to the next label.

A label with at least as many units as there are splits is in every split: when the units that are left of it are as few as
the splits that lack it, they go there, whatever the ratio says. Only a unit of several labels can be wanted in two
places; then the rarest label has its way.

Order: largest units first (they fit while there is room), then rarest label, then a seeded shuffle of unit numbers.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.text.fingerprint import shuffled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class Table(NamedTuple):
    """Rows of each label in each unit, sorted by unit: unit ``u`` owns entries ``offsets[u]:offsets[u + 1]``."""

    offsets: Ints
    label: Ints
    rows: Ints  # of that label in that unit
    size: Ints  # rows of each unit


class State:
    """What the splits still need."""

    def __init__(self, table: Table, shares: Floats, labels: int) -> None:
        self.shares = shares
        self.total = np.bincount(table.label, weights=table.rows, minlength=labels)
        self.units_left = np.bincount(table.label, minlength=labels)
        self.need = self.total[:, None] * shares
        self.need_rows = table.size.sum() * shares
        self.rows = float(table.size.sum())
        self.missing = np.ones((labels, len(shares)), dtype=np.bool_)

    def choose(self, label: Ints, count: Ints, size: int) -> int:
        """The split for a unit."""
        rows = (size * size - 2 * size * self.need_rows) / (self.shares * self.rows)
        grown = count[:, None] ** 2 - 2 * count[:, None] * self.need[label]
        gain = rows + (grown / (self.shares * self.total[label][:, None])).sum(axis=0)
        return int(np.where(self._allowed(label), gain, np.inf).argmin())

    def place(self, label: Ints, count: Ints, size: int, split: int) -> None:
        """Note that a unit went to `split`."""
        self.need[label, split] -= count
        self.need_rows[split] -= size
        self.units_left[label] -= 1
        self.missing[label, split] = False

    def _allowed(self, label: Ints) -> Bools:
        """Splits that a unit may go to, so that its labels can still reach every split; the rarest label first."""
        allowed = np.ones(len(self.shares), dtype=np.bool_)
        lacking = self.missing[label]
        wanted = lacking.sum(axis=1)
        for row in np.flatnonzero((wanted > 0) & (self.units_left[label] <= wanted)):
            both = allowed & lacking[row]
            allowed = both if both.any() else allowed
        return allowed


def assign(unit: Ints, row: Ints, label: Ints, *, shares: Floats, seed: int) -> npt.NDArray[np.int8]:
    """The split of each unit.

    Args:
        unit: unit of each row, from 0.
        row: row of each label entry; a row has one entry or more.
        label: label of each entry, from 0.
        shares: share of each split, in 0..1, summing to 1.
        seed: of the shuffle.

    Returns:
        Index into `shares`, one a unit.
    """
    table = _table(unit, row, label)
    labels = int(label.max()) + 1 if len(label) else 0
    state = State(table, shares, labels)
    entries = np.diff(table.offsets)
    simple = (table.size == 1) & (entries == 1)
    chosen = np.full(len(table.size), -1, dtype=np.int8)
    draw = shuffled(seed, np.arange(len(table.size), dtype=np.uint64))
    for u in _order(table, state.total, draw, np.flatnonzero(~simple)):
        mine = slice(table.offsets[u], table.offsets[u + 1])
        split = state.choose(table.label[mine], table.rows[mine], int(table.size[u]))
        state.place(table.label[mine], table.rows[mine], int(table.size[u]), split)
        chosen[u] = split
    _share_out(table, state, draw, np.flatnonzero(simple), chosen)
    return chosen


def _table(unit: Ints, row: Ints, label: Ints) -> Table:
    labels = int(label.max()) + 1 if len(label) else 1
    keys, count = np.unique(unit[row] * labels + label, return_counts=True)
    size = np.bincount(unit)
    entries = np.bincount(keys // labels, minlength=len(size))
    # labels in order of their total, so that a unit's first entry is its rarest
    total = np.bincount(label, minlength=labels)
    order = np.lexsort((total[keys % labels], keys // labels))
    offsets = np.concatenate([[0], np.cumsum(entries)])
    return Table(offsets.astype(np.int64), (keys % labels)[order], count[order].astype(np.int64), size)


def _order(table: Table, total: Ints | Floats, draw: npt.NDArray[np.uint64], units: Ints) -> Ints:
    rarest = total[table.label[table.offsets[units]]]
    return units[np.lexsort((draw[units], rarest, -table.size[units]))]


def _share_out(
    table: Table, state: State, draw: npt.NDArray[np.uint64], units: Ints, chosen: npt.NDArray[np.int8]
) -> None:
    """Units of one row and one label: the rarest label first, by largest remainder."""
    label = table.label[table.offsets[units]]
    order = np.lexsort((draw[units], label))
    present, starts, counts = np.unique(label[order], return_index=True, return_counts=True)
    carry = state.need_rows - state.need[present].clip(0).sum(axis=0)
    for k in np.lexsort((present, state.total[present])):
        quota, alloc = _allot(state, int(present[k]), int(counts[k]), carry)
        carry += quota - alloc
        mine = units[order[starts[k] : starts[k] + counts[k]]]
        chosen[mine] = np.repeat(np.arange(len(alloc), dtype=np.int8), alloc)


def _allot(state: State, label: int, rows: int, carry: Floats) -> tuple[Floats, Ints]:
    """How many of a label's `rows` go to each split: what is asked (a fraction) and what is given."""
    need = state.need[label].clip(0)
    quota = rows * (need / need.sum() if need.sum() > 0 else state.shares)
    alloc = np.floor(quota + 1e-9).astype(np.int64)
    over = (quota - alloc + carry.clip(-1, 1)).round(9)
    alloc[np.lexsort((-state.shares, -over))[: rows - alloc.sum()]] += 1
    lacking = state.missing[label]
    for split in np.lexsort((-state.shares,)):
        spare = np.where(lacking, alloc - 1, alloc)
        if lacking[split] and alloc[split] == 0 and spare.max() > 0:
            alloc[spare.argmax()] -= 1
            alloc[split] += 1
    return quota, alloc
