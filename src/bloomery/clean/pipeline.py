"""The passes of a clean: row ops run over a batch, dataset ops observe it, decide, and the next pass goes on.

A recipe such as ``normalize, pii, exact, near, length`` becomes two passes::

    pass 1   read → normalize, pii → exact and near observe → spool
             exact and near decide
    pass 2   spool → decisions of exact and near → length → output

Nothing is removed before the output: a dropped row stays in its batch with ``alive = false``, so that later ops can say
whether they would have dropped it too. For each row one bit an op notes "would drop", from which the what-if table is
counted. Everything that leaves a batch is in input order and does not depend on its size or on the thread.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.ops import entry_name
from bloomery.clean.people import People
from bloomery.clean.spool import Spool, concat_bools, slice_by_row
from bloomery.engine import ordered
from bloomery.errors import RecipeError
from bloomery.schema import PROPOSALS_SCHEMA, Batch, DatasetOp, Op, RowOp, apply, proposals

#: ledger lines while they are still about row numbers; `step` orders them within a row
LINES_SCHEMA = pl.Schema(
    {
        "n": pl.UInt64,
        "step": pl.UInt16,
        "part": pl.UInt16,
        "op": pl.String,
        "action": pl.String,
        "reason": pl.String,
        "score": pl.Float64,
        "against": pl.UInt64,
        "detail": pl.String,
        "by": pl.String,
        "at": pl.String,
        "effective": pl.Boolean,  # false where a person's decision overrides it
        "before": pl.String,  # the text an edit replaced; goes to private/ only
    }
)
PERSON_DROPS, PERSON_KEEPS = 0, 65_535
MAX_OPS = 60


class Step(NamedTuple):
    """An op at its place in the recipe; `number` counts from 1."""

    number: int
    name: str
    op: Op


class Pass(NamedTuple):
    """One walk over all batches."""

    rows: list[Step]
    dataset: list[Step]


@dataclass
class Walked:
    """A batch after one pass."""

    batch: Batch
    lines: pl.DataFrame
    would: npt.NDArray[np.uint64]
    kept_by_people: npt.NDArray[np.uint64]
    states: list[Any]


def passes(ops: Sequence[Op]) -> list[Pass]:
    """Ops grouped into passes: row ops, then the dataset ops that follow them.

    >>> [[len(p.rows), len(p.dataset)] for p in passes([])]
    [[0, 0]]
    """
    if len(ops) > MAX_OPS:
        raise RecipeError(f"The recipe has {len(ops)} ops", expected=f"at most {MAX_OPS}")
    walks = [Pass([], [])]
    for number, op in enumerate(ops, start=1):
        step = Step(number, entry_name(op), op)
        if isinstance(op, DatasetOp):
            walks[-1].dataset.append(step)
            continue
        if walks[-1].dataset:
            walks.append(Pass([], []))
        walks[-1].rows.append(step)
    if walks[-1].dataset:
        walks.append(Pass([], []))
    return walks


class Pipeline:
    """Runs the passes; `finish` turns each finished batch into output and is called on worker threads."""

    def __init__(self, ops: Sequence[Op], people: People, spool: Callable[[], Spool]) -> None:
        self.passes = passes(ops)
        self.people = people
        self.new_spool = spool
        self.spools: list[Spool] = []
        self.pending: list[tuple[Step, pl.DataFrame, npt.NDArray[np.uint64]]] = []
        self.alive: npt.NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self.would: npt.NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self.kept_by_people: npt.NDArray[np.uint64] = np.zeros(0, dtype=np.uint64)
        self.ids = pl.DataFrame(schema={"n": pl.UInt64, "id": pl.String})  # of rows that others were compared with

    def run(
        self,
        batches: Iterable[Batch],
        *,
        finish: Callable[[Batch, pl.DataFrame], Any],
        sink: Callable[[Any], None],
        tick: Callable[[int, int], None],
    ) -> None:
        """Take all batches through all passes.

        `finish` makes the output of a batch and its ledger lines on a worker
        thread; `sink` takes these outputs in order; `tick` gets (pass, rows so far).
        """
        last = len(self.passes) - 1
        for index, walk in enumerate(self.passes):
            target = self.new_spool() if index < last else None
            source: Iterable[tuple[int, Any]] = enumerate(batches if index == 0 else self.spools[-1].batches)
            origin = self.spools[-1] if self.spools else None

            def work(
                item: tuple[int, Any], walk: Pass = walk, origin: Spool | None = origin, into: Spool | None = target
            ) -> Any:
                number, what = item
                batch, lines = origin.load(what) if origin else (what, None)
                walked = self._walk(walk, batch, lines)
                if into is not None:
                    return walked, into.save(number, walked.batch, walked.lines)
                return walked, finish(walked.batch, walked.lines)

            self._collect(index, walk, ordered(work, source), target, sink, tick)
            if target is not None:
                self.spools.append(target)

    def close(self) -> None:
        """Remove what was spooled; nothing can be looked up afterwards."""
        for spool in self.spools:
            spool.remove()

    def _collect(
        self,
        index: int,
        walk: Pass,
        results: Iterable[Any],
        target: Spool | None,
        sink: Callable[[Any], None],
        tick: Callable[[int, int], None],
    ) -> None:
        """Gather a pass's results in order, then let its dataset ops decide."""
        alive, would, states, rows = [], [], [], 0
        for walked, result in results:
            rows += len(walked.batch)
            alive.append(walked.batch.rows["alive"].to_numpy())
            would.append(walked.would)
            states.append(walked.states)
            if index == 0:
                self.kept_by_people = np.union1d(self.kept_by_people, walked.kept_by_people)
            if target is not None:
                target.batches.append(result)
            else:
                sink(result)
            tick(index, rows)
        self.alive = concat_bools(alive)
        bits = np.concatenate(would) if would else np.zeros(0, dtype=np.uint64)
        self.would = bits if index == 0 else self.would | bits
        self.pending = [self._decide(step, [s[k] for s in states]) for k, step in enumerate(walk.dataset)]
        if target is not None:
            twins = [decided["against"].drop_nulls() for _, decided, _ in self.pending]
            self.ids = pl.concat([self.ids, target.ids(np.unique(np.concatenate(twins)))]).unique("n")

    def _decide(self, step: Step, states: list[Any]) -> tuple[Step, pl.DataFrame, npt.NDArray[np.uint64]]:
        """A dataset op's proposals over all rows; marks what it drops, and what it alone would have dropped."""
        assert isinstance(step.op, DatasetOp)
        state = step.op.merge(states)
        everyone = proposals(step.op.decide(state, np.ones(len(self.alive), dtype=np.bool_)))
        self.would[_drops(everyone)] |= np.uint64(1) << np.uint64(step.number)
        decided = everyone if self.alive.all() else proposals(step.op.decide(state, self.alive))
        decided = decided.sort("n", "part", maintain_order=True)
        gone = np.setdiff1d(_drops(decided), self.kept_by_people)
        self.alive[gone] = False
        return step, decided, decided["n"].to_numpy()

    def _walk(self, walk: Pass, batch: Batch, lines: pl.DataFrame | None) -> Walked:
        """One batch through one pass."""
        would = np.zeros(len(batch), dtype=np.uint64)
        if not len(batch):
            none = np.zeros(0, dtype=np.uint64)
            return Walked(batch, _no_lines(), would, none, [_observe(step, batch) for step in walk.dataset])
        first = int(batch.rows["n"][0])
        people = self.people.about(batch)
        keep = people.filter(pl.col("action") == "keep").select("n")
        said = [lines if lines is not None else _by_people(people)]
        if lines is None:
            thrown = people.filter(pl.col("action") == "drop").select("n")
            batch = apply(batch, proposals(thrown, action="drop"))
        for step, decided, numbers in self.pending:
            mine = slice_by_row(decided, numbers, first, first + len(batch))
            batch, heard = _settle(batch, step, mine, keep)
            said.append(heard)
        for step in walk.rows:
            assert isinstance(step.op, RowOp)
            proposed = proposals(step.op.decide(batch))
            would[_drops(proposed) - first] |= np.uint64(1) << np.uint64(step.number)
            batch, heard = _settle(batch, step, proposed, keep)
            said.append(heard)
        states = [_observe(step, batch) for step in walk.dataset]
        return Walked(batch, pl.concat(said), would, keep["n"].to_numpy(), states)


