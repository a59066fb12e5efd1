"""What `near` remembers of rows of another dataset (`bloomery.clean.reference`).

The measure and the guards are those of `bloomery.clean.near`, between a row of the input and a stored one: word runs at the
threshold, answers by themselves, edits among short rows; template twins, other numbers and other terms are no duplicates.
Rows with the same words are one. The search is exact, whatever the op's ``method``.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.clean.near import Near, State
from bloomery.clean.reference import Hits, Ints
from bloomery.clean.short import Short, both, differ, least_shared, unchanged
from bloomery.errors import DataError
from bloomery.kernels.edits import occurrences
from bloomery.kernels.postings import Postings, postings, search, sound, verified
from bloomery.kernels.threads import cores
from bloomery.store import Arrays
from bloomery.text.similar import Pairs, Sets

U64 = npt.NDArray[np.uint64]
_POSTINGS = dict(zip(Postings._fields, ("<i8", "<i8", "<u8", "<i8", "<u8", "<i8", "u1", "<u8", "<i8"), strict=True))
_EXACT = ("width", "fields")


class Rows(NamedTuple):
    """What is compared, one entry a row."""

    sets: Sets
    words: U64
    skeleton: U64
    short: Short

    def take(self, rows: Ints) -> "Rows":
        """The given rows, in that order."""
        return Rows(self.sets.take(rows), self.words[rows], self.skeleton[rows], self.short.take(rows))


class NearReference:
    """The `Kind` of `near`."""

    arrays: Mapping[str, npt.DTypeLike] = {
        "values": "<u8",  # shingles of all rows
        "starts": "<i8",  # of each row, and the end of the last one
        "short_values": "<u8",  # words of short rows
        "short_starts": "<i8",
        "words": "<u8",  # a fingerprint of the words of each row
        "sorted_words": "<u8",
        "by_words": "<i8",  # the row of each of these
        "skeleton": "<u8",
        "variables": "<u8",
        **{f"long_{name}": kind for name, kind in _POSTINGS.items()},
        **{f"few_{name}": kind for name, kind in _POSTINGS.items()},
    }

    def made_for(self, op: Near) -> dict[str, Any]:
        """Width and fields decide what is remembered, the thresholds how low one may ask."""
        return {name: getattr(op, name) for name in (*_EXACT, "threshold", "short")}

    def unfit(self, op: Near, made_for: Mapping[str, Any]) -> str:
        """Lower thresholds, other runs or other fields."""
        wrong = [f"{name}: {getattr(op, name)}" for name in _EXACT if getattr(op, name) != made_for.get(name)]
        if op.threshold < made_for["threshold"]:
            wrong.append(f"threshold: {op.threshold:g}")
        if op.short is not None and (made_for["short"] is None or op.short < made_for["short"]):
            wrong.append(f"short: {op.short:g}")
        return ", ".join(wrong)

    def segment(self, op: Near, state: State, rows: Ints, before: Arrays | None) -> tuple[Arrays, Ints]:
        """Of the rows that have words the first of each."""
        old = _rows_of(before) if before else None
        mine = _of(state)
        chosen = rows[mine.sets.size[rows] > 0]
        first = np.unique(mine.words[chosen], return_index=True)[1]
        chosen = chosen[np.sort(first)]
        if old is not None:
            chosen = chosen[~np.isin(mine.words[chosen], old.words)]
        kept = _compact(mine.take(chosen))
        return _arrays(op, _joined(old, kept) if old is not None else kept), chosen

    def sound(self, segment: Arrays) -> bool:
        """Counts, offsets and postings."""
        rows = len(segment["words"])
        same = all(len(segment[name]) == rows for name in ("sorted_words", "by_words", "skeleton", "variables"))
        offsets = all(
            len(starts) == rows + 1 and starts[0] == 0 and starts[-1] == len(values)
            for starts, values in (
                (segment["starts"], segment["values"]),
                (segment["short_starts"], segment["short_values"]),
            )
        )
        return same and offsets and all(sound(_postings(segment, name), rows) for name in ("long", "few"))

    def size(self, state: State) -> Ints:
        """Shingles."""
        return state.sets.size

    def filled(self, segment: Arrays) -> int:
        """Shingles."""
        return len(segment["values"])

    def there(self, op: Near, state: State, segment: Arrays) -> npt.NDArray[np.bool_]:
        """Rows with the same words; rows without any are nowhere."""
        del op
        return (_equal(state.words, segment) >= 0) & (state.sets.size > 0)

    def hits(self, op: Near, state: State, segments: Sequence[Arrays]) -> list[Hits]:
        """Each row is asked about once for all that have its words."""
        rows = np.flatnonzero(state.sets.size)
        _, first, node = np.unique(state.words[rows], return_index=True, return_inverse=True)
        new = _compact(_of(state).take(rows[first]))
        found = []
        for segment in segments:
            place, score = _most_similar(op, new, segment)
            lost = np.flatnonzero(place[node] >= 0)
            found.append(Hits(state.standing.n[rows[lost]], place[node[lost]], score[node[lost]]))
        return found


def _most_similar(op: Near, new: Rows, segment: Arrays) -> tuple[Ints, npt.NDArray[np.float64]]:
    """For each new row the stored one that it is a duplicate of, -1 if none, and their similarity."""
    stored = _rows_of(segment)
    found = _similar(op, new, segment, stored)
    if op.short is not None and op.twins:
        found = _without(found, _differ(new.short, stored.short, found))
    equal = _equal(new.words, segment)
    same = np.flatnonzero(equal >= 0)
    a, b = np.concatenate([found.a, same]), np.concatenate([found.b, equal[same]])
    similarity = np.concatenate([found.similarity, np.ones(len(same))])
    order = np.lexsort((b, -similarity, a))
    nodes, first = np.unique(a[order], return_index=True)
    place, score = np.full(len(new.words), -1, dtype=np.int64), np.zeros(len(new.words))
    place[nodes], score[nodes] = b[order][first], similarity[order][first]
    return place, score


def _similar(op: Near, new: Rows, segment: Arrays, stored: Rows) -> Pairs:
    """Pairs (new, stored) by word runs, and by words where both are short."""
    blocks = new.skeleton if op.twins else None

    def by_runs(a: Ints, b: Ints) -> npt.NDArray[np.float64]:
        _check(stored.sets, b)
        return verified(new.sets, stored.sets, a, b, op.threshold, op.answer)

    found = search(_postings(segment, "long"), new.sets, by_runs, op.threshold, blocks=blocks, threads=cores())
    if op.short is None:
        return found
    short = op.short
    rows = np.flatnonzero(new.short.rows)
    asked = new.short.words.take(rows)

    def by_words(a: Ints, b: Ints) -> npt.NDArray[np.float64]:
        return unchanged(*_side_by_side(asked, stored.short.words, a, b), short)

    counted = Sets(*occurrences(*asked))
    own = None if blocks is None else blocks[rows]
    few = search(_postings(segment, "few"), counted, by_words, least_shared(short), blocks=own, threads=cores())
    return both(found, few._replace(a=rows[few.a]))


def _differ(new: Short, stored: Short, found: Pairs) -> npt.NDArray[np.bool_]:
    """`bloomery.clean.short.differ` between two sides."""
    words, a, b = _side_by_side(new.words, stored.words, found.a, found.b)
    variables = np.concatenate([new.variables[np.unique(found.a)], stored.variables[np.unique(found.b)]])
    return differ(Short(words, variables), a, b)


def _side_by_side(one: Sets, other: Sets, a: Ints, b: Ints) -> tuple[Sets, Ints, Ints]:
    """The sequences that the pairs need, those of both sides in one list, and where each pair's stand there."""
    _check(other, b)
    (some, x), (others, y) = np.unique(a, return_inverse=True), np.unique(b, return_inverse=True)
    mine, theirs = _packed(one.take(some)), _packed(other.take(others))
    shift = len(mine.values)
    whole = Sets(
        np.concatenate([mine.values, theirs.values]),
        np.concatenate([mine.starts, theirs.starts + shift]),
        np.concatenate([mine.ends, theirs.ends + shift]),
    )
    return whole, x.astype(np.int64), (y + len(some)).astype(np.int64)


