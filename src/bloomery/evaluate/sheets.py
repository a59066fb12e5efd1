"""What a metric makes of the answers of a pair, made again from the answers and held to what the runs wrote.

Scores are never believed: a run's files must have the digests of its manifest, and what its answers give now must be what its
tables say. So neither a table that was changed nor one of another run is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bloomery.errors import DataError, MissingExtraError, NotComputableError, RecipeError
from bloomery.evaluate.groups import Value
from bloomery.evaluate.identity import CHECKED, digests
from bloomery.evaluate.pairing import Pair
from bloomery.evaluate.result import Evaluated
from bloomery.evaluate.tested import Sides
from bloomery.metrics.base import Ends, Metric
from bloomery.metrics.score import Sheet, sheet_of

_NEAR = 1e-9


@dataclass(frozen=True)
class Sheets:
    """What a metric made of the answers of a pair, each run for itself."""

    pair: Pair
    metric: Metric  #: prepared
    reference: tuple[Sheet, ...]
    other: tuple[Sheet, ...]
    note: str = ""  #: why it could not be made again

    @cached_property
    def there(self) -> NDArray[np.bool_]:
        """Rows with an answer in all runs."""
        found: NDArray[np.bool_] = np.logical_and.reduce([sheet.place >= 0 for sheet in (*self.reference, *self.other)])
        return found

    def sides(self, value: Value) -> Sides | None:
        """The numbers of each item that the value is the share or the mean of, nan where there is none; None for others."""
        made = [[_placed(sheet, value.name) for sheet in side] for side in (self.reference, self.other)]
        reference, other = ([row for row in side if row is not None] for side in made)
        return Sides(np.array(reference), np.array(other)) if reference and other else None

    def frames(self, rows: NDArray[np.bool_]) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
        """The items of those rows, which all runs answered, a frame a run."""
        reference, other = ([sheet.items[sheet.place[rows]] for sheet in side] for side in (self.reference, self.other))
        return reference, other

    def bounds(self, value: Value, rows: NDArray[np.bool_]) -> Ends:
        """Other − reference over all of those rows had the missing answers been the worst for the other, and the best."""
        sides = ((self.pair.of_reference, self.reference), (self.pair.of_other, self.other))
        (low_a, high_a), (low_b, high_b) = (
            _mean([_ends(value, frame, sheet, rows) for frame, sheet in zip(frames, sheets, strict=True)])
            for frames, sheets in sides
        )
        return (
            None if low_b is None or high_a is None else low_b - high_a,
            None if high_b is None or low_a is None else high_b - low_a,
        )


def sheets(pair: Pair, metric: Metric) -> Sheets:
    """The metric over all rows of the pair. DataError where what comes out is not what the runs wrote."""
    frames = [*pair.of_reference, *pair.of_other]
    runs = [*pair.reference.runs, *pair.other.runs]
    ready, note = metric, ""
    try:
        ready = metric.prepared(frames[0])
        made = [_made(frame, ready) for frame in frames]
    except (MissingExtraError, RecipeError) as error:
        made = [_written(run, frame, metric) for run, frame in zip(runs, frames, strict=True)]
        note = f"{metric.name()} cannot be computed again here, so the scores that were written are compared: {error}"
    found = Sheets(pair, ready, tuple(made[: len(pair.of_reference)]), tuple(made[len(pair.of_reference) :]), note)
    if not (note or pair.only_reference or pair.only_other):
        for run, sheet in zip(runs, made, strict=True):
            _check(run, pair, sheet)
    return found


def check_files(run: Evaluated) -> None:
    """DataError where a file of the run is not the one that its manifest tells of."""
    told = run.manifest.get("files", {})
    names = [name for name in CHECKED if name in told]
    absent = [name for name in names if not (run.folder / name).is_file()]
    if absent:
        raise DataError(
            f"{absent[0]} of {run.folder} is gone",
            expected="the files that bloomery evaluate wrote, as its manifest lists them",
            found="no such file",
            next="Evaluate again: a run's files belong together",
        )
    for name, digest in digests(run.folder, names).items():
        if digest != told[name]:
            raise DataError(
                f"{name} of {run.folder} is not the file that bloomery evaluate wrote there",
                expected=f"SHA-256 {told[name][:12]}…, as in its manifest",
                found=f"{digest[:12]}…",
                next="Evaluate again: a run's files belong together, and none of them is to be changed or copied",
            )


def total(sheet: Sheet, rows: NDArray[np.bool_], name: str) -> float | None:
    """The value over the answers among those rows."""
    places = sheet.place[rows]
    chosen = sheet.items[places[places >= 0]]
    return sheet.metric.total(chosen).get(name) if chosen.height else None


def _made(frame: pl.DataFrame, metric: Metric) -> Sheet:
    if metric.of_all_rows:
        return Sheet(metric, metric.items(frame), np.arange(len(frame)), np.zeros(len(frame), dtype=np.int64))
    return sheet_of(frame, metric)


def _written(run: Evaluated, frame: pl.DataFrame, metric: Metric) -> Sheet:
    """The item scores that stand in the run's table."""
    scores = _scores(run, metric)
    told = frame.select("item").join(scores, on="item", how="left", maintain_order="left")["value"]
    there = (frame["state"] != "missing").to_numpy()
    place = np.where(there, np.cumsum(there) - 1, -1)
    items = pl.DataFrame({"score": told.filter(pl.Series(there))})
    return Sheet(metric, items, place, np.zeros(len(frame), dtype=np.int64))


