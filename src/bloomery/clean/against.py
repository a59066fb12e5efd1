"""Rows of other datasets that the input must not have again: the option ``against``, and the index of a run.

A dataset that is named is read as the input is: by the same reader, into the format of the input, and through the edits of the
row ops that stand before the op, so that scrubbed rows meet scrubbed rows. Nothing of it is dropped, written or counted. What an
op remembers of its rows goes into segments (`bloomery.clean.reference`) in the run's own folder. An index has them already.

A row of the input that has a duplicate there is dropped at its op, before any other comparison: the other dataset's rows
outrank all rows of the input. In the ledger ``against`` is the id of that row (behind the path of its index, if it is in one),
and ``detail`` names the dataset. Inside a run these rows have numbers above those of the input.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.exact import Exact
from bloomery.clean.length import Length
from bloomery.clean.near import Near
from bloomery.clean.reference import Kind, Remembered, best_of
from bloomery.clean.reference_exact import ExactReference
from bloomery.clean.reference_index import LIMIT, Index, Segment, is_index, write_segment
from bloomery.clean.reference_near import NearReference
from bloomery.clean.signals import Signals
from bloomery.clean.steps import Step
from bloomery.clean.structure import Structure
from bloomery.engine import cores, ordered
from bloomery.errors import DataError, RecipeError
from bloomery.formats.assemble import Piece
from bloomery.formats.read import FileInfo, Reader
from bloomery.formats.source import Source
from bloomery.schema import Batch, DatasetOp, RowOp, Task, apply, proposals

KINDS: dict[type[DatasetOp], Kind] = {Exact: ExactReference(), Near: NearReference()}


class Dataset(NamedTuple):
    """Another dataset, as one op remembers it."""

    name: str  # as given
    prefix: str  # what stands before ids
    segments: list[Segment]


class Told(NamedTuple):
    """What a run says about another dataset."""

    name: str
    rows: int
    files: list[FileInfo]


class Met(NamedTuple):
    """Rows of the input that another dataset has."""

    proposals: pl.DataFrame
    ids: pl.DataFrame  # n, id: of rows of other datasets, numbered from where the caller said


class References:
    """All that a run is checked against, ready to be asked."""

    def __init__(self, steps: Sequence[Step], index: Index | None = None) -> None:
        self.steps = steps
        self.index = index
        self.remembering = [
            Remembered(step.number, step.op, kind)
            for step in steps
            for op, kind in KINDS.items()
            if isinstance(step.op, op)
        ]
        self.datasets: dict[int, list[Dataset]] = {one.step: [] for one in self.remembering}
        #: about each dataset, by name
        self.told: dict[str, Told] = {}
        self.notes: list[str] = []
        if index is not None and not self.remembering:
            raise RecipeError("An index needs an op that removes duplicates", expected="exact or near in the recipe")
        if index is not None:
            self._open(index, self.remembering)

    @property
    def asked(self) -> dict[str, list[str]]:
        """The ops that ask each dataset."""
        found: dict[str, list[str]] = {name: [] for name in self.told}
        for step in self.steps:
            for dataset in self.datasets.get(step.number, []):
                found[dataset.name].append(step.name)
        return found

    def read(self, reader: Reader, folder: Path, *, task: Task, tick: Callable[[int], None]) -> None:
        """Read the datasets that the ops name, as `reader` reads the input; segments go into `folder`."""
        self._task = task
        wanted: dict[str, tuple[Source, list[Remembered]]] = {}
        for one in self.remembering:
            for named in one.op.against:  # type: ignore[attr-defined]
                source = Source(path=named) if isinstance(named, str) else named
                ops = wanted.setdefault(source.model_dump_json(), (source, []))[1]
                if one not in ops:
                    ops.append(one)
        rows = 0
        for number, (source, ops) in enumerate(wanted.values()):
            if is_index(source.path):
                index = Index(source.path)
                self._open(index, ops)
                if index.task not in (None, task):
                    self.notes.append(_other_task(index, task))
                continue
            rows = self._read(source, ops, reader, folder / str(number), tick, rows)

    def met(self, step: Step, state: Any, first: int) -> Met:
        """Drops of the rows of a state that other datasets have; their rows are numbered from `first` on."""
        datasets = self.datasets.get(step.number, [])
        segments = [(dataset, segment) for dataset in datasets for segment in dataset.segments]
        if not segments:
            return Met(proposals(), _NO_IDS)
        one = next(one for one in self.remembering if one.step == step.number)
        n, at, place, score = best_of(one.kind.hits(one.op, state, [segment.arrays for _, segment in segments]))
        (some, which) = np.unique(np.stack([at, place], axis=1), axis=0, return_inverse=True)
        names = [segments[k][0] for k in some[:, 0]]
        ids = pl.DataFrame(
            {"n": np.arange(first, first + len(some), dtype=np.uint64), "id": _ids(some, segments)},
            schema=_NO_IDS.schema,
        )
        told = [msgspec.json.encode({_DATASET: dataset.name}).decode() for dataset in names]
        drops = pl.DataFrame(
            {
                "n": n,
                "against": np.uint64(first) + which.ravel().astype(np.uint64),
                "score": score,
                "detail": pl.Series(told, dtype=pl.String).gather(which.ravel()),
            }
        )
        reason = pl.lit(f"{one.op.name()}_duplicate")
        return Met(proposals(drops.with_columns(reason=reason), action="drop"), ids)

    def _before(self, number: int) -> list[str]:
        """The row ops that may have edited what comes to a step."""
        editing = (step for step in self.steps[: number - 1] if isinstance(step.op, RowOp))
        return [step.name for step in editing if not isinstance(step.op, Structure | Length | Signals)]

    def remember(self, step: Step, state: Any, kept: npt.NDArray[np.bool_], ids: pl.DataFrame) -> None:
        """Add the kept rows of a state (``kept[n]``; `ids` has their n and id) to the run's index."""
        found = [one for one in self.remembering if one.step == step.number]
        for one in found if self.index is not None else ():
            assert self.index is not None
            n = state.standing.n
            rows = np.flatnonzero(kept[n.astype(np.int64)])
            names = ids["id"].gather(np.searchsorted(ids["n"].to_numpy(), n[rows]))
            self.index.extend(one, state, rows, names, before=self._before(one.step))

    def _open(self, index: Index, ops: Sequence[Remembered]) -> None:
        self.told[index.path] = Told(index.path, index.rows, index.files)
        for one in ops:
            segments = index.segments(one.op.name(), one.op, one.kind)
            then, now = index.before(one.op.name()), self._before(one.step)
            if segments and then != now:
                self.notes.append(_other_ops(index, one.op.name(), then, now))
            self.datasets[one.step].append(Dataset(index.path, f"{index.path}/", segments))

    def _read(
        self,
        source: Source,
        ops: Sequence[Remembered],
        reader: Reader,
        folder: Path,
        tick: Callable[[int], None],
        rows: int,
    ) -> int:
        """Segments of one dataset for the ops that name it; how many rows were read by now."""
        other = reader_like(source, reader.format)
        _refuse_same(other, reader)
        shelves = {one.step: _Shelf(one, folder / str(one.step)) for one in ops}
        last = max(shelves)

        def work(batch: Batch) -> tuple[pl.Series, dict[int, Any]]:
            seen = batch.with_(task=self._task)
            states = {}
            for step in self.steps[:last]:
                if step.number in shelves:
                    states[step.number] = shelves[step.number].op.observe(seen)
                elif isinstance(step.op, RowOp) and len(seen):
                    proposed = proposals(step.op.decide(seen))
                    seen = apply(seen, proposed.filter(pl.col("action") == "edit"))
            return batch.rows["id"], states

        decoded = other.numbered(ordered(Piece.decode, other.pieces(), workers=max(1, cores() // 2)))
        for ids, states in ordered(work, (batch for batch in decoded if len(batch))):
            for step, state in states.items():
                shelves[step].add(ids, state)
            rows += len(ids)
            tick(rows)
        read = sum(file.rows for file in other.files)
        self.told[source.path] = Told(source.path, read, other.files)
        self.notes += [
            f"{file.path}: {file.quarantined} records could not be read" for file in other.files if file.quarantined
        ]
        for shelf in shelves.values():
            self.datasets[shelf.one.step].append(Dataset(source.path, "", shelf.finish()))
        return rows


def dataset_of(detail: str | None) -> str | None:
    """The dataset that the ``detail`` of a ledger line names, if it does."""
    if detail is None or not detail.startswith(f'{{"{_DATASET}":'):
        return None
    name: str = msgspec.json.decode(detail)[_DATASET]
    return name


class _Shelf:
    """What one op remembers of a dataset while it is read."""

    def __init__(self, one: Remembered, folder: Path) -> None:
        self.one, self.folder = one, folder
        self.op = one.op.model_copy(update={"keep": ()})  # nobody chooses between these rows
        self._waiting: list[tuple[pl.Series, Any]] = []
        self._filled = self._first = 0
        self._segments: list[Segment] = []

    def add(self, ids: pl.Series, state: Any) -> None:
        """Another batch."""
        self._waiting.append((ids, state))
        self._filled += int(self.one.kind.size(state).sum())
        if self._filled >= LIMIT:
            self._write()

    def finish(self) -> list[Segment]:
        """All segments."""
        if self._waiting:
            self._write()
        return self._segments

    def _write(self) -> None:
        """A segment of what waits; its rows are numbered over the whole dataset, and a state lists those it can compare."""
        op, kind = self.op, self.one.kind
        state = op.merge([state for _, state in self._waiting])
        ids = pl.concat([ids for ids, _ in self._waiting])
        first = self._first
        n = state.standing.n.astype(np.int64) - first
        arrays, chosen = kind.segment(op, state, np.arange(len(n)), None)
        folder = self.folder / str(len(self._segments))
        write_segment(folder, arrays, ids.gather(n[chosen]))
        self._segments.append(Segment(folder, kind))
        self._waiting, self._filled = [], 0
        self._first = first + len(ids)


def _ids(some: npt.NDArray[np.int64], segments: Sequence[tuple[Dataset, Segment]]) -> pl.Series:
    """The ids of rows ``(segment, place)``, which ascend."""
    found = [pl.Series("id", [], dtype=pl.String)]
    for at in np.unique(some[:, 0]):
        dataset, segment = segments[at]
        places = some[some[:, 0] == at, 1]
        names = segment.ids
        if places.max() >= len(names):
            raise DataError(f"{segment.folder} is damaged", expected="an id for each row", next="Make the index again")
        found.append(dataset.prefix + names.gather(places))
    return pl.concat([one.rename("id") for one in found])


def reader_like(source: Source, form: str) -> Reader:
    """A reader of another dataset that gives rows of the format `form`."""
    reader = Reader([source])
    return reader if reader.format == form else Reader([source], format=form)


def _refuse_same(other: Reader, reader: Reader) -> None:
    mine = {str(Path(name).resolve()) for name in reader.names}
    for name in other.names:
        if str(Path(name).resolve()) in mine:
            raise DataError(
                f"{name} is read as input and named in `against`",
                expected="another dataset",
                next="Leave it out in one of the two places: duplicates within the input are found anyway",
            )


def _other_ops(index: Index, name: str, then: Sequence[str], now: Sequence[str]) -> str:
    told = [", ".join(ops) or "nothing" for ops in (then, now)]
    return (
        f"Rows came to {index.path} after {told[0]}, and here they come to {name} after {told[1]}: what these ops edit differs, "
        "so some duplicates may not be found"
    )


def _other_task(index: Index, task: Task) -> str:
    return (
        f"{index.path} holds rows whose task is {index.task}, and here it is {task}: answers are compared in another "
        "way there, so some duplicates may not be found"
    )


_DATASET = "dataset"
_NO_IDS = pl.DataFrame(schema={"n": pl.UInt64, "id": pl.String})
