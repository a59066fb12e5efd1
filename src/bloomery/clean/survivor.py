"""Which of several duplicates stays: never the accident of the order in which rows were seen.

By default the row of the source with the highest priority, among these the one with the longest text (in characters other
than white space), among these the first. ``{column: score}`` wishes for the row with the highest number in a column of the
record, ``{newest: created}`` for the latest time (`bloomery.clean.column`); rows without one lose. The last word is always
the row's number, so the choice depends on nothing but the data.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BeforeValidator, Field

from bloomery.clean.column import Kind, values
from bloomery.errors import RecipeError
from bloomery.formats.source import Source
from bloomery.schema import Batch, JsonSchema, proposals
from bloomery.text.marks import visible

Keep = Literal["priority", "longest", "shortest"] | Annotated[dict[Kind, str], Field(min_length=1, max_length=1)]
Fields = Literal["both", "prompt", "completion"]
_Dataset = str | Annotated[Source, JsonSchema(Source.model_json_schema)]
#: other datasets; one may be named without a list
Against = Annotated[
    tuple[_Dataset, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str | dict) else given)
]

PROMPT = ("system", "tools", "prompt", "tool", "text")
COMPLETION = ("completion", "rejected", "reasoning", "tool_call", "label")
ROLES_OF: dict[Fields, tuple[str, ...]] = {"both": PROMPT + COMPLETION, "prompt": PROMPT, "completion": COMPLETION}


class Standing(NamedTuple):
    """What decides between rows: one number a row in each array."""

    n: npt.NDArray[np.uint64]
    priority: npt.NDArray[np.int32]
    length: npt.NDArray[np.int64]  # characters in all parts as they stand, without white space
    columns: tuple[npt.NDArray[np.float64], ...]  # of each wish that names one; NaN where a row has no such number

    def take(self, rows: npt.NDArray[np.int64]) -> "Standing":
        """The given rows, in that order."""
        columns = tuple(column[rows] for column in self.columns)
        return Standing(self.n[rows], self.priority[rows], self.length[rows], columns)


def standing(batch: Batch, keep: Sequence[Keep]) -> Standing:
    """The standing of each row of `batch`, as far as the wishes ask for it."""
    n = batch.rows["n"].to_numpy()
    length = np.bincount(batch.row_of_part(), weights=visible(batch), minlength=len(n)).astype(np.int64)
    wishes = (next(iter(wish.items())) for wish in keep if not isinstance(wish, str))
    columns = tuple(values(batch.rows["raw"], name, kind) for kind, name in wishes)
    return Standing(n, batch.rows["priority"].to_numpy(), length, columns)


def stacked_standings(standings: Sequence[Standing]) -> Standing:
    """The rows of all, one after the other."""
    none = Standing(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64), ())
    n, priority, length = (np.concatenate(some) for some in list(zip(none, *standings, strict=True))[:3])
    columns = zip(*(one.columns for one in standings), strict=True)
    return Standing(n, priority, length, tuple(np.concatenate(some) for some in columns))


def row_of_part(rows: pl.DataFrame, parts: pl.DataFrame) -> npt.NDArray[np.int64]:
    """For each part the index into `rows` of its row."""
    return np.searchsorted(rows["n"].to_numpy(), parts["n"].to_numpy()).astype(np.int64)


def rank(rows: Standing, keep: Sequence[Keep]) -> npt.NDArray[np.int64]:
    """0 for the row that wins over all others, 1 for the next, ...; no ties."""
    by = {"priority": -rows.priority.astype(np.int64), "longest": -rows.length, "shortest": rows.length}
    columns = iter(rows.columns)
    keys = [by[wish] if isinstance(wish, str) else -next(columns) for wish in keep] if len(rows.n) else []
    order = np.lexsort([rows.n, *reversed(keys)])  # NaN comes last
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def check_columns(rows: Standing, keep: Sequence[Keep]) -> None:
    """RecipeError if a wish names a column in which no row at all has anything to rank by."""
    wishes = (next(iter(wish.items())) for wish in keep if not isinstance(wish, str))
    for (kind, name), column in zip(wishes, rows.columns, strict=False):
        if len(column) and np.isnan(column).all():
            wanted = "a number" if kind == "column" else "a time"
            raise RecipeError(
                f"keep names the column '{name}'",
                expected=f"{wanted} in it in one row at least",
                found="none in any row",
                next="Columns are named as in the input files",
            )


class Heads(NamedTuple):
    """Which living row stands for each node, where rows that are equal to one another are one node."""

    best: npt.NDArray[np.int64]  # its rank; `dead` where all rows of the node are
    head: npt.NDArray[np.uint64]  # its number
    dead: int
    n: npt.NDArray[np.uint64]  # of each living row
    node: npt.NDArray[np.int64]  # of each living row

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """Nodes with a living row."""
        return self.best < self.dead

    def drops(self, against: npt.NDArray[np.int64], similarity: npt.NDArray[np.float64], reason: str) -> pl.DataFrame:
        """Proposals to drop each living row for the head of the node its own goes against (-1: for its own head)."""
        lost = against[self.node] >= 0
        frame = pl.DataFrame(
            {
                "n": self.n,
                "against": np.where(lost, self.head[against[self.node]], self.head[self.node]),
                "score": np.where(lost, similarity[self.node], 1.0),
            }
        ).filter(pl.col("n") != pl.col("against"))
        return proposals(frame.with_columns(reason=pl.lit(reason)), action="drop")


def heads(
    n: npt.NDArray[np.uint64],
    ranks: npt.NDArray[np.int64],
    node: npt.NDArray[np.int64],
    nodes: int,
    alive: npt.NDArray[np.bool_],
) -> Heads:
    """The heads of `nodes` nodes. Of each row: its number, rank and node; `alive` says of each row number whether it lives."""
    living = np.flatnonzero(alive[n.astype(np.int64)])
    best = np.full(nodes, len(ranks))
    np.minimum.at(best, node[living], ranks[living])
    by_rank = np.zeros(len(n) + 1, dtype=np.uint64)
    by_rank[ranks] = n
    return Heads(best, by_rank[best], len(ranks), n[living], node[living])
