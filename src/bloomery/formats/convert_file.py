"""A file from one format to another: ``bloomery convert IN OUT --to chat``.

Every row of the input is in one of three places afterwards: converted, in OUT; or in ``OUT.problems.jsonl`` with its id
and a reason (never its text): unreadable, structurally faulty, refused by the hosted service, or, where losing was allowed,
what it lost or why it could not be converted at all. Without that allowance the first row that would lose something stops
the conversion. OUT appears whole or not at all; its ending says the container (.jsonl, .json, .csv, .parquet).
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from bloomery.errors import DataError, OutputError, RecipeError, did_you_mean
from bloomery.formats.base import Format, Record
from bloomery.formats.convert import TARGETS, convert_rows, targets_of
from bloomery.formats.detect import names
from bloomery.formats.dialogue import Loss, Losses
from bloomery.formats.export import export
from bloomery.formats.hosted import problems as refusals
from bloomery.formats.hosted import to_hosted, too_few
from bloomery.formats.lossless import dumps, loads
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.schema import Batch

ENDINGS = (".jsonl", ".json", ".csv", ".parquet")


class Converted(NamedTuple):
    """What became of the rows: `rows` are those written, `skipped` and `quarantined` those listed in `problems`."""

    rows: int
    skipped: int
    quarantined: int
    problems: Path | None  # None if there is nothing to list
    why: list[str]  # what the input was taken for
    lost: dict[str, int]  # what was lost, in how many rows; empty unless losing was allowed


class Row(NamedTuple):
    """One row of the input, read: what to write, or why there is nothing."""

    id: str
    lines: list[bytes]
    reasons: list[str]
    lost: list[str]


def convert(
    path: str,
    out: Path,
    *,
    to: str = "chat",
    hosted: bool = False,
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    container: str | None = None,
    lossy: bool = False,
) -> Converted:
    """Convert the rows of `path` (a file, folder, glob or ``-``) to the format `to` and write them to `out`.

    `hosted` writes chats in the dialect of a hosted fine-tuning API and checks its limits. `format`, `columns`, `encoding` and
    `container` overrule the detection of the input. Folders of `out` that do not exist are made. RecipeError for an unknown
    format, OutputError if `out` exists or has no known ending, DataError if a row would lose something and `lossy` is
    false, or if nothing is left to write.
    """
    _refuse_target(to, hosted=hosted)
    _refuse_out(out)
    read_as = {"encoding": encoding, "container": container}
    given = {name: value for name, value in read_as.items() if value is not None}
    reader = _reader(Source(path=path, format=format, columns=dict(columns or {}), **given), to)
    _refuse_pairing(path, reader.formats[0], to)
    _make(out.parent)
    with _partial(out) as lines, _partial(_problems_path(out)) as problems:
        counts = Counter[str]()
        lost = Counter[str]()
        for row in _rows(reader, to, hosted=hosted, lossy=lossy, counts=counts, problems=problems):
            lines.writelines(line + b"\n" for line in row.lines)
            counts["rows"] += len(row.lines)
            counts["skipped"] += not row.lines
            lost.update(row.lost)
            _list(problems, row.id, [*row.reasons, *(f"lost {what}" for what in row.lost)])
        _refuse_few(counts["rows"], path, hosted=hosted)
        lines.close()
        problems.close()
        listed = _publish(Path(lines.name), Path(problems.name), out)
    return Converted(counts["rows"], counts["skipped"], counts["quarantined"], listed, reader.why, dict(lost))


def _refuse_target(to: str, *, hosted: bool) -> None:
    if to not in (known := {*TARGETS, *names()}):
        raise RecipeError(
            f"there is no format {to!r} to convert to",
            expected=f"one of {', '.join(TARGETS)}, or that of the input",
            next=did_you_mean(to, sorted(known)),
        )
    if hosted and to != "chat":
        raise RecipeError("a hosted service takes chats only", expected="--to chat", found=f"--to {to}")


def _refuse_pairing(path: str, form: Format, to: str) -> None:
    able = targets_of(form)
    if to not in able:
        raise RecipeError(f"{path} is {form.name}, which cannot become {to}", expected=f"one of {', '.join(able)}")


def _refuse_out(out: Path) -> None:
    if out.suffix not in ENDINGS:
        raise OutputError(
            f"the ending of {out} says no container",
            expected=f"one of {', '.join(ENDINGS)}",
            found=repr(out.suffix),
            next=did_you_mean(out.suffix, ENDINGS),
        )
    for path in (out, _problems_path(out)):
        if path.exists():
            raise OutputError(f"{path} exists", expected="a new file", next="Choose another name or remove it")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = error.strerror or str(error)
        raise OutputError(f"the folder {folder} cannot be made", found=found, next="Choose another place") from None


def _refuse_few(rows: int, path: str, *, hosted: bool) -> None:
    few = too_few(rows) if hosted else None
    if rows == 0:
        raise DataError(
            f"no row of {path} could be converted", expected="at least one", found="none; nothing is written"
        )
    if few:
        raise DataError("the hosted service would refuse the file", expected="enough examples", found=few)


def _reader(source: Source, to: str) -> Reader:
    reader = Reader([source])
    if to == "preference" and reader.format in ("oasst", "oasst_messages"):
        return Reader([source.model_copy(update={"format": "oasst_preferences"})])
    return reader


def _rows(
    reader: Reader, to: str, *, hosted: bool, lossy: bool, counts: Counter[str], problems: BinaryIO
) -> Iterator[Row]:
    form = reader.formats[0]
    for batch in reader:
        counts["quarantined"] += len(batch.quarantined)
        for one in batch.quarantined:
            _list(problems, one.id, [one.reason])
        yield from (_converted(*row, form, to, hosted=hosted, lossy=lossy) for row in _raw(batch))


def _raw(batch: Batch) -> Iterator[tuple[str, bytes, str | None]]:
    return batch.rows.select("id", "raw", "fault").iter_rows()


def _converted(name: str, raw: bytes, fault: str | None, form: Format, to: str, *, hosted: bool, lossy: bool) -> Row:
    if fault is not None:
        return Row(name, [], [fault], [])
    losses = Losses(lossy)
    try:
        records = convert_rows(loads(raw), form, to, losses=losses)
        records = [to_hosted(record, losses=losses) for record in records] if hosted else records
    except Loss as loss:
        if not lossy:
            raise DataError(
                f"{name} cannot be converted to {to}",
                expected="a row that loses nothing",
                found=str(loss),
                next="Allow losses with --lossy (what is lost is listed), or leave such rows out",
            ) from None
        return Row(name, [], [str(loss)], [])
    except ValueError as error:  # a key that stands twice
        return Row(name, [], [str(error)], [])
    refused = [reason for record in records for reason in refusals(record)] if hosted else []
    return Row(name, [] if refused else _lines(records), refused, [] if refused else list(dict.fromkeys(losses.found)))


def _lines(records: list[Record]) -> list[bytes]:
    return [dumps(record) for record in records]


def _list(problems: BinaryIO, name: str, reasons: list[str]) -> None:
    if reasons:
        problems.write(msgspec.json.encode({"id": name, "reasons": reasons}) + b"\n")


def _problems_path(out: Path) -> Path:
    return out.with_name(out.name + ".problems.jsonl")


@contextmanager
def _partial(out: Path) -> Iterator[BinaryIO]:
    """A file beside `out` to write to; it is gone afterwards."""
    path = out.with_name(out.name + ".rows.partial")
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        raise OutputError(f"cannot write {out}", found=error.strerror or str(error)) from error
    finally:
        path.unlink(missing_ok=True)


def _publish(lines: Path, problems: Path, out: Path) -> Path | None:
    """Give the files their final names, the list of problems first: where `out` is, the list is complete."""
    listed = _problems_path(out) if problems.stat().st_size else None
    if listed is not None:
        os.replace(problems, listed)  # noqa: PTH105
    try:
        _contain(lines, out)
    except BaseException:
        if listed is not None:
            listed.unlink()
        raise
    return listed


def _contain(lines: Path, out: Path) -> None:
    """The JSON lines as the container that the ending of `out` says, under that name."""
    if out.suffix in (".csv", ".parquet"):
        export(lines, out, out.suffix[1:])
        return
    if out.suffix == ".json":
        array = lines.with_name(lines.name + ".json")
        with lines.open("rb") as rows, array.open("wb") as file:
            file.write(b"[")
            file.writelines((b",\n" if at else b"\n") + line.rstrip(b"\n") for at, line in enumerate(rows))
            file.write(b"\n]\n")
        array.replace(lines)
    os.replace(lines, out)  # noqa: PTH105
