"""What is looked for: the items of test files, and of indexes, numbered together; and which benchmark each belongs to.

Targets are numbered so: those of files that have keys, their `near` ones, their twins, and then those of the indexes.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, NamedTuple, Self

import polars as pl

from bloomery.contamination import substrings
from bloomery.contamination.items import PARAPHRASE, TINY, Item, Items, Part, Target, build, parts_of
from bloomery.contamination.options import Contamination
from bloomery.contamination.shared import MANIFEST, Shared
from bloomery.engine import Progress
from bloomery.errors import DataError
from bloomery.formats.read import Reader
from bloomery.text.tokens import tokens


class Side(NamedTuple):
    """The training or the test data as read."""

    rows: int
    unreadable: int
    formats: list[str]  # of each source
    files: list[dict[str, Any]]
    notes: list[str]

    @classmethod
    def of(cls, readers: Sequence[Reader], rows: int) -> Self:
        """What finished readers, one a source, know."""
        files = [file._asdict() | {"source": k} for k, reader in enumerate(readers) for file in reader.files]
        notes = [note for reader in readers for note in reader.notes]
        unreadable = sum(file["quarantined"] for file in files)
        return cls(rows, unreadable, [reader.format for reader in readers], files, notes)


class Benchmark(NamedTuple):
    """Items that belong together: one test source, or one index."""

    name: str
    items: range  # places
    unreadable: int
    licence: str | None = None
    version: str | None = None


class Sought(NamedTuple):
    """All that is looked for."""

    files: Items
    shared: Sequence[Shared]
    items: list[Item]
    targets: list[Target]
    benchmarks: list[Benchmark]
    questions: list[str]  # of the last targets, which paraphrases are suspected of

    @property
    def unasked_answers(self) -> int:
        """Answers too short to look for."""
        return self.files.unasked_answers + sum(one.about.unasked_answers for one in self.shared)

    @property
    def boilerplate(self) -> int:
        """Runs of `n` tokens that were taken for a template."""
        return self.files.boilerplate + sum(one.about.boilerplate for one in self.shared)

    @property
    def tiny(self) -> int:
        """Texts that are compared with whole fields only."""
        mine = sum(0 < len(target.whole) <= TINY for target in self.files.targets)
        return mine + sum(one.about.tiny for one in self.shared)


def sought(
    readers: Sequence[Reader], shared: Sequence[Shared], options: Contamination, progress: Progress
) -> tuple[Sought, Side]:
    """Read the test side. DataError if there is nothing in it."""
    rows: list[tuple[str, list[Part]]] = []
    benchmarks = []
    for reader in readers:
        first = len(rows)
        for some in _read(reader):
            rows += some
            done = {"done": sum(r.bytes_read for r in readers), "total": sum(r.total_bytes for r in readers)}
            progress("reading test", rows=len(rows), **done)
        unreadable = sum(file.quarantined for file in reader.files)
        benchmarks.append(Benchmark(reader.sources[0].path, range(first, len(rows)), unreadable))
    wanted = _sought(rows, benchmarks, shared, options)
    return wanted, _side(readers, shared, len(wanted.items))


def sought_items(name: str, items: Sequence[tuple[str, Sequence[tuple[str, str]]]], options: Contamination) -> Sought:
    """What is looked for where the items are there already: the id of each, and its texts with their roles in reading order."""
    split = tokens(pl.Series([text for _, said in items for _, text in said], dtype=pl.String))
    at = iter(range(len(split.offsets) - 1))
    rows = [(row_id, [Part(role, text, split.row(next(at))) for role, text in said]) for row_id, said in items]
    return _sought(rows, [Benchmark(name, range(len(rows)), 0)], [], options)


def _sought(
    rows: Sequence[tuple[str, list[Part]]],
    benchmarks: list[Benchmark],
    shared: Sequence[Shared],
    options: Contamination,
) -> Sought:
    """The targets of test rows and of indexes, numbered together; `benchmarks` are those of the rows."""
    files = substrings.build(rows, options.seed) if options.method == "chars50" else build(rows, options.n)
    items, targets = list(files.items), list(files.targets)
    for one in shared:
        about, first, at = one.about, len(items), len(targets)
        items += [Item(item.id, {tier: at + number for tier, number in item.targets.items()}) for item in one.items]
        targets += one.targets
        places = range(first, len(items))
        benchmarks.append(Benchmark(about.name, places, about.unreadable, about.licence, about.version))
    if not items:
        raise DataError("There are no test rows", next="Check --test")
    questions = _questions(items[: len(rows)], targets) if options.embedding else []
    return Sought(files, shared, items, targets, benchmarks, questions)


def _questions(items: Sequence[Item], targets: list[Target]) -> list[str]:
    """Add a target for each distinct question (or text, where there is none) to items and targets; their texts."""
    numbers: dict[tuple[str, ...], int] = {}
    first = len(targets)
    for item in items:
        base = item.targets.get("question", item.targets.get("verbatim"))
        if base is None:
            continue
        texts = targets[base].texts
        if texts not in numbers:
            numbers[texts] = len(targets)
            targets.append(targets[base]._replace(tier=PARAPHRASE, short=False))
        item.targets[PARAPHRASE] = numbers[texts]
    return ["\n".join(target.texts) for target in targets[first:]]


def _read(reader: Reader) -> Iterator[list[tuple[str, list[Part]]]]:
    for batch in reader:
        yield list(zip(batch.rows["id"].to_list(), parts_of(batch), strict=True))


def _side(readers: Sequence[Reader], shared: Sequence[Shared], rows: int) -> Side:
    side = Side.of(readers, rows)
    files = [
        {
            "path": str(one.path),
            "index": one.about.name,
            "licence": one.about.licence,
            "version": one.about.version,
            "sha256": sha256((one.path / MANIFEST).read_bytes()).hexdigest(),
            "quarantined": one.about.unreadable,
        }
        for one in shared
    ]
    unreadable = side.unreadable + sum(one.about.unreadable for one in shared)
    formats = [*side.formats, *("index" for _ in shared)]
    return side._replace(unreadable=unreadable, formats=formats, files=[*side.files, *files])
