"""Which targets are nearly in a row: the share of their short runs of tokens that the row has, wherever they stand.

A target is compared with a row only where the row holds one of its *seeds*, runs of `SEED` tokens; without one, the row costs a
rolling hash and a look into a filter a token. Then the runs of `WIDTH` tokens of the row are put into a set and the weights of
those that the target shares are added up, which is given up as soon as the threshold is out of reach. What is found is told
apart: a *twin* is a row without all of the target's guards (numbers, negations and the like), or too unlike, whose runs agree
when every variable token counts as one and the same.

Short targets are compared with parts of about their length instead. Here only the parts are found: those with one of the
target's short seeds and with its guards.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.matches import Rows
from bloomery.kernels.points import mixed
from bloomery.kernels.shingles import mask_for
from bloomery.kernels.slots import hold, holds, place_of, stored

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SEED, WIDTH = 6, 3  # tokens
LEAST = 3  # tokens of a short target's seed; `SEED` at most
_K = 0x9E3779B97F4A7C15
_SLACK = 1e-8  # more than rounding can do
_ROOM = 1 << 16  # hits that a buffer holds at first


class Lists(NamedTuple):
    """A list of numbers a target: ``values[starts[t]:starts[t + 1]]``, and their weights, which add up to 1."""

    starts: Ints
    values: U64
    weights: Floats


class Seeds(NamedTuple):
    """Runs of tokens, and the targets that each speaks for: ``targets[starts[p]:starts[p + 1]]`` for the one at place p."""

    slots: U64
    filter: npt.NDArray[np.uint8]
    starts: npt.NDArray[np.int32]
    targets: npt.NDArray[np.int32]


class Table(NamedTuple):
    """All targets; the heaviest runs of each come first."""

    seeds: Seeds
    short: Seeds
    runs: Lists
    masked: Lists  # the same with every variable token as one; empty where there is none
    guards: Lists
    size: Ints  # tokens of a short target
    longest: int  # of these
    threshold: float


class Hits(NamedTuple):
    """What is nearly there, by row."""

    target: Ints
    row: Ints
    overlap: Floats
    twin: npt.NDArray[np.bool_]

    def first(self, count: int) -> "Hits":
        """A copy of the first of them."""
        target, row, overlap, twin = (column[:count].copy() for column in self)
        return Hits(target, row, overlap, twin)  # type: ignore[arg-type]  # the columns in their order


def seeds(keys: U64, targets: Ints) -> Seeds:
    """Seeds from keys and the targets that they speak for, one pair each."""
    known = np.unique(keys)
    slots, bits, place = stored(known)
    at = place[np.searchsorted(known, keys)]
    starts = np.zeros(len(slots) + 1, dtype=np.int32)
    np.cumsum(np.bincount(at, minlength=len(slots)), out=starts[1:])
    return Seeds(slots, bits, starts, targets[np.argsort(at, kind="stable")].astype(np.int32))


def find(rows: Rows, table: Table) -> Hits:
    """All targets that are nearly in a row."""
    targets, longest = len(table.guards.starts) - 1, int(np.diff(rows.offsets[rows.firsts]).max(initial=0))
    room = max(_ROOM, 2 * targets)
    out = Hits(np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room), np.empty(room, np.bool_))
    scratch = _scratch(targets, longest)
    found, first = [out.first(0)], 0
    while first < len(rows.firsts) - 1:
        first, count = _find(rows, table, first, scratch, out)
        found.append(out.first(count))
    return Hits(
        np.concatenate([hits.target for hits in found]),
        np.concatenate([hits.row for hits in found]),
        np.concatenate([hits.overlap for hits in found]),
        np.concatenate([hits.twin for hits in found]),
    )


def alike(rows: Rows, table: Table, roles: int) -> tuple[Ints, Ints]:
    """Short targets and the parts (of these roles, a bit each) that they may be nearly equal to."""
    targets = len(table.guards.starts) - 1
    room = max(_ROOM, 2 * targets)
    target, part, seen = np.empty(room, np.int64), np.empty(room, np.int64), np.full(targets, -1, np.int32)
    found, first = [(target[:0], part[:0])], 0
    while table.longest and first < len(rows.offsets) - 1:
        first, count = _alike(rows, table, roles, first, seen, target, part)
        found.append((target[:count].copy(), part[:count].copy()))
    targets_found, parts_found = zip(*found, strict=True)
    return np.concatenate(targets_found), np.concatenate(parts_found)


class Held(NamedTuple):
    """The runs of one row as a hash table; a slot is free where `owner` is not the row."""

    keys: U64
    owner: npt.NDArray[np.int32]


class Scratch(NamedTuple):
    """What the kernel needs while it walks."""

    seen: npt.NDArray[np.int32]  # by target, the row
    candidates: Ints
    plain: Held
    masked: Held


def _scratch(targets: int, longest: int) -> Scratch:
    size = 1 << max(4, (2 * longest).bit_length())
    held = [Held(np.zeros(size, dtype=np.uint64), np.full(size, -1, dtype=np.int32)) for _ in range(2)]
    return Scratch(np.full(targets, -1, dtype=np.int32), np.empty(targets, dtype=np.int64), *held)


@helper
def _sought(rows: Any, table: Any, row: int, scratch: Any) -> int:
    """Targets that have a seed in the row; how many."""
    values, k, count = rows.values, np.uint64(_K), 0
    first, last = rows.offsets[rows.firsts[row]], rows.offsets[rows.firsts[row + 1]]
    power, h = k, np.uint64(0)
    for _ in range(SEED):
        power *= k
    for at in range(first, last):
        h = (h + values[at]) * k
        if at - first >= SEED:
            h -= values[at - SEED] * power
        if at - first < SEED - 1:
            continue
        place = place_of(mixed(h + np.uint64(SEED)), table.seeds.slots, table.seeds.filter)
        if place >= 0:
            for i in range(table.seeds.starts[place], table.seeds.starts[place + 1]):
                target = table.seeds.targets[i]
                if scratch.seen[target] != row:
                    scratch.seen[target] = row
                    scratch.candidates[count] = target
                    count += 1
    return count


@helper
def _hold(rows: Any, row: int, held: Any, masked: bool) -> Any:
    """The row's runs into a hash table; its mask."""
    first, last = rows.offsets[rows.firsts[row]], rows.offsets[rows.firsts[row + 1]]
    mask, size = mask_for(last - first), min(WIDTH, last - first)
    for at in range(first, last - size + 1):
        h = np.uint64(0)
        for i in range(size):
            value = rows.values[at + i]
            h = (h + (np.uint64(1) if masked and value & np.uint64(1) else value)) * np.uint64(_K)
        hold(mixed(h + np.uint64(size)), row, mask, held.keys, held.owner)
    return mask


