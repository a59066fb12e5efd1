"""Near duplicates: rows that say nearly the same as a row that is kept, counted out, not guessed.

The measure is the article's: the Jaccard similarity of the rows' word 3-grams, 0.8 or more. What is done with it is not:

- every pair is verified (`bloomery.text.similar`): none is missed, none is merged below the threshold;
- *stars*, not chains: rows are taken by priority, length and number; a row is dropped only if it is similar to a row
  that is kept, and `against` and `score` say to which and how much. Neighbours at 0.82 are 0.54 apart after three
  steps; union-find would delete rows that are similar to nothing that is left;
- where each of many rows resembles each other one, they are compared with the kept ones only (`bloomery.clean.crowd`);
- texts shorter than the width are one shingle: equal ones merge, different ones stay. Scripts without spaces are taken
  by character;
- the answers alone must be similar too, at 0.6 (`answer`). Of 7,673 tool-use rows whose prompts share a page of
  instructions, the whole row's similarity drops 884, among them "the weather in London" for "in Paris"; with this, 762;
- what must be equal is equal (`bloomery.clean.likeness`): labels, system messages, short answers;
- *template twins* stay: rows whose only differences are numbers, negations, units, symbols or identifiers ("2 + 2" and
  "3 + 5", "is safe" and "is not safe") are reported, with action ``keep`` and reason ``template_twin``. ``twins: false``
  turns this guard off.

- *short rows*, of at most 60 words, are compared by their words as well (`bloomery.clean.short`): one changed word in 13 is
  found, and rows whose numbers, negations or identifiers differ stay, whatever else differs.

What it cannot see. A changed word touches `width` shingles, so beyond 60 words, at 3 and 0.8, two changed words are found and
three far apart are found from 83 words on; below 13 words a changed word is not. Paraphrases are never found. And the other
way round: long rows that differ in a name only do merge, and so do long rows with a long answer that differs in few places.

The state is the shingles of each row and of its answers and a few numbers: 8 to 16 bytes a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.clean import crowd
from bloomery.clean.crowd import Crowd
from bloomery.clean.likeness import likeness
from bloomery.clean.short import Short, both, differ, similar
from bloomery.clean.survivor import (
    Against,
    Fields,
    Keep,
    Standing,
    check_columns,
    heads,
    rank,
    stacked_standings,
    standing,
)
from bloomery.schema import Batch, DatasetOp, proposals
from bloomery.store import Scratch
from bloomery.text.similar import Method, Pairs, Sets, Stars, added, loose_pairs, similarity, stars

Ints = npt.NDArray[np.int64]


class Graph(NamedTuple):
    """Rows with words, joined where their words and terms are equal: the nodes."""

    rows: Ints  # rows that have words
    rank: Ints  # of each of these: the lowest wins
    node: Ints  # of each of these
    sets: Sets  # shingles of each node
    block: Ints  # nodes of one block are template twins
    similar: Pairs  # of nodes
    guarded: Pairs  # of nodes that would be similar, were their numbers and the like not different
    crowd: Crowd | None  # nodes of which no two are among these pairs, but for those that a decision asked for


@dataclass(eq=False)
class State:
    """The rows seen, in order of n once merged."""

    standing: Standing
    sets: Sets  # shingles of each row, those within answers marked
    words: npt.NDArray[np.uint64]
    skeleton: npt.NDArray[np.uint64]
    short: Short
    scratch: Scratch | None = None  # what holds the members of the sets, if it is not memory
    graph: Graph | None = None  # found by the first decision, used by the second


class Near(DatasetOp):
    """Drops rows that are nearly the same as a row that is kept."""

    threshold: Annotated[float, Field(gt=0, le=1)] = 0.8
    """The similarity from which two rows are duplicates: shared word runs over all word runs of both, 0 to 1."""
    answer: Annotated[float, Field(ge=0, le=1)] = 0.6
    """The similarity that the answers of two duplicates must have by themselves."""
    short: Annotated[float, Field(gt=0.5, le=1)] | None = 0.92
    """The share of words without a change from which two rows of at most 60 words are duplicates; null: word runs only."""
    width: Annotated[int, Field(ge=1, le=20)] = 3
    """Words in a run; a character counts as a word in scripts without spaces."""
    method: Method = "exact"
    """How duplicates are looked for: 'exact' finds all of them, 'minhash' only the likely ones; both verify each."""
    fields: Fields = "both"
    """Compare the whole row, or only what is asked ('prompt') or answered ('completion')."""
    keep: tuple[Keep, ...] = ("priority", "longest")
    """Which duplicate stays: wishes in order of weight, a column or time too; where they leave a choice, the first row."""
    against: Against = ()
    """Other datasets or indexes: rows that they have are dropped. A path, or as under `data:`; nothing of theirs is written."""
    twins: bool = True
    """Keep, and report, rows that differ only in numbers, negations, units, symbols or identifiers."""

    def observe(self, batch: Batch) -> State:
        """The likeness and standing of each row."""
        found = likeness(batch, fields=self.fields, width=self.width)
        return State(standing(batch, self.keep), found.sets, found.words, found.skeleton, found.short)

    def set_aside(self, state: State, scratch: Scratch) -> State:
        """The shingles go into a file: 8 bytes a word are too many for memory."""
        words = state.short.words
        sets, words = (
            shifted(one._replace(values=_NO_VALUES), scratch.append(one.values)) for one in (state.sets, words)
        )
        return replace(state, sets=sets, short=state.short._replace(words=words), scratch=scratch)

    def merge(self, states: Sequence[State]) -> State:
        """All rows, in order of n."""
        rows = stacked_standings([state.standing for state in states])
        order = np.argsort(rows.n)
        words = np.concatenate([_NO_VALUES, *(state.words for state in states)])
        skeleton = np.concatenate([_NO_VALUES, *(state.skeleton for state in states)])
        variables = np.concatenate([_NO_VALUES, *(state.short.variables for state in states)])
        scratch = states[0].scratch if states else None
        sets = joined([state.sets for state in states], scratch).take(order)
        few = Short(joined([state.short.words for state in states], scratch).take(order), variables[order])
        return State(rows.take(order), sets, words[order], skeleton[order], few, scratch)

    def decide(self, state: State, alive: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Drops rows for the kept row they are most similar to; reports kept rows that have a kept twin."""
        check_columns(state.standing, self.keep)
        graph = state.graph or self._graph(state)
        of = heads(state.standing.n[graph.rows], graph.rank, graph.node, len(graph.block), alive)
        best, head = of.best, of.head
        state.graph, found = _settled(graph, best, of.alive)
        dropped = of.drops(found.against, found.similarity, "near_duplicate")
        kept = np.flatnonzero(of.alive & (found.against < 0))
        if not self.twins:
            return dropped.sort("n")
        lasting = np.zeros(len(best), dtype=np.bool_)
        lasting[kept] = True
        twins = [
            _twins(graph, kept[np.argsort(best[kept])], head, self.threshold),
            _guarded(graph, best, lasting, head),
        ]
        told = pl.concat(twins).unique("n", keep="first", maintain_order=True)
        return pl.concat([dropped, told]).sort("n")

    def _graph(self, of: State) -> Graph:
        """Which rows are similar enough to be duplicates."""
        rows = np.flatnonzero(of.sets.size)
        _, first, node = np.unique(of.words[rows], return_index=True, return_inverse=True)
        sets = of.sets.take(rows[first])
        block = np.unique(of.skeleton[rows[first]], return_inverse=True)[1]
        blocks, few = block if self.twins else None, of.short.take(rows[first])
        found, many = loose_pairs(
            sets, self.threshold, most=crowd.MOST, marked=self.answer, blocks=blocks, method=self.method
        )
        if self.short is not None:
            by_words, more = similar(few, self.short, blocks, most=crowd.MOST)
            found, many = both(found, by_words), many | more
        if many.any():
            found = _only(found, ~(many[found.a] & many[found.b]))
        guarded = differ(few, found.a, found.b) & self.twins & (self.short is not None)
        ranks = rank(of.standing.take(rows), self.keep)
        whole = Graph(rows, ranks, node, sets, block, _only(found, ~guarded), _only(found, guarded), None)
        return whole._replace(crowd=self._crowd(whole, few, np.flatnonzero(many))) if many.any() else whole

    def _crowd(self, of: Graph, few: Short, nodes: Ints) -> Crowd:
        how = crowd.Likeness(self.threshold, self.answer, self.short, self.method, self.twins)
        return Crowd(nodes, of.sets.take(nodes), few.take(nodes), of.block[nodes], how)


