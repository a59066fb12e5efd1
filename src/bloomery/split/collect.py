"""The one pass over the input: what has to be known of every row before any can be placed.

The rows themselves go to a spool beside the output, as they are, since a stream can be read only once; what stays in
memory is a few numbers and the shingle set of each row.
"""

from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema import Batch, Quarantined, Task
from bloomery.split import values
from bloomery.split.options import Split
from bloomery.split.units import Ints, Sets, compared
from bloomery.split.values import NO_LABEL, Column
from bloomery.text.tokens import Ragged


class Rows:
    """What is known of the rows, gathered batch by batch; row numbers count from 0 over all input."""

    def __init__(self, options: Split, spool: Path) -> None:
        self.options, self.spool = options, spool
        self.columns = {
            role: Column(name, role)
            for role in ("stratify", "group", "time")
            if (name := getattr(options, role)) is not None
        }
        kinds = ("text", "question") if options.match == "both" else (options.match,)
        self._sets = {kind: Sets(options.width) for kind in kinds}
        self._ids: list[pl.Series] = []
        self._sources: list[npt.NDArray[np.uint16]] = []
        self._labels: list[pl.DataFrame] = []
        self._groups: list[str | None] = []
        self._times: list[float] = []
        self.tasks: dict[int, Task] = {}
        self.quarantined: list[Quarantined] = []
        self.wordless = 0
        self.n = 0

    def add(self, batch: Batch) -> None:
        """Take the next batch."""
        self.quarantined += batch.quarantined
        if not len(batch):
            return
        with self.spool.open("ab") as file:
            file.write(b"\n".join(batch.rows["raw"].to_list()) + b"\n")
        texts = compared(batch, self.options.match)
        for kind, series in texts.items():
            self._sets[kind].add(series)
        empty = pl.DataFrame(texts).select(pl.all_horizontal(pl.all().str.len_bytes() == 0).sum()).item()
        self.wordless += int(empty)
        self._ids.append(batch.rows["id"])
        self._sources.append(batch.rows["source"].to_numpy())
        self.tasks.update(dict.fromkeys(batch.rows["source"].unique().to_list(), batch.task))
        asked = self._from_records(batch) if self.columns else None
        self._labels.append(asked if asked is not None and "stratify" in self.columns else _own_labels(batch, self.n))
        self.n += len(batch)

    def _from_records(self, batch: Batch) -> pl.DataFrame:
        """Read the named columns of each record; the labels, one line each."""
        found: list[tuple[int, str]] = []
        for at, (row, raw) in enumerate(zip(batch.rows["id"], batch.rows["raw"], strict=True), start=self.n):
            record = values.DECODER.decode(raw)
            value = {role: column.read(record) for role, column in self.columns.items()}
            if "stratify" in value:
                found += [(at, label) for label in values.labels(value["stratify"], self.columns["stratify"].name, row)]
            if "group" in value:
                self._groups.append(values.group(value["group"], self.columns["group"].name, row))
            if "time" in value:
                self._times.append(values.seconds(value["time"], self.columns["time"].name, row))
        return _lines(found)

    def check(self) -> None:
        """DataError if a named column is nowhere."""
        for column in self.columns.values():
            column.check()

    def sets(self) -> list[Ragged]:
        """The shingle sets, one Ragged a kind of text, and forget them."""
        kinds = [sets.all() for sets in self._sets.values()]
        self._sets.clear()
        return kinds

    @property
    def ids(self) -> pl.Series:
        """Row ids."""
        return pl.concat(self._ids) if self._ids else pl.Series("id", [], dtype=pl.String)

    @property
    def sources(self) -> npt.NDArray[np.uint16]:
        """Number of each row's source."""
        return np.concatenate([np.zeros(0, dtype=np.uint16), *self._sources])

    @property
    def groups(self) -> list[Ints]:
        """What groups rows, each a number a row, -1 for none: the column asked for, and the record they were read from."""
        found = [pl.Series(self._groups, dtype=pl.String)] if "group" in self.columns else []
        records = self.ids.str.extract(r"^(.*:\d+)#\d+$")
        found += [records] if records.null_count() < len(records) else []
        return [names.rank("dense").cast(pl.Int64).fill_null(-1).to_numpy() for names in found]

    @property
    def times(self) -> npt.NDArray[np.float64] | None:
        """Time of each row."""
        return np.array(self._times, dtype=np.float64) if "time" in self.columns else None

    def labels(self) -> pl.DataFrame:
        """``row, label``, sorted; every row has a line. Empty if there is nothing to stratify by."""
        lines = pl.concat(self._labels) if self._labels else _lines([])
        if "stratify" in self.columns or _few(lines, self.n):
            return lines
        return _lines([])

    def held_out(self, paths: list[str]) -> npt.NDArray[np.bool_]:
        """Rows whose file, or whose source's path (`paths`, by number of source), matches one of ``hold_out``."""
        file = self.ids.str.replace(r":[^:]*$", "")
        names = {name for name in file.unique().to_list() if self._matches(name)}
        by_file = file.is_in(list(names)).to_numpy()
        by_source = np.array([self._matches(path) for path in paths], dtype=np.bool_)
        return np.asarray(by_file | by_source[self.sources], dtype=np.bool_)

    def files(self) -> list[str]:
        """The files that rows came from."""
        return self.ids.str.replace(r":[^:]*$", "").unique(maintain_order=True).to_list()

    def _matches(self, path: str) -> bool:
        return any(fnmatchcase(path, pattern) or path == pattern for pattern in self.options.hold_out)


def _own_labels(batch: Batch, before: int) -> pl.DataFrame:
    """Labels by the format's own word: its label, the short completions of a task with labels, the kinds of entity."""
    roles = set(batch.parts["role"].unique().cast(pl.String).to_list())
    role = "label" if "label" in roles else "completion" if batch.task == "label" else None
    if role is None:
        return _lines([])
    lines = batch.parts.filter(pl.col("role") == role).select("n", label="text")
    if batch.format == "token_labels":
        tags = lines.with_columns(pl.col("label").str.split(" ")).explode("label")
        lines = tags.with_columns(pl.col("label").str.replace(r"^[BIESLU]-", "")).filter(pl.col("label") != "O")
    rows = batch.rows.select("n").with_row_index("row", offset=before)
    return rows.join(lines.unique(maintain_order=True), on="n", how="left", maintain_order="left").select(
        pl.col("row").cast(pl.Int64), pl.col("label").fill_null(NO_LABEL)
    )


def _lines(found: list[tuple[int, str]]) -> pl.DataFrame:
    return pl.DataFrame(found, schema={"row": pl.Int64, "label": pl.String}, orient="row")


def _few(lines: pl.DataFrame, rows: int) -> bool:
    """Whether labels found without being asked for are classes: on every row, and three rows or more each on average."""
    return not lines.is_empty() and lines["row"].n_unique() == rows and lines["label"].n_unique() * 3 <= rows
