"""The two passes of a clean: a walk over the input, then the output, once all fates are known.

    walk     read → every op, in order: row ops decide, dataset ops observe → spool
             dataset ops decide, in order: each among the rows that the steps before it left alive
    output   spool → fates → files

One walk is enough because nothing is removed before the output (`bloomery.clean.walk`). For each row one bit an op notes
"would drop", from which the what-if table is counted. Everything that leaves a batch is in input order and does not depend
on its size or on the thread.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.against import Met, References
from bloomery.clean.lines import PERSON_KEEPS, Fates, Kept, fates, lines_of_op, order
from bloomery.clean.merge import How, Merging, survivors
from bloomery.clean.people import People
from bloomery.clean.reference_index import Index
from bloomery.clean.remembered import Memory, Remembered
from bloomery.clean.spool import Loaded, Spool, Spooled, concatenated, slice_by_row
from bloomery.clean.steps import Step, steps
from bloomery.clean.tally import Counts, Finished, add_counts
from bloomery.clean.walk import Walked, Walker, drops
from bloomery.engine import in_files, ordered, release
from bloomery.errors import RecipeError
from bloomery.formats.base import Format
from bloomery.schema import Batch, DatasetOp, Op, proposals
from bloomery.store import Scratch

Ints = npt.NDArray[np.int64]

_MANY = 500_000  # rows from which large arrays are files while dataset ops decide
_LARGE = 16 << 20  # bytes of such an array


class Decided(NamedTuple):
    """What a dataset op decides about all rows, in order of n."""

    step: Step
    proposed: pl.DataFrame  # `_NARROW`, whose strings are numbers: there may be millions
    numbers: npt.NDArray[np.uint64]
    effective: npt.NDArray[np.bool_]  # what no person overrides

    def about(self, first: int, end: int) -> pl.DataFrame:
        """What it decides about the rows ``first <= n < end``, as proposals."""
        return proposals(slice_by_row(self.proposed, self.numbers, first, end))


_NARROW = ("n", "action", "reason", "score", "against", "detail")


class Pipeline:
    """Runs both passes over what a reader gives."""

    def __init__(
        self,
        ops: Sequence[Op],
        people: People,
        formats: Sequence[Format],
        spool: Spool,
        *,
        index: Index | None = None,
        merge: Mapping[str, How] = MappingProxyType({}),
    ) -> None:
        self.steps = steps(ops)
        self.merging = Merging(merge, formats, len(self.steps) + 1)
        self.references = References(self.steps, index)
        self.every = [(step, step.op) for step in self.steps if isinstance(step.op, DatasetOp)]
        self.spool = spool
        self.walker = Walker(self.steps, people, formats)
        self.before: Counts = {}  # lengths as read
        self.would = np.zeros(0, dtype=np.uint64)
        self.ids = pl.DataFrame(
            schema={"n": pl.UInt64, "id": pl.String}
        )  # of rows that others were compared with, ascending
        self._kept = Kept(np.zeros(0, dtype=np.uint64))
        self._decided: list[Decided] = []
        self.remarks: list[str] = []  # of dataset ops, about what they decided
        self._foreign: list[pl.DataFrame] = []  # like `ids`, of rows of other datasets

    def walk(self, batches: Iterable[Batch], *, tick: Callable[[int], None]) -> None:
        """Take all batches through all steps and let the dataset ops decide; `tick` gets the rows so far."""
        with ExitStack() as stack:
            scratch = [stack.enter_context(Scratch(self.spool.folder)) for _ in self.every]
            memory = self._walks(batches, scratch, tick)
            release()
            self.would, alive_to, self._kept, waiting = memory.whole()
            with in_files(self.spool.folder, least=_LARGE) if len(alive_to) > _MANY else nullcontext():
                states = []
                for step, _ in self.every:
                    state = waiting.pop(0)
                    self._decided.append(self._decide(step, state, alive_to))
                    states.append((step, state) if self.references.index else None)
            self._remember(states, alive_to == PERSON_KEEPS)
        if self.merging.fields:
            self.merging.gather(self.spool, survivors(self._lost(alive_to), alive_to == PERSON_KEEPS))
        twins = [decided.proposed["against"].drop_nulls().to_numpy() for decided in self._decided]
        own = self.spool.rows(np.unique(concatenated(twins)), ["id"])
        self.ids = pl.concat([own, *self._foreign]).sort("n")

    def _walks(self, batches: Iterable[Batch], scratch: Sequence[Scratch], tick: Callable[[int], None]) -> Memory:
        """What is remembered of the rows; the rest is on disk."""
        memory, rows = Memory([op for _, op in self.every], self.spool.folder), 0

        def work(item: tuple[int, Batch]) -> tuple[Walked, Spooled]:
            walked = self.walker.walk(item[1])
            spooled = self.spool.save(item[0], walked)
            ops = (op for _, op in self.every)
            aside = [op.set_aside(state, one) for op, state, one in zip(ops, walked.states, scratch, strict=True)]
            nothing = pl.DataFrame()
            return walked._replace(states=aside, rows=nothing, stood=nothing, lines=nothing), spooled

        filled = (batch for batch in batches if len(batch))
        for walked, spooled in ordered(work, enumerate(filled)):
            self.spool.batches.append(spooled)
            add_counts(self.before, walked.before)
            memory.add(Remembered(walked.would, walked.dropped_at, walked.kept, walked.states))
            rows += walked.height
            tick(rows)
        return memory

    def finish(self, work: Callable[[Finished], Any], *, tick: Callable[[int], None]) -> Iterable[Any]:
        """What `work` makes of each batch (on worker threads), in order; `tick` gets the rows so far."""
        for spooled, made in ordered(lambda spooled: (spooled, work(self._finished(spooled))), self.spool.batches):
            yield made
            tick(spooled.end)

    def _lost(self, alive_to: npt.NDArray[np.uint16]) -> list[tuple[Ints, Ints]]:
        """The rows that each dataset op dropped for another row of the input, and these."""
        found = []
        for (step, _), decided in zip(self.every, self._decided, strict=True):
            drops = decided.proposed.filter(
                (pl.col("action") == "drop") & pl.Series(decided.effective) & (pl.col("against") < len(alive_to))
            )
            n, against = (drops[name].to_numpy().astype(np.int64) for name in ("n", "against"))
            mine = alive_to[n] == step.number
            found.append((n[mine], against[mine]))
        return found

    def _remember(self, states: list[tuple[Step, Any] | None], kept: npt.NDArray[np.bool_]) -> None:
        """The kept rows go into the run's index, if it has one."""
        if self.references.index:
            ids = self.spool.rows(np.flatnonzero(kept).astype(np.uint64), ["id"])
            for step, state in filter(None, states):
                self.references.remember(step, state, kept, ids)

    def _decide(self, step: Step, state: Any, alive_to: npt.NDArray[np.uint16]) -> Decided:
        """A dataset op's decisions over all rows; notes in `alive_to` what it drops, and what it alone would have."""
        assert isinstance(step.op, DatasetOp)
        alive = alive_to > step.number
        met = self.references.met(step, state, len(alive) + sum(map(len, self._foreign)))
        self._foreign.append(met.ids)
        asked = alive if step.op.costly else np.ones(len(alive), dtype=np.bool_)
        everyone = _proposed(step.op, state, asked, met)
        self.would[drops(everyone)] |= np.uint64(1) << np.uint64(step.number)
        decided = everyone if step.op.costly or alive.all() else _proposed(step.op, state, alive, met)
        self.remarks += step.op.remarks(state)
        del everyone
        if decided["part"].null_count() < decided.height:
            raise RecipeError(
                f"The op '{step.name}' proposes edits",
                expected="drops and keeps from an op that sees all rows",
                next="Let a row op edit",
            )
        decided = decided.sort("n", maintain_order=True)
        effective = ~self._kept.overrides(decided)
        gone = drops(decided.filter(effective))
        alive_to[gone] = np.minimum(alive_to[gone], step.number)
        narrow = decided.select(_NARROW).with_columns(pl.col("reason", "detail").cast(pl.Categorical))
        return Decided(step, narrow, narrow["n"].to_numpy(), effective.to_numpy())

    def _finished(self, spooled: Spooled) -> Finished:
        loaded, first, end = self.spool.load(spooled), spooled.first, spooled.end
        mine = [
            lines_of_op(decided.step.number, decided.step.name, decided.about(first, end), self._kept, batch=None)
            for decided in self._decided
        ]
        found = fates(pl.concat([loaded.lines, *mine]), first, end - first)
        edited = np.zeros(end - first, dtype=np.bool_)
        edits = found.lines.filter(found.lines["action"] == "edit")["n"].to_numpy()
        edited[(edits - np.uint64(first)).astype(np.int64)] = True
        rows, lines = _as_dropped(loaded, found, first), found.lines
        if self.merging.fields:
            merged = self.merging.into(rows, first)
            rows = rows.with_columns(rows["json"].clone().scatter(merged.rows, pl.Series(merged.json, dtype=pl.Binary)))
            edited[merged.rows] = True
            lines = pl.concat([lines, merged.lines])
        return Finished(rows, order(lines), found.alive, edited, first)


def _proposed(op: DatasetOp, state: Any, alive: npt.NDArray[np.bool_], met: Met) -> pl.DataFrame:
    """What an op decides about the living, those that another dataset has first."""
    if met.proposals.is_empty():
        return proposals(op.decide(state, alive))
    known = met.proposals["n"].to_numpy().astype(np.int64)
    rest = alive.copy()
    rest[known] = False
    return pl.concat([met.proposals.filter(pl.Series(alive[known])), proposals(op.decide(state, rest))])


def _as_dropped(loaded: Loaded, found: Fates, first: int) -> pl.DataFrame:
    """The rows, those that were dropped before an edit as they stood then."""
    if loaded.stood.is_empty():
        return loaded.rows
    row = (loaded.stood["n"].to_numpy() - np.uint64(first)).astype(np.int64)
    undone = loaded.stood.with_columns(row=row).filter(loaded.stood["step"].to_numpy() > found.dropped_at[row])
    if undone.is_empty():
        return loaded.rows
    then = undone.sort("step").unique("row", keep="first")
    json = loaded.rows["json"].to_list()
    for at, line in then.select("row", "json").iter_rows():
        json[at] = line
    return loaded.rows.with_columns(pl.Series("json", json, dtype=pl.Binary))