def _check(sets: Sets, rows: Ints) -> None:
    """DataError if these rows of a segment are not within its members."""
    starts, ends = sets.starts[rows], sets.ends[rows]
    if not bool(((starts >= 0) & (starts <= ends) & (ends <= len(sets.values))).all()):
        raise DataError("An index is damaged", expected="rows within its numbers", next="Make it again from the data")


def _without(found: Pairs, gone: npt.NDArray[np.bool_]) -> Pairs:
    return Pairs(found.a[~gone], found.b[~gone], found.similarity[~gone])


def _equal(words: U64, segment: Arrays) -> Ints:
    """For each fingerprint the stored row that has it, or -1."""
    stored = segment["sorted_words"]
    if not len(stored):
        return np.full(len(words), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(stored, words), len(stored) - 1)
    return np.where(stored[at] == words, segment["by_words"][at], -1)


def _of(state: State) -> Rows:
    return Rows(state.sets, state.words, state.skeleton, state.short)


def _packed(sets: Sets) -> Sets:
    """The same sets, their members behind one another."""
    size = sets.size
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(size)])
    places = np.arange(starts[-1]) + np.repeat(sets.starts - starts[:-1], size)
    return Sets(np.asarray(sets.values[places]), starts[:-1], starts[1:])


def _compact(rows: Rows) -> Rows:
    return rows._replace(sets=_packed(rows.sets), short=rows.short._replace(words=_packed(rows.short.words)))