_NO_VALUES = np.zeros(0, dtype=np.uint64)


def _only(found: Pairs, chosen: npt.NDArray[np.bool_]) -> Pairs:
    return Pairs(found.a[chosen], found.b[chosen], found.similarity[chosen])


def _settled(graph: Graph, best: Ints, alive: npt.NDArray[np.bool_]) -> tuple[Graph, Stars]:
    """The stars of the living nodes, and the graph with the pairs that were missing to see them."""
    while graph.crowd is not None:
        more = graph.crowd.more(graph.similar, best, alive)
        if more is None:
            break
        graph = graph._replace(similar=added(graph.similar, more))
    return graph, stars(graph.similar, best, alive)


def joined(sets: Sequence[Sets], scratch: Scratch | None) -> Sets:
    """The sets of all batches, over the members of all or over what was set aside."""
    if scratch is None:
        places = np.cumsum([0, *(len(one.values) for one in sets)])
        sets = [shifted(one, int(at)) for one, at in zip(sets, places, strict=False)]
    values = scratch.values() if scratch else np.concatenate([_NO_VALUES, *(one.values for one in sets)])
    none = np.zeros(0, dtype=np.int64)
    starts = np.concatenate([none, *(one.starts for one in sets)])
    return Sets(values, starts, np.concatenate([none, *(one.ends for one in sets)]))


