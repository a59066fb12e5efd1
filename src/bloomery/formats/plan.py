"""What each source is, decided before anything is read: its files, their format, and whether rows must be converted.

The first rows of every source are looked at (`bloomery.formats.detect`). Rows of one run share one format and its columns,
since they end in one file; where sources differ, the user names the format they are to have, and rows are converted while
they are read (`bloomery.formats.convert`). The files of one source (a glob, a folder) must agree among themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bloomery.errors import DataError
from bloomery.formats.base import Format, Record
from bloomery.formats.convert import convert_record
from bloomery.formats.detect import FORMATS, Detected, detect, task_of
from bloomery.formats.dialogue import Loss
from bloomery.formats.files import STDIN, expand
from bloomery.formats.opened import Opened
from bloomery.formats.records import Chunk
from bloomery.formats.source import Source
from bloomery.formats.verdict import decode
from bloomery.schema import Task

_SAMPLE = 200
_SAMPLE_OTHERS, _OTHERS = 20, 32  # rows of each further file of a source; files looked at
_TRIES = 20_000


@dataclass
class Lane:
    """A source ready to be read."""

    index: int
    source: Source
    files: list[str]
    own: Format | None = None  # as the rows stand in the files; None where there are none
    form: Format | None = None  # as they are given
    task: Task = "open"
    why: str = ""
    target: str | None = None  # rows are converted to this format
    open_files: dict[str, Opened] = field(default_factory=dict)  # standard input, looked at but not read


class Sample(list[Record]):
    """The first readable records of a file, and why the first unreadable one was so."""

    problem: str | None = None


def plan(sources: Sequence[Source], wanted: str | None) -> list[Lane]:
    """The sources with their formats; DataError where they cannot be read together."""
    lanes = [Lane(at, source, expand(source.path)) for at, source in enumerate(sources)]
    _refuse_twice(lanes)
    samples = [_look(lane) for lane in lanes]
    _refuse_nothing(lanes, samples)
    for lane, sample in zip(lanes, samples, strict=True):
        if sample:
            _bind(lane, sample, wanted, alone=len(lanes) == 1)
    _agree(lanes, samples, wanted)
    common = next(lane for lane in lanes if lane.form is not None)
    for lane in lanes:
        if lane.form is None:
            lane.own = lane.form = common.form
            lane.task, lane.why = common.task, "no readable rows"
    return lanes


def _refuse_twice(lanes: Sequence[Lane]) -> None:
    seen: set[str] = set()
    for lane in lanes:
        for name in lane.files:
            real = name if name == STDIN else str(Path(name).resolve())
            if real in seen:
                raise DataError(f"{name} is named twice", expected="each file once", next="Leave one of the two out")
            seen.add(real)


def _look(lane: Lane) -> Sample:
    """The first rows of a source; further files of it must be of the same format."""
    first = Sample()
    agreed: Detected | None = None
    for at, name in enumerate(lane.files):
        if first and at > _OTHERS:
            break
        sample = _sample(lane, name, _SAMPLE_OTHERS if first else _SAMPLE)
        if sample and first:
            agreed = agreed or _told(first, lane.source)
            _refuse_other(agreed, _told(sample, lane.source), sample, lane, name)
        first.problem = first.problem or sample.problem
        first = first or (sample if sample else first)
    return first


def _told(sample: Sample, source: Source) -> Detected | None:
    try:
        return detect(sample, where=source.path, format=source.format, columns=source.columns)
    except DataError:
        return None


def _refuse_other(first: Detected | None, other: Detected | None, sample: Sample, lane: Lane, name: str) -> None:
    if first is None or (other is not None and _same(first.format, other.format)):
        return
    faults = [first.format.parse(record).fault for record in sample] if not first.format.expands else ["other"]
    if 2 * sum(fault is None for fault in faults) >= len(faults):
        return
    raise DataError(
        f"The files of {lane.source.path} are not of one format",
        expected=f"{first.why}, as in {lane.files[0]}",
        found=f"{other.why if other else 'no known format'} in {name}",
        next="Name them as separate entries of `data:`, each with its `format:`",
    )


def _sample(lane: Lane, name: str, wanted: int) -> Sample:
    sample, tried = Sample(), 0

    def enough(chunk: Chunk) -> bool:
        nonlocal tried
        sample.problem = sample.problem or next((f"{one.line}: {one.reason}" for one in chunk.broken), None)
        for line, raw in zip(chunk.lines, chunk.raws, strict=True):
            record = decode(raw)
            tried += 1
            if isinstance(record, str):
                sample.problem = sample.problem or f"{line}: {record}"
            else:
                sample.append(record)
            if len(sample) >= wanted:
                return True
        return tried >= _TRIES

    opened = Opened(name, lane.source)
    try:
        opened.peek(lambda chunk: bool(chunk.raws or chunk.broken) and enough(chunk))
    except BaseException:
        opened.close()
        raise
    if name == STDIN:
        lane.open_files[name] = opened
    else:
        opened.close()
    return sample


def _refuse_nothing(lanes: Sequence[Lane], samples: Sequence[Sample]) -> None:
    if any(samples):
        return
    names = ", ".join(lane.source.path for lane in lanes)
    problem = next((sample.problem for sample in samples if sample.problem), None)
    if problem is None:
        raise DataError(
            f"{names} is empty", expected="at least one row", found="none", next="Check that it was written"
        )
    raise DataError(
        f"No row of {names} can be read",
        expected="at least one",
        found=f"on line {problem}",
        next="Mend the file, or name what it is with --container and --encoding (container: and encoding: in a recipe)",
    )


def _bind(lane: Lane, sample: Sample, wanted: str | None, *, alone: bool) -> None:
    """The format of a source as its rows stand, overruled by `wanted` where that fits and nothing else is meant."""
    source = lane.source
    named = source.format
    if named is None and wanted is not None:
        named = _overruled(source, sample, wanted, alone=alone)
    found = detect(sample, where=source.path, format=named, columns=source.columns)
    lane.own = lane.form = found.format
    lane.task, lane.why = found.task, found.why


def _overruled(source: Source, sample: Sample, wanted: str, *, alone: bool) -> str | None:
    """`wanted` if the rows are to be read as it: a single source that fits it, or one that fits no other."""
    try:
        own = detect(sample, where=source.path, columns=source.columns)
    except DataError:
        return wanted
    if own.format.name == wanted or not alone:
        return None
    try:
        return detect(sample, where=source.path, format=wanted, columns=source.columns).format.name
    except DataError:
        return None


def _agree(lanes: Sequence[Lane], samples: Sequence[Sample], wanted: str | None) -> None:
    """One format for all: the one they have, or `wanted`, to which the others are converted."""
    there = [(lane, lane.own) for lane in lanes if lane.own is not None]
    first = there[0][1]
    alike = all(_same(first, own) for _, own in there)
    if alike and wanted in (None, first.name):
        return
    if wanted is None:
        raise DataError(
            "The sources are not of one format",
            expected="rows of one format with the same columns",
            found="; ".join(f"{lane.source.path} is {lane.why}" for lane, _ in there),
            next=f"Name the one they shall have, e.g. `format: {first.name}` in the recipe or --format {first.name}",
        )
    for lane, own in there:
        if own.name != wanted or not _standard(own):
            _convert(lane, samples[lane.index], own, wanted)


def _convert(lane: Lane, sample: Sample, own: Format, target: str) -> None:
    rows = [row for _, row in own.expand(list(enumerate(sample, 1)))] if own.expands else list(sample)
    converted, loss = [], ""
    for row in rows:
        try:
            converted.append(convert_record(row, own, target))
        except (Loss, ValueError) as error:
            loss = str(error)
    if not converted:
        raise DataError(
            f"{lane.source.path} cannot be written as {target}",
            expected=f"rows that lose nothing as {target}",
            found=f"{lane.why}; {loss}",
            next="Name another format, or leave the source out",
        )
    lane.target = target
    lane.form = next((form() for form in FORMATS if form.name == target), None) or _rendered(converted, lane)
    lane.task = task_of(lane.form, converted)[0]
    lane.why += f"; converted to {target}"


def _rendered(converted: Sequence[Record], lane: Lane) -> Format:
    """The format of rows in a rendering that is no format of its own (a template's prompt and completion)."""
    return detect(converted, where=lane.source.path).format


def _same(one: Format, other: Format) -> bool:
    return one.name == other.name and all(one.column(name) == other.column(name) for name in _needed(one))


def _standard(form: Format) -> bool:
    return all(form.column(name) == name for name in _needed(form))


def _needed(form: Format) -> Sequence[str]:
    """The standard columns in which rows of one file must agree."""
    found: Sequence[str] = getattr(form, "required", ()) or getattr(form, "standard", ())
    return found
