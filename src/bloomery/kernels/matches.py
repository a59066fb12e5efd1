"""Which targets are in which rows: their grams in a hash table, every row of a batch looked up in one walk.

A target is a set of runs of tokens (as in `bloomery.kernels.shingles`), each with a weight; its overlap with a row is the sum
of the weights of the runs that the row has. Or it is equal to a whole field, all tokens of some parts of a row, which counts
as much as a target can.

Only a few of a target's runs are *probes*, the rarest: without any of them the rest is not enough. A row is compared with a
target only if it has one, so the large table is hardly touched: a filter of a few bits a probe, which stays in the processor's
cache, rules out the rest, and a set of the one row's runs decides. Shorter runs than `n` are looked up only where the first
`lead` tokens of one stand, fields only if one of that length begins and ends so; both tables may err to the safe side.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.jit import helper, kernel
from bloomery.kernels.points import mixed
from bloomery.kernels.shingles import mask_for, ngrams
from bloomery.kernels.slots import hold, holds, place_of, start, stored

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_K = 0x9E3779B97F4A7C15
_SALT = 0xD1B54A32D192ED03
_SLACK = 1e-8  # more than rounding can do
_ROOM = 1 << 16  # hits that a buffer holds at first


class Table(NamedTuple):
    """All keys and the targets they speak for. The keys of target t are ``keys[starts[t]:starts[t + 1]]``."""

    slots: U64  # probes, shorter runs and fields; open addressing; a key's place is its number; 0 is free
    filter: npt.NDArray[np.uint8]  # a bit for each of these
    runs: U64  # which shorter widths may follow a run of `lead` tokens: a bit each
    fields: npt.NDArray[np.bool_]  # length, first and last token of the fields
    probe_starts: npt.NDArray[np.int32]  # by place
    probes: npt.NDArray[np.int32]  # targets
    starts: Ints  # by target
    keys: U64
    places: npt.NDArray[np.int32]  # of shorter runs; -1 for runs of n
    weights: Floats
    total: Floats  # by target, the sum of its weights
    most: Floats  # by target, what a whole field counts
    n: int  # 0 if there is no run so long
    lead: int  # 0 if there is no shorter one
    threshold: float


class Rows(NamedTuple):
    """The tokens of the parts of rows: part p of row r, ``firsts[r] <= p < firsts[r + 1]``."""

    values: U64
    offsets: Ints  # by part
    roles: npt.NDArray[np.int64]  # by part, a bit each
    firsts: Ints


class Kinds(NamedTuple):
    """Of which roles (bits) fields are made, and their salts."""

    asking: int
    saying: int
    prompts: int  # among `asking`
    row: int
    asked: int
    said: int
    all: int


class Hits(NamedTuple):
    """Targets that are in rows, by row."""

    target: Ints
    row: Ints
    overlap: Floats


class Grams(NamedTuple):
    """Runs that speak for targets, with their weights; and whether they are `n` tokens long."""

    keys: U64
    target: Ints
    weight: Floats
    long: npt.NDArray[np.bool_]


class Fields(NamedTuple):
    """Fields that speak for targets, and what is known of their ends."""

    keys: U64
    target: Ints
    ends: U64  # of each field, in any order (`field_ends`)


class Leads(NamedTuple):
    """The shorter runs of tokens: a number for the first `lead` tokens of each (`leads`), and its length."""

    keys: U64
    widths: Ints
    lead: int  # 0 if there are none


def fields(values: U64, offsets: Ints, salts: Ints) -> U64:
    """The key of each row as a field of the kind that the salt says."""
    out = np.empty(len(offsets) - 1, dtype=np.uint64)
    _fields(values, offsets, salts, out)
    return out


def field_ends(values: U64, offsets: Ints) -> U64:
    """A number for the length, the first and the last token of each row, which has some."""
    lengths = np.diff(offsets)
    out = np.empty(len(lengths), dtype=np.uint64)
    _field_ends(values[offsets[:-1]], values[offsets[1:] - 1], lengths, out)
    return out


def leads(values: U64, offsets: Ints, lead: int) -> Leads:
    """The leads of rows of at least `lead` tokens."""
    starts = offsets[:-1]
    firsts = (starts[:, None] + np.arange(lead)).ravel()
    keys, _ = ngrams(values[firsts], np.arange(len(starts) + 1) * lead, lead)
    return Leads(keys, np.diff(offsets), lead if len(starts) else 0)


def table(grams: Grams, whole: Fields, most: Floats, short: Leads, *, n: int, threshold: float) -> Table:
    """The table of all targets; `n` is the length of the long runs."""
    _, number, count = np.unique(grams.keys, return_inverse=True, return_counts=True)
    order = np.lexsort((count[number], grams.target))
    keys, target, weight, long = grams.keys[order], grams.target[order], grams.weight[order], grams.long[order]
    starts = np.searchsorted(target, np.arange(len(most) + 1)).astype(np.int64)
    total = np.bincount(target, weights=weight, minlength=len(most)).astype(np.float64)
    before = np.cumsum(weight) - weight
    left = total[target] - (before - before[starts[target]])  # its own weight and that of all after it
    probe = left > threshold - _SLACK
    known = np.unique(np.concatenate([keys[probe | ~long], whole.keys]))
    slots, bits, place = stored(known)
    at = np.append(place, np.int32(-1))[np.searchsorted(known, keys)]
    at_probe = np.concatenate([at[probe], place[np.searchsorted(known, whole.keys)]])
    probes = np.concatenate([target[probe], whole.target])[np.argsort(at_probe, kind="stable")].astype(np.int32)
    ends = np.zeros(len(slots) + 1, dtype=np.int32)
    np.cumsum(np.bincount(at_probe, minlength=len(slots)), out=ends[1:])
    runs = np.zeros(1 << max(8, int(8 * len(short.keys)).bit_length()), dtype=np.uint64)
    _store_runs(short.keys, short.widths, runs)
    ways = np.zeros(1 << max(8, int(16 * len(whole.ends)).bit_length()), dtype=np.bool_)
    _store_ways(whole.ends, ways)
    at[long] = -1
    size, lead = n if long.any() else 0, short.lead
    return Table(slots, bits, runs, ways, ends, probes, starts, keys, at, weight, total, most, size, lead, threshold)


def find(rows: Rows, table: Table, kinds: Kinds) -> Hits:
    """All targets whose overlap with a row is above the threshold."""
    room = max(_ROOM, 2 * len(table.total))
    out = Hits(np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), np.empty(room))
    scratch = _scratch(rows, table)
    target, row, overlap, first = [out.target[:0]], [out.row[:0]], [out.overlap[:0]], 0
    while first < len(rows.firsts) - 1:
        first, count = _find(rows, table, kinds, first, scratch, out)
        target.append(out.target[:count].copy())
        row.append(out.row[:count].copy())
        overlap.append(out.overlap[:count].round(9))
    above = np.flatnonzero(np.concatenate(overlap) > table.threshold)
    return Hits(np.concatenate(target)[above], np.concatenate(row)[above], np.concatenate(overlap)[above])


class Scratch(NamedTuple):
    """What the kernel needs while it walks; a mark is the row that it was made for."""

    stamps: npt.NDArray[np.int32]  # by place
    seen: npt.NDArray[np.int32]  # by target
    equal: npt.NDArray[np.int32]  # by target
    candidates: Ints
    runs: U64  # of the row, in order
    held: U64  # the row's runs as a hash table
    owner: npt.NDArray[np.int32]


def _scratch(rows: Rows, table: Table) -> Scratch:
    size = int(np.diff(rows.offsets[rows.firsts]).max(initial=0))
    held = np.zeros(1 << max(4, (2 * size).bit_length()), dtype=np.uint64)
    targets = len(table.total)
    sizes = len(table.slots), targets, targets, len(held)
    stamps, seen, equal, owner = (np.full(length, -1, dtype=np.int32) for length in sizes)
    candidates, runs = np.empty(targets, dtype=np.int64), np.empty(size, dtype=np.uint64)
    return Scratch(stamps, seen, equal, candidates, runs, held, owner)


@helper
def _poly(values: Any, at: int, end: int, h: Any) -> Any:
    for i in range(at, end):
        h = (h + values[i]) * np.uint64(_K)
    return h


@helper
def _field_key(h: Any, count: int, salt: int) -> Any:
    return mixed(h + np.uint64(count) + np.uint64(salt) * np.uint64(_SALT))


@helper
def _ends(first: Any, last: Any, count: int) -> Any:
    return mixed(first * np.uint64(_K) + last + np.uint64(count))


@kernel
def _fields(values: Any, offsets: Any, salts: Any, out: Any) -> None:
    for i in range(len(out)):
        h = _poly(values, offsets[i], offsets[i + 1], np.uint64(0))
        out[i] = _field_key(h, offsets[i + 1] - offsets[i], salts[i])


@kernel
def _field_ends(first: Any, last: Any, lengths: Any, out: Any) -> None:
    for i in range(len(out)):
        out[i] = _ends(first[i], last[i], lengths[i])


@kernel
def _store_runs(keys: Any, widths: Any, runs: Any) -> None:
    for i in range(len(keys)):
        runs[start(keys[i], len(runs) - 1)] |= np.uint64(1) << np.uint64(widths[i])


@kernel
def _store_ways(ends: Any, ways: Any) -> None:
    for i in range(len(ends)):
        ways[start(ends[i], len(ways) - 1)] = True


@helper
def _probe(key: Any, table: Any, row: int, scratch: Any, count: int, whole: bool) -> int:
    """Note that the row has this key; how many candidates there are now."""
    slot = place_of(key, table.slots, table.filter)
    if slot < 0 or scratch.stamps[slot] == row:
        return count
    scratch.stamps[slot] = row
    for k in range(table.probe_starts[slot], table.probe_starts[slot + 1]):
        target = table.probes[k]
        if whole:
            scratch.equal[target] = row
        if scratch.seen[target] != row:
            scratch.seen[target] = row
            scratch.candidates[count] = target
            count += 1
    return count


@helper
def _long(rows: Any, table: Any, row: int, scratch: Any) -> tuple[int, int]:
    """Look up the runs of n tokens of a row; how many candidates and runs there are."""
    values, k, n = rows.values, np.uint64(_K), table.n
    first, last = rows.offsets[rows.firsts[row]], rows.offsets[rows.firsts[row + 1]]
    power, h, count, size = k, np.uint64(0), 0, 0
    for _ in range(n):
        power *= k
    for at in range(first, last if n else first):
        h = (h + values[at]) * k
        if at - first >= n:
            h -= values[at - n] * power
        if at - first >= n - 1:
            key = mixed(h + np.uint64(n))
            scratch.runs[size] = key
            size += 1
            count = _probe(key, table, row, scratch, count, False)
    return count, size


@helper
def _short(rows: Any, table: Any, row: int, scratch: Any, count: int) -> int:
    """Look up the shorter runs of a row."""
    values, runs, k, lead = rows.values, table.runs, np.uint64(_K), table.lead
    first, last = rows.offsets[rows.firsts[row]], rows.offsets[rows.firsts[row + 1]]
    power, h = k, np.uint64(0)
    for _ in range(lead):
        power *= k
    for at in range(first, last if lead else first):
        h = (h + values[at]) * k
        if at - first >= lead:
            h -= values[at - lead] * power
        if at - first < lead - 1:
            continue
        widths = runs[start(mixed(h + np.uint64(lead)), len(runs) - 1)]
        width, begin = lead, at - lead + 1
        while widths >> np.uint64(width) and begin + width <= last:
            if widths >> np.uint64(width) & np.uint64(1):
                g = _poly(values, at + 1, begin + width, h)
                count = _probe(mixed(g + np.uint64(width)), table, row, scratch, count, False)
            width += 1
    return count


@helper
def _field(
    rows: Any, table: Any, row: int, begin: int, end: int, roles: int, salt: int, scratch: Any, count: int
) -> int:
    """Look up the field that the parts from `begin` to `end` with these roles are."""
    size, first, last = 0, np.uint64(0), np.uint64(0)
    for p in range(begin, end):
        a, b = rows.offsets[p], rows.offsets[p + 1]
        if rows.roles[p] & roles and a < b:
            first = first if size else rows.values[a]
            last = rows.values[b - 1]
            size += b - a
    if not size or not table.fields[start(_ends(first, last, size), len(table.fields) - 1)]:
        return count
    h = np.uint64(0)
    for p in range(begin, end):
        if rows.roles[p] & roles:
            h = _poly(rows.values, rows.offsets[p], rows.offsets[p + 1], h)
    return _probe(_field_key(h, size, salt), table, row, scratch, count, True)


@helper
def _all_fields(rows: Any, table: Any, kinds: Any, row: int, scratch: Any, count: int) -> int:
    """Look up each part, each turn, all prompts and the whole row."""
    begin, end, turn, prompts = rows.firsts[row], rows.firsts[row + 1], rows.firsts[row], 0
    values, offsets, ways = rows.values, rows.offsets, table.fields
    count = _field(rows, table, row, begin, end, kinds.row, kinds.all, scratch, count)
    for p in range(begin, end):
        role, a, b = rows.roles[p], offsets[p], offsets[p + 1]
        turn = p if role != rows.roles[turn] else turn
        prompts += role & kinds.prompts > 0
        if not role & (kinds.asking | kinds.saying):
            continue
        salt = kinds.asked if role & kinds.asking else kinds.said
        if a < b and ways[start(_ends(values[a], values[b - 1], b - a), len(ways) - 1)]:  # a call is dear
            count = _field(rows, table, row, p, p + 1, role, salt, scratch, count)
        if p > turn and (p + 1 == end or rows.roles[p + 1] != role):
            count = _field(rows, table, row, turn, p + 1, role, salt, scratch, count)
    return count if prompts < 2 else _field(rows, table, row, begin, end, kinds.prompts, kinds.asked, scratch, count)


@helper
def _hold(row: int, size: int, scratch: Any) -> Any:
    """The row's runs into the hash table; its mask."""
    mask = mask_for(size)
    for i in range(size):
        hold(scratch.runs[i], row, mask, scratch.held, scratch.owner)
    return mask


