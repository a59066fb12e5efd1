"""A saved index of rows: a folder that a new batch is checked against, and that grows by what is kept of it.

    lock              held by the run that extends it
    manifest.json     format version, task, a check of how words are numbered, and for each op its options and segments
    near-000001/      a segment: arrays (`bloomery.clean.reference`), and ids.arrow, the ids of its rows

Segments never change. An extension writes new ones beside the old, the last old one again if that is small, and then puts a
new manifest in the place of the old: until then the index is what it was, whatever is killed. What the manifest does not name
is litter, which the next extension removes.

An index holds no text, but numbers made of words in a known way: whoever guesses a sentence can find out whether it is there.
Keep it where the data may be kept.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from bloomery.clean.identity import identity
from bloomery.clean.likeness import likeness
from bloomery.clean.reference import Ints, Kind, Remembered
from bloomery.clean.result import CleanResult
from bloomery.errors import DataError, OutputError, UsageError
from bloomery.formats.read import FileInfo
from bloomery.schema import PARTS_SCHEMA, ROWS_SCHEMA, Batch, DatasetOp, Task
from bloomery.store import Arrays, locked, read_arrays, write_arrays, write_atomic
from bloomery.text.fingerprint import fingerprint
from bloomery.text.tokens import Ragged, offsets_of

FORMAT = 1
#: numbers in a segment after which another is begun
LIMIT = 1 << 24
MANIFEST, LOCK = "manifest.json", "lock"
_SEGMENT = re.compile(r"\w+-\d{6,}")
#: a last segment of so many numbers, or so many times what comes to it, is written again with it
_FEW, _TIMES = 1 << 20, 8


class Made(msgspec.Struct):
    """What an index holds for one op."""

    made_for: dict[str, Any]
    before: list[str] = []  # row ops that the rows had been through
    segments: list[str] = []
    rows: int = 0


class Manifest(msgspec.Struct):
    """``manifest.json`` of an index."""

    bloomery_index: int
    task: Task
    check: str
    ops: dict[str, Made]
    next: int = 1  # number of the next segment


class Segment:
    """A segment on disk, mapped when it is asked for."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        self.folder, self.kind = folder, kind

    @property
    def arrays(self) -> Arrays:
        """The arrays. DataError if they are not whole."""
        arrays = read_arrays(self.folder, self.kind.arrays)
        if not self.kind.sound(arrays):
            raise DataError(f"{self.folder} is damaged", expected="arrays that fit", next="Make the index again")
        return arrays

    @property
    def ids(self) -> pl.Series:
        """The ids of its rows."""
        try:
            return pl.read_ipc(self.folder / "ids.arrow")["id"]
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(f"{self.folder} is damaged", expected="ids.arrow", found=str(error)) from None


def write_segment(folder: Path, arrays: Arrays, ids: pl.Series) -> None:
    """Write a segment into the new folder."""
    write_arrays(folder, arrays)
    pl.DataFrame({"id": ids}).write_ipc(folder / "ids.arrow")


