"""One reading of the raw data: every batch is shown to each counter, then the counters are read out.

What cleaning would find is counted by cleaning's own ops (``structure``'s faults, ``pii``, ``exact``, ``near``,
``length``, ``signals``), so a profile never promises what a run does not do. Near duplicates and column types are
looked at in a sample spread over the input; the result says so.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery import __version__
from bloomery.clean import signals
from bloomery.clean.length import Length
from bloomery.clean.pii import Pii
from bloomery.engine import Progress, silent
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.profile import suggest
from bloomery.profile.columns import columns as columns_of
from bloomery.profile.duplicates import Copies, near
from bloomery.profile.labels import labels, summed
from bloomery.profile.lengths import Lengths
from bloomery.profile.options import Profile as Options
from bloomery.profile.result import Profile, SourceProfile
from bloomery.profile.sample import Sample
from bloomery.profile.scripts import scripts
from bloomery.schema import Batch
from bloomery.store import write_atomic

__all__ = ["Profile", "profile"]

Paths = str | Path | Source | Sequence[str | Path | Source]
SHOWN_RECORDS = 20


def profile(
    paths: Paths,
    *,
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
    progress: Progress = silent,
    out: str | Path | None = None,
    **options: Any,
) -> Profile:
    """Look at raw data.

    Args:
        paths: a file, glob or folder, a `Source`, or several.
        format: format of the rows; detected when left out.
        columns: standard column to the column in the data.
        progress: told how far reading is.
        out: write the profile there as an HTML page, too.
        options: by name, as in `bloomery.profile.options.Profile`.

    Raises:
        UsageError: the input or an option cannot be used.
    """
    asked = Options(**options)
    reader = Reader(_sources(paths, columns or {}), format=format)
    counts = _Counts(asked.sample)
    for batch in reader:
        counts.add(batch)
        progress("reading", rows=counts.rows, done=reader.bytes_read, total=reader.total_bytes)
    progress("comparing", rows=counts.rows, done=0, total=0)
    found = counts.profile(reader, asked)
    if out is not None:
        write_atomic(Path(out), found.html().encode())
    return found


class _Counts:
    """All counters of one reading."""

    def __init__(self, sample: int) -> None:
        self.rows = 0
        self.faults = Counter[str]()
        self.quarantine = Counter[str]()
        self.quarantined: list[str] = []
        self.roles = Counter[str]()
        self.turns = Counter[int]()
        self.scripts = Counter[str]()
        self.labels = Counter[str]()
        self.pii = Counter[str]()
        self.signals = Counter[str]()
        self.length_drops = Counter[str]()
        self.lengths, self.copies, self.sample = Lengths(), Copies(), Sample(sample)
        self._pii, self._length = Pii(), Length()

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        self._add_unreadable(batch)
        if not len(batch):
            return
        self.rows += len(batch)
        self.faults.update(batch.rows["fault"].drop_nulls().to_list())
        self._add_roles(batch)
        self.scripts.update(scripts(batch))
        self.labels.update(labels(batch))
        self._add_ops(batch)
        for counter in (self.lengths, self.copies, self.sample):
            counter.add(batch)

    def _add_unreadable(self, batch: Batch) -> None:
        self.quarantine.update(record.reason for record in batch.quarantined)
        room = SHOWN_RECORDS - len(self.quarantined)
        self.quarantined += [record.id for record in batch.quarantined[:room]]

    def _add_roles(self, batch: Batch) -> None:
        rows = batch.parts.group_by("role").agg(pl.col("n").n_unique())
        self.roles.update({str(role): count for role, count in rows.iter_rows()})
        turns = batch.parts.filter(pl.col("role") == "completion").group_by("n").len()["len"].value_counts()
        self.turns.update(dict(turns.iter_rows()))

    def _add_ops(self, batch: Batch) -> None:
        for detail in self._pii.decide(batch)["detail"].drop_nulls():
            self.pii.update(msgspec.json.decode(detail)["counts"])
        self.signals.update(dict(signals.count(batch).filter(pl.col("rows") > 0).iter_rows()))
        self.length_drops.update(self._length.decide(batch)["reason"].to_list())

    def profile(self, reader: Reader, asked: Options) -> Profile:
        """Read the counters out."""
        sample = self.sample.batch()
        bounds = suggest.bounds(self.lengths.sides(), task=reader.task, format_name=reader.format)
        return Profile(
            version=__version__,
            format=reader.format,
            task=reader.task,
            why=list(reader.why),
            sources=_source_profiles(reader),
            rows=self.rows,
            bytes=sum(file.bytes for file in reader.files),
            quarantine=_ordered(self.quarantine),
            quarantined=self.quarantined,
            faults=_ordered(self.faults),
            columns=columns_of(sample.rows["raw"]) if sample else [],
            columns_looked_at=len(sample) if sample else 0,
            roles=_ordered(self.roles),
            turns=dict(sorted(self.turns.items())) if max(self.turns, default=0) > 1 else {},
            lengths=self.lengths.spreads(),
            scripts=_ordered(self.scripts),
            labels=summed(self.labels),
            exact=self.copies.count(),
            near=near(sample, threshold=asked.near, rows=self.rows),
            pii=_ordered(self.pii),
            signals=_ordered(self.signals),
            length_drops=_ordered(self.length_drops),
            bounds=bounds,
            clean=suggest.clean_section(bounds),
        )


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Most first, then by name."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _sources(paths: Paths, columns: Mapping[str, str]) -> list[Source]:
    several = [paths] if isinstance(paths, str | Path | Source) else list(paths)
    return [path if isinstance(path, Source) else Source(path=str(path), columns=dict(columns)) for path in several]


def _source_profiles(reader: Reader) -> list[SourceProfile]:
    return [
        SourceProfile(
            path=source.path,
            format=reader.formats[index].name,
            rows=sum(file.rows for file in reader.files if file.source == index),
            bytes=sum(file.bytes for file in reader.files if file.source == index),
            quarantined=sum(file.quarantined for file in reader.files if file.source == index),
            given=source.model_dump(mode="json", exclude_defaults=True, exclude={"path"}),
        )
        for index, source in enumerate(reader.sources)
    ]