@helper
def _overlap(table: Any, row: int, target: int, mask: int, scratch: Any, least: float) -> Any:
    """The weight of a target's keys that the row has, or something below `least`."""
    if scratch.equal[target] == row:
        return table.most[target]
    best = table.total[target]
    for e in range(table.starts[target], table.starts[target + 1]):
        if table.places[e] >= 0:
            has = scratch.stamps[table.places[e]] == row
        else:
            has = holds(table.keys[e], row, mask, scratch.held, scratch.owner)
        if not has:
            best -= table.weights[e]
            if best < least:
                break
    return best


@kernel
def _find(rows: Any, table: Any, kinds: Any, first: int, scratch: Any, out: Any) -> tuple[int, int]:
    """Hits of the rows from `first` on while they fit into `out`; the row it came to, and how many hits there are."""
    found, least = 0, table.threshold - _SLACK
    for row in range(first, len(rows.firsts) - 1):
        if found + len(table.total) > len(out.target):
            return row, found
        count, size = _long(rows, table, row, scratch)
        count = _short(rows, table, row, scratch, count)
        count = _all_fields(rows, table, kinds, row, scratch, count)
        mask = _hold(row, size, scratch) if count else 0
        for c in range(count):
            target = scratch.candidates[c]
            overlap = _overlap(table, row, target, mask, scratch, least)
            if overlap >= least:
                out.target[found], out.row[found], out.overlap[found] = target, row, overlap
                found += 1
    return len(rows.firsts) - 1, found