class Index:
    """An index as it stands on disk."""

    def __init__(self, path: str | Path) -> None:
        """Raises DataError if there is something else, or something that this version cannot use."""
        self.path = str(path)
        self.folder = Path(path)
        self._read_as = self._bytes()
        self.manifest = _checked(self.path, self._read_as) if self._read_as else None
        self._next: Manifest | None = None

    @property
    def task(self) -> Task | None:
        """The task of its rows; None where there are none yet."""
        return self.manifest.task if self.manifest else None

    def before(self, name: str) -> list[str]:
        """The row ops that its rows had been through when they came to an op."""
        return self.manifest.ops[name].before if self.manifest and name in self.manifest.ops else []

    @property
    def rows(self) -> int:
        """How many rows it knows: of the op that knows most."""
        return max((made.rows for made in self.manifest.ops.values()), default=0) if self.manifest else 0

    @property
    def files(self) -> list[FileInfo]:
        """Its manifest, which tells one state of the index from another."""
        if not self.manifest:
            return []
        digest = sha256(self._read_as).hexdigest()
        return [FileInfo(f"{self.path}/{MANIFEST}", 0, "index", "", len(self._read_as), digest, self.rows, 0)]

    def segments(self, name: str, op: DatasetOp, kind: Kind) -> list[Segment]:
        """What it holds for an op. DataError if that was made for other options."""
        if self.manifest is None:
            return []
        made = self.manifest.ops.get(name)
        if made is None:
            raise DataError(
                f"The index {self.path} holds nothing for {name}",
                expected=f"an index made by a recipe with {name}",
                found=f"one for {', '.join(self.manifest.ops)}",
                next=f"Make it again with {name} in the recipe, or leave {name} out",
            )
        if unfit := kind.unfit(op, made.made_for):
            told = ", ".join(f"{key}: {value}" for key, value in made.made_for.items())
            raise DataError(
                f"The index {self.path} was made for other options of {name}",
                expected=f"{told}, or thresholds above",
                found=unfit,
                next="Make it again from the data with these options, or set the options back",
            )
        return [Segment(self.folder / segment, kind) for segment in made.segments]

    @contextmanager
    def extending(self, task: Task) -> Iterator[None]:
        """What is given to `extend` in the block becomes part of the index when the block ends well.

        OutputError if the folder cannot be written, or if another run extends it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = self.folder / LOCK
            lock.touch()
        except OSError as error:
            raise OutputError(f"Cannot write to {self.folder}", found=error.strerror or str(error)) from error
        with locked(lock) as free:
            if not free or self._bytes() != self._read_as:
                raise OutputError(
                    f"The index {self.path} is being extended by another run",
                    expected="one at a time",
                    next="Run it again",
                )
            self._begin(task)
            try:
                yield
            except BaseException:
                if self.manifest is None:
                    shutil.rmtree(self.folder, ignore_errors=True)
                raise
            self._commit()

    def _begin(self, task: Task) -> None:
        """A manifest to be, and no litter."""
        old = self.manifest
        ops = (
            {name: Made(made.made_for, made.before, list(made.segments), made.rows) for name, made in old.ops.items()}
            if old
            else {}
        )
        self._next = Manifest(FORMAT, old.task if old else task, _check(), ops, old.next if old else 1)
        named = {segment for made in ops.values() for segment in made.segments}
        for litter in self.folder.iterdir():
            if litter.is_dir() and litter.name not in named and _SEGMENT.fullmatch(litter.name):
                shutil.rmtree(litter)

    def extend(self, one: Remembered, state: Any, rows: Ints, ids: pl.Series, *, before: Sequence[str] = ()) -> None:
        """Add these rows (ascending; `ids` are theirs) of the state of an op, within `extending`.

        `before` names the row ops that they have been through.
        """
        assert self._next is not None
        name, op, kind = one.op.name(), one.op, one.kind
        made = self._next.ops.setdefault(name, Made(kind.made_for(op), list(before)))
        new = np.ones(len(rows), dtype=np.bool_)
        for segment in made.segments:
            new &= ~kind.there(op, state, Segment(self.folder / segment, kind).arrays)[rows]
        left = np.flatnonzero(new)
        last = self._small(made, kind, int(kind.size(state)[rows[left]].sum()))
        while len(left):
            room = LIMIT - (kind.filled(last.arrays) if last else 0)
            some = left[: max(1, int(np.searchsorted(np.cumsum(kind.size(state)[rows[left]]), room)))]
            left = left[len(some) :]
            arrays, chosen = kind.segment(op, state, rows[some], last.arrays if last else None)
            names = ids.gather(np.searchsorted(rows, chosen))
            folder = f"{name}-{self._next.next:06}"
            write_segment(self.folder / folder, arrays, pl.concat([last.ids, names]) if last else names)
            made.segments = [*made.segments[: -1 if last else None], folder]
            self._next.next += 1
            made.rows, last = made.rows + len(chosen), None

    def _commit(self) -> None:
        assert self._next is not None
        write_atomic(self.folder / MANIFEST, msgspec.json.format(msgspec.json.encode(self._next), indent=2) + b"\n")
        gone = {s for made in (self.manifest.ops if self.manifest else {}).values() for s in made.segments}
        for old in gone - {s for made in self._next.ops.values() for s in made.segments}:
            shutil.rmtree(self.folder / old, ignore_errors=True)

    def _small(self, made: Made, kind: Kind, more: int) -> Segment | None:
        """The last segment, if there is room in it, and so little in it that it can be written again."""
        if not made.segments:
            return None
        last = Segment(self.folder / made.segments[-1], kind)
        return last if kind.filled(last.arrays) < min(LIMIT, max(_FEW, _TIMES * more)) else None

    def _bytes(self) -> bytes:
        path = self.folder / MANIFEST
        if is_index(self.path):
            return path.read_bytes()
        if self.folder.exists() and (not self.folder.is_dir() or any(_others(self.folder))):
            raise DataError(f"{self.path} is no index", expected="a new folder, or one that --index made")
        return b""


def refuse_again(replaced: Path, index: str) -> None:
    """UsageError if the run to be replaced has added its rows to this index: it would find all of them there."""
    if not (replaced / "manifest.json").exists():
        return
    before = CleanResult(replaced).manifest["recipe"].get("index")
    if before is not None and Path(before).resolve() == Path(index).resolve():
        raise UsageError(
            f"{replaced} cannot be run again with the index {index}",
            expected="an index that does not have the rows of that run",
            found="that its kept rows were added to it",
            next="Put the index back as it was before that run, under another name, or leave --index out",
        )


def is_index(path: str | Path) -> bool:
    """Whether an index stands there."""
    file = Path(path) / MANIFEST
    return file.is_file() and b'"bloomery_index"' in file.read_bytes()[:200]


def _others(folder: Path) -> list[Path]:
    """What no killed extension left there."""
    return [one for one in folder.iterdir() if one.name != LOCK and not _SEGMENT.fullmatch(one.name)]


def _checked(path: str, read: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(read, type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{path} is no index", expected="a folder that --index made", found=str(error)) from None
    names = [segment for made in manifest.ops.values() for segment in made.segments]
    if not all(_SEGMENT.fullmatch(name) for name in names):
        raise DataError(f"The index {path} names folders that are none of its own", expected="names like near-000001")
    if manifest.bloomery_index != FORMAT or manifest.check != _check():
        raise DataError(
            f"The index {path} was made by a version of Bloomery that numbers words in another way",
            expected=f"format {FORMAT}, check {_check()}",
            found=f"format {manifest.bloomery_index}, check {manifest.check}",
            next="Make it again from the data",
        )
    return manifest


@cache
def _check() -> str:
    """A number made of a fixed text with all kinds of tokens: another one where words or texts are numbered otherwise."""
    texts = {
        "prompt": "Don't pay $1,000.50 for C++ or user_id 7² — “ok”? 東京 ภาษา العَرَبِيَّة 😀",
        "completion": "It can’t be 3 km.",
    }
    rows = [(0, "", 0, 0, b"{}", None, True, False)]
    parts = [(0, k, role, text) for k, (role, text) in enumerate(texts.items())]
    batch = Batch(
        pl.DataFrame(rows, schema=ROWS_SCHEMA, orient="row"), pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row")
    )
    found = likeness(batch, fields="both", width=3)
    same = [identity(batch.parts, keyed=keyed) for keyed in (False, True)]
    numbers = [found.words, found.skeleton, found.short.variables, found.sets.values, found.short.words.values]
    numbers += [half for one in same for half in (one.high, one.low)]
    total = fingerprint(Ragged(np.concatenate(numbers), offsets_of(np.array([sum(map(len, numbers))]))))
    return f"{int(total[0]):016x}"