@helper
def _share(lists: Any, target: int, row: int, mask: Any, held: Any, least: float) -> Any:
    """The weight of a target's runs that the row has, or something below `least`."""
    left = 1.0
    for e in range(lists.starts[target], lists.starts[target + 1]):
        if not holds(lists.values[e], row, mask, held.keys, held.owner):
            left -= lists.weights[e]
            if left < least:
                break
    return left


@helper
def _guarded(rows: Any, guards: Any, target: int, first: int, last: int) -> bool:
    """Whether the guards of a target are all among the tokens from `first` to `last`."""
    for e in range(guards.starts[target], guards.starts[target + 1]):
        at = first
        while at < last and rows.values[at] != guards.values[e]:
            at += 1
        if at == last:
            return False
    return True


@helper
def _compared(rows: Any, table: Any, row: int, sought: int, scratch: Any, out: Any, count: int) -> int:
    """Compare the candidates of a row; how many hits there are now."""
    least = table.threshold - _SLACK
    first, last = rows.offsets[rows.firsts[row]], rows.offsets[rows.firsts[row + 1]]
    mask, masked = _hold(rows, row, scratch.plain, False), -1
    for c in range(sought):
        target = scratch.candidates[c]
        share = _share(table.runs, target, row, mask, scratch.plain, least)
        twin = share < least or not _guarded(rows, table.guards, target, first, last)
        if twin:
            share = 0.0
            if table.masked.starts[target] < table.masked.starts[target + 1]:
                masked = masked if masked >= 0 else _hold(rows, row, scratch.masked, True)
                share = _share(table.masked, target, row, masked, scratch.masked, least)
        if share >= least:
            out.target[count], out.row[count], out.overlap[count], out.twin[count] = target, row, share, twin
            count += 1
    return count


@kernel
def _find(rows: Any, table: Any, begin: int, scratch: Any, out: Any) -> tuple[int, int]:
    """Hits of the rows from `begin` on while they fit into `out`; the row it came to, and how many hits there are."""
    count = 0
    for row in range(begin, len(rows.firsts) - 1):
        if count + len(scratch.seen) > len(out.target):
            return row, count
        sought = _sought(rows, table, row, scratch)
        if sought:
            count = _compared(rows, table, row, sought, scratch, out, count)
    return len(rows.firsts) - 1, count


@helper
def _like(rows: Any, table: Any, part: int, seen: Any, target: Any, of: Any, count: int) -> int:
    """Short targets of which a part has a seed, the guards, and about the length."""
    first, last, short, k = rows.offsets[part], rows.offsets[part + 1], table.short, np.uint64(_K)
    for begin in range(first, last - LEAST + 1):
        h = np.uint64(0)
        for at in range(begin, min(begin + SEED, last)):
            h = (h + rows.values[at]) * k
            width = at - begin + 1
            place = place_of(mixed(h + np.uint64(width)), short.slots, short.filter) if width >= LEAST else -1
            if place < 0:
                continue
            for i in range(short.starts[place], short.starts[place + 1]):
                one = short.targets[i]
                if seen[one] != part:
                    seen[one] = part
                    if last - first <= 2 * table.size[one] and _guarded(rows, table.guards, one, first, last):
                        target[count], of[count] = one, part
                        count += 1
    return count


@kernel
def _alike(rows: Any, table: Any, roles: int, begin: int, seen: Any, target: Any, of: Any) -> tuple[int, int]:
    """Pairs of the parts from `begin` on while they fit; the part it came to, and how many pairs there are."""
    count = 0
    for part in range(begin, len(rows.offsets) - 1):
        if count + len(seen) > len(target):
            return part, count
        size = rows.offsets[part + 1] - rows.offsets[part]
        if rows.roles[part] & roles and LEAST <= size <= 2 * table.longest:
            count = _like(rows, table, part, seen, target, of, count)
    return len(rows.offsets) - 1, count