def shifted(sets: Sets, by: int) -> Sets:
    """The sets whose members stand `by` places further on."""
    return Sets(sets.values, sets.starts + by, sets.ends + by)


def _twins(graph: Graph, kept: Ints, head: npt.NDArray[np.uint64], threshold: float) -> pl.DataFrame:
    """A ``keep`` for each kept node, best first, that is similar to the best or the previous one of its block."""
    order = kept[np.argsort(graph.block[kept], kind="stable")]
    block = graph.block[order]
    first = np.searchsorted(block, block)
    later = np.flatnonzero(first < np.arange(len(order)))
    to_first = similarity(graph.sets, order[later], order[first[later]], threshold)
    to_previous = similarity(graph.sets, order[later], order[later - 1], threshold)
    nearer = np.where(to_previous > to_first, order[later - 1], order[first[later]])
    frame = pl.DataFrame(
        {"n": head[order[later]], "against": head[nearer], "score": np.maximum(to_first, to_previous)}
    ).filter(pl.col("score") >= threshold)
    return proposals(frame.with_columns(reason=pl.lit("template_twin")), action="keep")


def _guarded(graph: Graph, best: Ints, lasting: npt.NDArray[np.bool_], head: npt.NDArray[np.uint64]) -> pl.DataFrame:
    """A ``keep`` for each kept node that would be a duplicate of a better one, but for a number or the like."""
    a, b, score = graph.guarded
    if graph.crowd is not None:
        a, b, score = added(graph.guarded, graph.crowd.twins(lasting, best))
    there = lasting[a] & lasting[b]
    a, b, score = a[there], b[there], score[there]
    worse, better = np.where(best[a] > best[b], a, b), np.where(best[a] > best[b], b, a)
    frame = pl.DataFrame({"n": head[worse], "against": head[better], "score": score})
    frame = frame.sort("n", "score", "against", descending=[False, True, False]).unique(
        "n", keep="first", maintain_order=True
    )
    return proposals(frame.with_columns(reason=pl.lit("template_twin")), action="keep")
