"""JSON rows walked once: strictly checked, and the texts that a format wants taken out.

A row is `ok` only where the walk is sure that it is one JSON object, alone, in valid UTF-8, which any strict decoder reads
the same way. It is narrower than JSON: nesting up to 64 levels, numbers of up to 64 characters with exponents of up to two
digits, no half surrogates, no wanted key written with escapes, no wanted key twice in one object at any depth (for
conversations: no key at all). Rows that are not ok are for the caller to look at by other means, which also say what is
wrong with them: refusing a good row costs time, accepting a bad one would be an error.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.kernels.flat import Flat, flat_of
from bloomery.kernels.json_walk import (
    ABSENT,
    DEEPEST,
    EMPTY_LIST,
    MOST_KEYS,
    MOST_STRINGS,
    NULL,
    OTHER,
    SCALAR,
    TEXT,
    walk_conversations,
    walk_fields,
)

__all__ = [
    "ABSENT",
    "EMPTY_LIST",
    "NULL",
    "OTHER",
    "SCALAR",
    "TEXT",
    "Conversations",
    "Fields",
    "conversations",
    "fields",
]


class Fields(NamedTuple):
    """Top-level columns of n rows, w columns each."""

    ok: npt.NDArray[np.bool_]  # [n]; rows that are not ok have ABSENT columns
    kinds: npt.NDArray[np.uint8]  # [n, w], ABSENT to OTHER
    texts: Flat  # n * w, row by row; empty where a column has no text


class Conversations(NamedTuple):
    """Turns of n rows, m altogether."""

    ok: npt.NDArray[np.bool_]  # [n]
    counts: npt.NDArray[np.int64]  # [n], turns of each row; 0 where it is not ok
    speakers: npt.NDArray[np.uint8]  # [m], index into the names of speakers
    contents: Flat  # m


def fields(rows: Flat, names: Sequence[str]) -> Fields:
    """The top-level columns `names`, all different, of `rows`; other columns are checked and passed over.

    >>> found = fields(flat_of([b'{"a": "x\\\\n", "b": 1, "c": {}}', b'{"a": NaN}']), ["a", "b", "d"])
    >>> found.ok.tolist(), found.kinds[0].tolist(), found.texts.at(0), found.texts.at(1)
    ([True, False], [2, 4, 0], b'x\\n', b'1')
    """
    height, width = rows.height, len(names)
    ok, kinds = np.zeros(height, dtype=np.bool_), np.zeros((height, width), dtype=np.uint8)
    ends = np.zeros(height * width + 1, dtype=np.int64)
    read = _read(rows, names, 0, every=False)
    walk_fields(*read, ok, kinds, ends)
    return Fields(ok, kinds, Flat(read.out[: ends[-1]], ends))


def conversations(
    rows: Flat,
    turns: str,
    sides: Sequence[str],
    keys: tuple[str, str],
    speakers: Sequence[str],
    answers: Sequence[bool],
    tag: str,
) -> Conversations:
    """The plain conversations under the column `turns` of `rows`: lists of objects of the two `keys`, speaker and content.

    A row is ok if the columns `sides` are absent, null or empty, no key stands twice in any object, every speaker is one
    of `speakers` to the letter, every content is a string and not empty, and at least one speaker is one that `answers`
    (aligned with `speakers`), whose contents must not hold `tag`. `turns` and `sides` must differ, as must the `keys`.

    >>> row = b'{"m": [{"who": "ann", "what": "?"}, {"who": "bob", "what": "!"}]}'
    >>> found = conversations(flat_of([row]), "m", [], ("who", "what"), ["ann", "bob"], [False, True], "<x>")
    >>> found.counts.tolist(), found.speakers.tolist(), found.contents.at(1)
    ([2], [0, 1], b'!')
    """
    if len(answers) != len(speakers) or not 0 < len(speakers) < 256:
        raise ValueError(f"{len(speakers)} speakers with {len(answers)} answers: expected 1 to 255, as many of both")
    if keys[0] == keys[1] or not tag:
        raise ValueError(f"the keys {keys} must differ, and the tag {tag!r} must not be empty")
    read = _read(rows, [*keys, *speakers, turns, *sides], 2 + len(speakers), every=True)
    least = len('{"":"","":""}') + sum(len(key.encode()) for key in keys)
    most = len(rows.data) // least + 1  # turns: no more have room
    ok, counts = np.zeros(rows.height, dtype=np.bool_), np.zeros(rows.height, dtype=np.int64)
    found, ends = np.empty(most, dtype=np.uint8), np.zeros(most + 1, dtype=np.int64)
    answering, stop = _frozen(np.array(answers, dtype=np.bool_)), _frozen(np.frombuffer(tag.encode(), dtype=np.uint8))
    total = walk_conversations(*read, ok, answering, stop, counts, found, ends)
    return Conversations(ok, counts, found[:total].copy(), Flat(read.out[: ends[total]], ends[: total + 1].copy()))


class _Read(NamedTuple):
    """The arguments that all walks share: see `bloomery.kernels.json_walk`."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    words: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int64]
    low: int
    every: bool
    work: npt.NDArray[np.int64]
    tape: npt.NDArray[np.int64]
    found: npt.NDArray[np.int64]
    out: npt.NDArray[np.uint8]


def _read(rows: Flat, names: Sequence[str], low: int, *, every: bool) -> _Read:
    """For rows and names, which from `low` on are columns."""
    if len(set(names[low:])) < len(names) - low:
        raise ValueError(f"columns must differ: {', '.join(names[low:])}")
    known = flat_of([name.encode() for name in names])
    data, offsets, words, bounds = (_frozen(array) for array in (*rows, *known))
    sizes = (DEEPEST + MOST_KEYS, MOST_STRINGS, 4 * (len(names) - low))
    work, tape, found = (np.zeros(size, dtype=np.int64) for size in sizes)
    return _Read(data, offsets, words, bounds, low, every, work, tape, found, np.empty(len(data), dtype=np.uint8))


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A view that cannot be written: all inputs are of this one type, so that nothing is compiled twice."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