def _observe(step: Step, batch: Batch) -> Any:
    assert isinstance(step.op, DatasetOp)
    return step.op.observe(batch)


def _drops(proposed: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Row numbers that proposals would drop."""
    return proposed.filter(pl.col("action") == "drop")["n"].unique().sort().to_numpy().astype(np.int64)


def _no_lines() -> pl.DataFrame:
    return pl.DataFrame(schema=LINES_SCHEMA)


def _lines(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with exactly the columns of LINES_SCHEMA."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in LINES_SCHEMA.items()
    )


def _by_people(people: pl.DataFrame) -> pl.DataFrame:
    step = pl.when(pl.col("action") == "keep").then(PERSON_KEEPS).otherwise(PERSON_DROPS)
    return _lines(people.with_columns(step=step, op=pl.lit("person"), effective=pl.lit(True)))


def _settle(batch: Batch, step: Step, proposed: pl.DataFrame, keep: pl.DataFrame) -> tuple[Batch, pl.DataFrame]:
    """Apply one op's proposals to living rows, save where a person keeps the row; the ledger lines of both."""
    if proposed.is_empty():
        return batch, _no_lines()
    living = batch.rows.filter(pl.col("alive")).select("n")
    heard = proposed.join(living, on="n", how="semi", maintain_order="left")
    overridden = (pl.col("action") == "drop") & pl.col("n").is_in(keep["n"].implode())
    heard = heard.with_columns(effective=~overridden)
    lines = heard.with_columns(pl.col("action").cast(pl.String), step=pl.lit(step.number), op=pl.lit(step.name))
    if heard["part"].is_not_null().any():
        touched = batch.parts.filter(pl.col("n").is_in(heard["n"].unique().implode()))
        before = touched.select("n", "part", before="text")
        lines = lines.join(before, on=["n", "part"], how="left", maintain_order="left")
    return apply(batch, heard.filter("effective").select(PROPOSALS_SCHEMA.names())), _lines(lines)


def edit_only(batch: Batch, steps: Sequence[Op]) -> Batch:
    """The batch after the edits (not the drops) of some ops: for a row that a person brings back."""
    for op in steps:
        if isinstance(op, RowOp):
            batch = apply(batch, proposals(op.decide(batch)).filter(pl.col("action") == "edit"))
    return batch
