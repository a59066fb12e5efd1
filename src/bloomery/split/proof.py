"""The proof: the written files are read again and searched for pairs that straddle two splits.

Nothing of the first pass is trusted: each line is decoded, taken apart by its format, shingled and compared anew. The search
begins a little below the near threshold (a pair at or above it fails the split) and goes down until the most similar
pair across splits shows itself: a search at a high floor is cheap, and the first that finds anything has found the
maximum. It ends earlier where so many rows of different splits look somewhat alike, as fillings of a template do, that comparing
them would take the square of their number; the floor says how far it came.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.formats.base import Format
from bloomery.kernels.join import loose_join
from bloomery.kernels.threads import cores
from bloomery.schema import Task
from bloomery.split.units import Ints, Sets, distinct
from bloomery.text.linked import MOST
from bloomery.text.similar import sets_of
from bloomery.text.tokens import Ragged

FLOORS = (0.9, 0.8, 0.7, 0.6, 0.5)
CHUNK = 20_000


class Closest(NamedTuple):
    """The most similar pair of rows across splits; `a` < `b` count over all written lines."""

    similarity: float
    a: int
    b: int
    kind: str  # text or question


class Proof(NamedTuple):
    """What the written files show."""

    rows: int
    across: int  # pairs of distinct texts across splits at or above the threshold: 0
    closest: Closest | None  # None: nothing at or above the floor
    floor: float  # the lowest similarity searched for


class Written(NamedTuple):
    """A file of rows, with the format and task of each line."""

    path: Path
    split: int
    formats: Sequence[tuple[Format, Task]]


def prove(files: Sequence[Written], *, near: float, width: int, match: str) -> Proof:
    """Search the rows of `files` for pairs across splits."""
    kinds = ("text", "question") if match == "both" else (match,)
    sets = {kind: Sets(width) for kind in kinds}
    split: list[npt.NDArray[np.int8]] = []
    for file in files:
        split.append(np.full(len(file.formats), file.split, dtype=np.int8))
        for chunk in _chunks(file):
            for kind in kinds:
                sets[kind].add(pl.Series([texts[kind] for texts in chunk], dtype=pl.String))
    where = np.concatenate(split)
    whole = {kind: gathered.all() for kind, gathered in sets.items()}
    found, floor = _searched(whole, where, near)
    leaks = sum(int((pairs_found.similarity >= near).sum()) for pairs_found in found.values())
    return Proof(len(where), leaks, _closest(found), floor)


class Across(NamedTuple):
    """Pairs of rows in different splits."""

    a: Ints
    b: Ints
    similarity: npt.NDArray[np.float64]


def _searched(sets: dict[str, Ragged], split: npt.NDArray[np.int8], near: float) -> tuple[dict[str, Across], float]:
    """The pairs at the highest floor that has any, or at the lowest that could be searched, and this floor."""
    found, lowest = None, near
    for floor in [floor for floor in FLOORS if floor < near]:
        these = {kind: across(ragged, split, floor, most=MOST) for kind, ragged in sets.items()}
        if any(one is None for one in these.values()):
            break
        found, lowest = {kind: one for kind, one in these.items() if one}, floor
        if any(len(one.similarity) for one in found.values()):
            break
    if found is None:
        found = {kind: one for kind, ragged in sets.items() if (one := across(ragged, split, near))}
    return found, lowest


def across(sets: Ragged, split: npt.NDArray[np.int8], threshold: float, *, most: int | None = None) -> Across | None:
    """Pairs across splits with a similarity of at least `threshold`, each distinct text standing for its copies.

    None where rows have more than `most` such pairs each, about.
    """
    unique = distinct(sets)
    home = split[unique.rows]
    filled = np.flatnonzero(unique.which >= 0)
    strays = filled[split[filled] != home[unique.which[filled]]]
    near, crowd = loose_join(
        sets_of(sets).take(unique.rows), threshold, marked=0, blocks=home.astype(np.int64), most=most, threads=cores()
    )
    if crowd.any():
        return None
    a = np.concatenate([unique.rows[unique.which[strays]], unique.rows[near.a]])
    b = np.concatenate([strays, unique.rows[near.b]])
    return Across(a, b, np.concatenate([np.ones(len(strays)), near.similarity]))


def _closest(found: dict[str, Across]) -> Closest | None:
    """The most similar of all pairs; of equals the first by row."""
    best: Closest | None = None
    for kind, pairs_found in found.items():
        for k in np.lexsort((pairs_found.b, pairs_found.a, -pairs_found.similarity))[:1]:
            a, b = sorted((int(pairs_found.a[k]), int(pairs_found.b[k])))
            one = Closest(float(pairs_found.similarity[k]), a, b, kind)
            best = one if best is None or one.similarity > best.similarity else best
    return best


def _chunks(file: Written) -> Iterator[list[dict[str, str]]]:
    """The compared texts of a file's lines, some thousand lines at a time."""
    chunk: list[dict[str, str]] = []
    with file.path.open("rb") as lines:
        for line, (format_, task) in zip(lines, file.formats, strict=True):
            chunk.append(_texts(line, format_, task))
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    if chunk:
        yield chunk


def _texts(line: bytes, format_: Format, task: Task) -> dict[str, str]:
    parts = format_.parse(msgspec.json.decode(line)).parts
    question = "\n".join(part.text for part in parts if part.role == "prompt")
    if task == "label":
        return {"question": question, "text": question}
    whole = "\n".join(part.text for part in parts if part.role in ("prompt", "completion", "text"))
    return {"question": question, "text": whole}