def _joined(one: Rows, other: Rows) -> Rows:
    """The rows of both, one after the other."""

    def stacked(a: Sets, b: Sets) -> Sets:
        shift = len(a.values)
        return Sets(
            np.concatenate([a.values, b.values]),
            np.concatenate([a.starts, b.starts + shift]),
            np.concatenate([a.ends, b.ends + shift]),
        )

    variables = np.concatenate([one.short.variables, other.short.variables])
    return Rows(
        stacked(one.sets, other.sets),
        np.concatenate([one.words, other.words]),
        np.concatenate([one.skeleton, other.skeleton]),
        Short(stacked(one.short.words, other.short.words), variables),
    )


def _rows_of(segment: Arrays) -> Rows:
    long = Sets(segment["values"], segment["starts"][:-1], segment["starts"][1:])
    short = Sets(segment["short_values"], segment["short_starts"][:-1], segment["short_starts"][1:])
    return Rows(long, segment["words"], segment["skeleton"], Short(short, segment["variables"]))


def _postings(segment: Arrays, name: str) -> Postings:
    return Postings(*(segment[f"{name}_{part}"] for part in Postings._fields))


def _arrays(op: Near, rows: Rows) -> Arrays:
    """The arrays of a segment of packed rows."""
    words, by = rows.short.words, np.argsort(rows.words)
    long = postings(rows.sets, rows.skeleton, op.threshold, threads=cores())
    least = 1.0 if op.short is None else least_shared(op.short)
    few = postings(Sets(*occurrences(*words)), rows.skeleton, least, threads=cores())
    end = np.zeros(1, dtype=np.int64)
    return {
        "values": rows.sets.values,
        "starts": np.concatenate([end, rows.sets.ends]),
        "short_values": words.values,
        "short_starts": np.concatenate([end, words.ends]),
        "words": rows.words,
        "sorted_words": rows.words[by],
        "by_words": by,
        "skeleton": rows.skeleton,
        "variables": rows.short.variables,
        **{f"long_{name}": part for name, part in long._asdict().items()},
        **{f"few_{name}": part for name, part in few._asdict().items()},
    }
