"""Near duplicates: rows that say nearly the same as a row that is kept, counted out, not guessed.

The measure is the article's: the Jaccard similarity of the rows' word 3-grams, 0.8 or more. What is done with it is not:

- every pair is verified (`bloomery.text.similar`): none is missed, none is merged below the threshold;
- *stars*, not chains: rows are taken by priority, length and number; a row is dropped only if it is similar to a row
  that is kept, and `against` and `score` say to which and how much. Neighbours at 0.82 are 0.54 apart after three
  steps; union-find would delete rows that are similar to nothing that is left;
- texts shorter than the width are one shingle: equal ones merge, different ones stay. Scripts without spaces are taken
  by character;
- the answers alone must be similar too, at 0.6 (`answer`). Of 7,673 tool-use rows whose prompts share a page of
  instructions, the whole row's similarity drops 884, among them "the weather in London" for "in Paris"; with this, 762;
- what must be equal is equal (`bloomery.clean.likeness`): labels, system messages, short answers;
- *template twins* stay: rows whose only differences are numbers, negations, units, symbols or identifiers ("2 + 2" and
  "3 + 5", "is safe" and "is not safe") are reported, with action ``keep`` and reason ``template_twin``. ``twins: false``
  turns this guard off.

What it cannot see. A changed word touches `width` shingles, so at 3 and 0.8 one word changed in the middle of a row is
found only in rows of 29 tokens or more (n − 2 shingles, n − 5 shared: (n − 5)/(n + 1) ≥ 0.8), two words far apart in 56
or more; shorter rows that differ in one word are all kept. Paraphrases are never found. And the other way round: long
rows that differ in a name only do merge, and so do long rows with a long answer that differs in few places.

The state is the shingles of each row and of its answers and a few numbers: 8 to 16 bytes a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.clean.likeness import likeness
from bloomery.clean.survivor import Fields, Keep, Standing, rank, stacked_standings, standing
from bloomery.schema import Batch, DatasetOp, proposals
from bloomery.store import Scratch
from bloomery.text.similar import Pairs, Sets, pairs, sets_of, similarity, stars

Ints = npt.NDArray[np.int64]


class Graph(NamedTuple):
    """Rows with words, joined where their words and terms are equal: the nodes."""

    rows: Ints  # rows that have words
    node: Ints  # of each of these
    sets: Sets  # shingles of each node
    block: Ints  # nodes of one block are template twins
    similar: Pairs  # of nodes


@dataclass(eq=False)
class State:
    """The rows seen, in order of n once merged."""

    standing: Standing
    sets: Sets  # shingles of each row, those within answers marked
    words: npt.NDArray[np.uint64]
    skeleton: npt.NDArray[np.uint64]
    scratch: Scratch | None = None  # what holds the members of the sets, if it is not memory
    graph: Graph | None = None  # found by the first decision, used by the second


class Near(DatasetOp):
    """Drops rows that are nearly the same as a row that is kept."""

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.8
    """The similarity from which two rows are duplicates: shared word runs over all word runs of both, 0 to 1."""
    answer: Annotated[float, Field(ge=0, le=1)] = 0.6
    """The similarity that the answers of two duplicates must have by themselves."""
    width: Annotated[int, Field(ge=1, le=20)] = 3
    """Words in a run; a character counts as a word in scripts without spaces."""
    fields: Fields = "both"
    """Compare the whole row, or only what is asked ('prompt') or answered ('completion')."""
    keep: tuple[Keep, ...] = ("priority", "longest")
    """Which duplicate stays: wishes in order of weight; the first row of the input where they leave a choice."""
    twins: bool = True
    """Keep, and report, rows that differ only in numbers, negations, units, symbols or identifiers."""

    def observe(self, batch: Batch) -> State:
        """The likeness and standing of each row."""
        found = likeness(batch, fields=self.fields, width=self.width)
        return State(standing(batch), sets_of(found.sets), found.words, found.skeleton)

    def set_aside(self, state: State, scratch: Scratch) -> State:
        """The shingles go into a file: 8 bytes a word are too many for memory."""
        at = scratch.append(state.sets.values)
        return replace(state, sets=_shifted(state.sets._replace(values=_NO_VALUES), at), scratch=scratch)

    def merge(self, states: Sequence[State]) -> State:
        """All rows, in order of n."""
        rows = stacked_standings([state.standing for state in states])
        order = np.argsort(rows.n)
        words = np.concatenate([_NO_VALUES, *(state.words for state in states)])
        skeleton = np.concatenate([_NO_VALUES, *(state.skeleton for state in states)])
        scratch = states[0].scratch if states else None
        sets = [state.sets for state in states]
        if scratch is None:
            places = np.cumsum([0, *(len(one.values) for one in sets)])
            sets = [_shifted(one, int(at)) for one, at in zip(sets, places, strict=False)]
        values = scratch.values() if scratch else np.concatenate([_NO_VALUES, *(one.values for one in sets)])
        none = np.zeros(0, dtype=np.int64)
        starts = np.concatenate([none, *(one.starts for one in sets)])
        ends = np.concatenate([none, *(one.ends for one in sets)])
        return State(rows.take(order), Sets(values, starts, ends).take(order), words[order], skeleton[order], scratch)

    def decide(self, state: State, alive: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Drops rows for the kept row they are most similar to; reports kept rows that have a kept twin."""
        graph = state.graph = state.graph or self._graph(state)
        rows = state.standing.take(graph.rows)
        living = np.flatnonzero(alive[rows.n.astype(np.int64)])
        ranks = rank(rows, self.keep)
        best = np.full(len(graph.block), len(ranks))  # rank of the living row that stands for a node
        np.minimum.at(best, graph.node[living], ranks[living])
        found = stars(graph.similar, best, best < len(ranks))
        head = np.append(rows.n[np.argsort(ranks)], np.uint64(0))[best]
        node = graph.node[living]
        lost = found.against[node] >= 0
        drops = pl.DataFrame(
            {
                "n": rows.n[living],
                "against": np.where(lost, head[found.against[node]], head[node]),
                "score": np.where(lost, found.similarity[node], 1.0),
            }
        ).filter(pl.col("n") != pl.col("against"))
        dropped = proposals(drops.with_columns(reason=pl.lit("near_duplicate")), action="drop")
        kept = np.flatnonzero((best < len(ranks)) & (found.against < 0))
        if not self.twins:
            return dropped.sort("n")
        return pl.concat([dropped, _twins(graph, kept[np.argsort(best[kept])], head, self.threshold)]).sort("n")

    def _graph(self, of: State) -> Graph:
        """Which rows are similar enough to be duplicates."""
        rows = np.flatnonzero(of.sets.size)
        _, first, node = np.unique(of.words[rows], return_index=True, return_inverse=True)
        sets = of.sets.take(rows[first])
        block = np.unique(of.skeleton[rows[first]], return_inverse=True)[1]
        similar = pairs(sets, self.threshold, marked=self.answer, blocks=block if self.twins else None)
        return Graph(rows, node, sets, block, similar)


_NO_VALUES = np.zeros(0, dtype=np.uint64)


def _shifted(sets: Sets, by: int) -> Sets:
    return Sets(sets.values, sets.starts + by, sets.ends + by)


def _twins(graph: Graph, kept: Ints, head: npt.NDArray[np.uint64], threshold: float) -> pl.DataFrame:
    """A ``keep`` for each kept node, best first, that is similar to the best or the previous one of its block."""
    order = kept[np.argsort(graph.block[kept], kind="stable")]
    block = graph.block[order]
    first = np.searchsorted(block, block)
    later = np.flatnonzero(first < np.arange(len(order)))
    to_first = similarity(graph.sets, order[later], order[first[later]])
    to_previous = similarity(graph.sets, order[later], order[later - 1])
    nearer = np.where(to_previous > to_first, order[later - 1], order[first[later]])
    frame = pl.DataFrame(
        {"n": head[order[later]], "against": head[nearer], "score": np.maximum(to_first, to_previous)}
    ).filter(pl.col("score") >= threshold)
    return proposals(frame.with_columns(reason=pl.lit("template_twin")), action="keep")
