"""A split: rows in, a folder with a file for each split out, and a manifest that proves nothing leaks between them.

1. read once: rows go to a spool, their shingle sets, labels, groups and times stay (`collect`)
2. join what may not be torn apart (`units`)
3. place every unit (`place`: held out sources, time, stratified shares, balance)
4. write the rows, byte for byte (`files`), and read them again to prove it (`proof`)

The folder appears whole at the end or not at all, and depends on nothing but the input, the options and the versions.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bloomery.engine import Progress, silent
from bloomery.errors import BloomeryError, DataError, ImbalanceError
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.schema import checked_options
from bloomery.split.collect import Rows
from bloomery.split.files import write_quarantine, write_rows
from bloomery.split.manifest import Facts, json_bytes, manifest
from bloomery.split.options import Split
from bloomery.split.place import Placed, place
from bloomery.split.proof import Proof, Written, prove
from bloomery.split.result import SplitResult
from bloomery.split.units import units
from bloomery.store import building

Paths = str | Path | Source | Sequence[str | Path | Source]


def split(
    path: Paths,
    *,
    out: str | Path,
    format: str | None = None,  # noqa: A002 - the flag's name
    columns: Mapping[str, str] | None = None,
    options: Split | None = None,
    progress: Progress = silent,
    **changes: Any,
) -> SplitResult:
    """Split rows into training, validation and test so that nothing leaks between them.

    Args:
        path: a file, glob or folder, a `Source`, or several.
        out: the new folder.
        format: format of the rows; detected when left out.
        columns: standard column to the column in the data.
        options: as in the recipe; `changes` are options by name on top (``ratio="80/20"``).
        progress: told how far reading is.

    Returns:
        The finished folder.

    Raises:
        UsageError: what was given cannot be used: options, columns, too few rows, an `out` that exists.
    """
    asked = _options(options, changes)
    reader = Reader(_sources(path, columns), format=format)
    with building(Path(out)) as folder:
        rows = Rows(asked, folder / "rows.spool")
        for batch in reader:
            rows.add(batch)
            progress("reading", rows=rows.n, done=reader.bytes_read, total=reader.total_bytes)
        progress("splitting", rows=rows.n, done=0, total=0)
        facts = _split(folder, reader, rows, asked)
        (folder / "manifest.json").write_bytes(json_bytes(manifest(facts)))
    return SplitResult(out)


def _split(folder: Path, reader: Reader, rows: Rows, options: Split) -> Facts:
    """Everything after reading."""
    rows.check()
    if not rows.n:
        raise DataError("There are no rows to split", next="Check the input")
    joined = units(rows.sets(), rows.groups, options.near, rows.n)
    labels = rows.labels()
    placed = place(joined.of_row, labels, rows.times, _held(rows, reader, options), options)
    write_rows(folder, rows.spool, rows.ids, joined.of_row, placed)
    write_quarantine(folder, rows.quarantined)
    rows.spool.unlink()
    _check_balance(reader, rows, placed)
    proof = prove(_written(folder, reader, rows, placed), near=options.near, width=options.width, match=options.match)
    _check_proof(proof, rows, placed)
    return Facts(folder, reader, rows, joined, labels, placed, proof, options)


def _held(rows: Rows, reader: Reader, options: Split) -> Any:
    """Mask of the held out rows. DataError if a pattern fits nothing, or everything."""
    held = rows.held_out([source.path for source in reader.sources])
    if options.hold_out and (not held.any() or held.all()):
        raise DataError(
            f"{'No' if not held.any() else 'Every'} row is of a source to hold out",
            expected=f"paths or patterns of some of: {', '.join(rows.files()[:20])}",
            found=", ".join(options.hold_out),
            next="Mend --hold-out",
        )
    return held


def _written(folder: Path, reader: Reader, rows: Rows, placed: Placed) -> list[Written]:
    """The files to prove, with the format each line came in."""
    kinds = {source: (reader.formats[source], task) for source, task in rows.tasks.items()}
    sources = rows.sources
    return [
        Written(folder / f"{name}.jsonl", number, [kinds[source] for source in sources[placed.rows(name)].tolist()])
        for number, name in enumerate(placed.splits)
    ]


def _check_balance(reader: Reader, rows: Rows, placed: Placed) -> None:
    """ImbalanceError unless every row read went to one place."""
    read = sum(file.rows for file in reader.files)
    unread = sum(file.quarantined for file in reader.files)
    if read != rows.n or unread != len(rows.quarantined) or int((placed.of_row < 0).sum()) != len(placed.reason):
        raise ImbalanceError(
            f"Rows do not add up: read {read}, split {rows.n}, unused {len(placed.reason)}, "
            f"unreadable {unread} or {len(rows.quarantined)}. Nothing was written. This is a bug: please report it."
        )


def _check_proof(proof: Proof, rows: Rows, placed: Placed) -> None:
    """BloomeryError unless the written files are whole and free of pairs across splits."""
    if proof.rows != int((placed.of_row >= 0).sum()) or proof.across:
        raise BloomeryError(
            f"The written files hold {proof.rows} rows and {proof.across} pairs across splits; expected "
            f"{int((placed.of_row >= 0).sum())} and none. Nothing was kept. This is a bug: please report it."
        )


def _sources(path: Paths, columns: Mapping[str, str] | None) -> list[Source]:
    paths = [path] if isinstance(path, str | Path | Source) else list(path)
    bound = dict(columns or {})
    return [p if isinstance(p, Source) else Source(path=str(p), columns=bound) for p in paths]


def _options(options: Split | None, changes: Mapping[str, Any]) -> Split:
    given = options.model_dump(exclude_unset=True) if options else {}
    return checked_options(Split, {**given, **changes})