def _scores(run: Evaluated, metric: Metric) -> pl.DataFrame:
    name = f"task.{next(iter(metric.names))}"
    return run.scores.filter(pl.col("metric") == name).select("item", "value")


def _placed(sheet: Sheet, name: str) -> NDArray[np.float64] | None:
    """The number of each row; nan where there is none."""
    found = np.full(len(sheet.place), np.nan)
    if not sheet.items.height or "score" not in sheet.items.columns:
        return found
    try:
        each = sheet.metric.each(sheet.items, name)
    except pl.exceptions.ColumnNotFoundError:  # written scores have no other columns
        return found
    if each is None:
        return None
    there = sheet.place >= 0
    found[there] = each.fill_null(float("nan")).to_numpy()[sheet.place[there]]
    return found


def _ends(value: Value, frame: pl.DataFrame, sheet: Sheet, rows: NDArray[np.bool_]) -> Ends:
    """The ends of the value of one run over those rows; the value itself where none of them is missing."""
    gone = rows & (sheet.place < 0)
    if not gone.any():
        found = total(sheet, rows, value.name)
        return found, found
    places = sheet.place[rows]
    known = sheet.items[places[places >= 0]]
    return sheet.metric.between(known, frame.filter(pl.Series(gone))).get(value.name, (None, None))


def _mean(found: Sequence[Ends]) -> Ends:
    """Over trainings."""
    low, high = ([one[end] for one in found] for end in (0, 1))
    known = [[end for end in side if end is not None] for side in (low, high)]
    lowest, highest = (float(np.mean(side)) if len(side) == len(found) else None for side in known)
    return lowest, highest


def _check(run: Evaluated, pair: Pair, sheet: Sheet) -> None:
    """DataError where the tables of a run are not what its answers give."""
    again = "Evaluate it again: its tables were changed, are of other answers, or were made by other code"
    if not sheet.metric.of_all_rows:
        told = (
            pair.items.alias("item")
            .to_frame()
            .join(_scores(run, sheet.metric), on="item", how="left", maintain_order="left")
        )
        written = told["value"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        now = np.full(len(sheet.place), np.nan)
        there = sheet.place >= 0
        if there.any():
            now[there] = sheet.items["score"].cast(pl.Float64).fill_null(float("nan")).to_numpy()[sheet.place[there]]
        off = ~np.isclose(written, now, rtol=_NEAR, atol=_NEAR, equal_nan=True)
        if off.any():
            at = int(np.argmax(off))
            raise DataError(
                f"{off.sum():,} scores of {next(iter(sheet.metric.names))} in {run.folder} are not what its answers give",
                expected=f"{_said(now[at])} for item '{pair.items[at]}', from its answer",
                found=f"{_said(written[at])} in scores.parquet",
                next=again,
            )
    if not sheet.items.height:
        return
    values = run.values.filter(pl.col("slice").is_null())
    table = dict(zip(values["metric"], values["value"], strict=True))
    for name, now_ in sheet.metric.total(sheet.items).items():
        was = table.get(f"task.{name}")
        if (was is None) != (now_ is None) or abs((was or 0.0) - (now_ or 0.0)) > _NEAR * max(1, abs(now_ or 0.0)):
            raise DataError(
                f"{name} of {run.folder} is not what its answers give",
                expected=f"{now_}, from its answers",
                found=f"{was} in values.parquet",
                next=again,
            )


def _said(score: float) -> str:
    return "no score" if np.isnan(score) else f"{score:g}"


def value_on(sheets_: Sequence[Sheet], rows: NDArray[np.bool_], name: str) -> float:
    """The mean over trainings of the value on those rows. NotComputableError where one has none."""
    found = [total(sheet, rows, name) for sheet in sheets_]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        raise NotComputableError("The metric has no value on these items.")
    return float(np.mean(known))
