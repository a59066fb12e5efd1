"""Semantic duplicates: rows that mean the same as a row that is kept, as far as an embedding model can tell.

`near` counts shared words; a paraphrase shares few. Here what is asked and what is answered are two vectors of a local embedding
model (`bloomery.text.embedding`), and rows are duplicates if the cosine of both reaches the threshold: so a long prompt that
many rows share does not hide that their answers differ, nor the other way round. What decides, and why it is the same at any
batch size and on any number of threads, is told in `bloomery.text.cosine`.

An embedding model hardly sees a number or a "not": of "9 - 4" and "9 + 4" the vectors are nearly the same. So what holds for
`near` holds here (`bloomery.clean.likeness`): labels, system messages, tool descriptions and answers of a few words must be
equal; rows whose numbers, negations, symbols or identifiers differ are *template twins*, reported and kept, and so are short
rows in which one word stands for another at two places. As in `near`, that rows of more than 60 words contain other numbers does
not tell them apart by itself: two of that length that say the same in other words mostly do.

Rows are taken best first and compared with those that are kept (stars, no chains). What the model cannot read, because it
knows none of its tokens or because it is longer than 16 of its windows, is compared with nothing.

The state is 2 bytes a dimension and side of each row, set aside on disk, and a few numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.clean.likeness import ANSWERS, TERMS, likeness
from bloomery.clean.near import joined, shifted
from bloomery.clean.short import Short, differ
from bloomery.clean.survivor import (
    COMPLETION,
    PROMPT,
    ROLES_OF,
    Fields,
    Keep,
    Standing,
    check_columns,
    heads,
    rank,
    stacked_standings,
    standing,
)
from bloomery.engine.progress import tell
from bloomery.schema import Batch, DatasetOp, proposals
from bloomery.store import Scratch
from bloomery.text.cosine import Found, Guard, Side, quantised, similar_rows
from bloomery.text.embedding import Embedder, load
from bloomery.text.fingerprint import mix

Ints = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

_TEXTS = 256  # embedded between two signs of life
_NONE = np.zeros(0, dtype=np.uint64)


class Vectors(NamedTuple):
    """The vectors of one side: of row i the words ``values[places[i]:places[i] + width]``, four numbers in each."""

    values: U64
    places: Ints  # -1 where a row has nothing to compare on this side
    width: int

    def side(self) -> Side:
        """As `bloomery.text.cosine` reads them; rows without a vector have zeros."""
        numbers = np.arange(self.width)

        def take(rows: Ints) -> npt.NDArray[np.int16]:
            places = self.places[rows]
            found = np.zeros((len(rows), self.width), dtype=np.uint64)
            there = np.flatnonzero(places >= 0)
            found[there] = self.values[places[there, None] + numbers]
            return found.view(np.int16)

        return Side(take, self.places >= 0)


@dataclass(eq=False)
class State:
    """The rows seen, in order of n once merged."""

    standing: Standing
    sides: tuple[Vectors, Vectors]  # what is asked, what is answered
    terms: U64  # equal for equal terms and the same sides; 0 where the model cannot read a side
    words: U64
    skeleton: U64
    short: Short
    scratch: Scratch | None = None  # what holds the vectors and words, if it is not memory
    before: tuple[Ints, Found] | None = None  # the nodes in order of the last decision, and what was found


class Semantic(DatasetOp):
    """Drops rows that mean the same as a row that is kept."""

    model: Annotated[str, Field(min_length=1)]
    """The embedding model: its folder, or its name in the local Hugging Face cache; nothing is downloaded."""
    threshold: Annotated[float, Field(gt=0, le=1)] = 0.95
    """The cosine from which two rows are duplicates, of what is asked and of what is answered alike."""
    fields: Fields = "both"
    """Compare the whole row, or only what is asked ('prompt') or answered ('completion')."""
    keep: tuple[Keep, ...] = ("priority", "longest")
    """Which duplicate stays: wishes in order of weight, a column or time too; where they leave a choice, the first row."""
    twins: bool = True
    """Keep, and report, rows that differ in numbers, negations, units, symbols or identifiers."""

    def made_with(self) -> Mapping[str, str]:
        """The model and the digest of its weights."""
        return {"model": self.model, "kind": load(self.model).kind, "sha256": load(self.model).digest}

    def observe(self, batch: Batch) -> State:
        """The vectors, likeness and standing of each row."""
        found = likeness(batch, fields=self.fields, width=1)
        model, roles = load(self.model), ROLES_OF[self.fields]
        asked = [role for role in PROMPT if role in roles and role not in TERMS]
        answered = [role for role in COMPLETION if role in roles and role not in TERMS]
        if batch.task == "label":
            answered = [role for role in answered if role not in ANSWERS]
        sides = _embedded(batch, asked, model), _embedded(batch, answered, model, without=found.brief)
        has = [side.places >= 0 for side in sides]
        blind = [~side.side().take(np.flatnonzero(there)).any(axis=1) for side, there in zip(sides, has, strict=True)]
        readable = has[0] | has[1]
        for there, cannot in zip(has, blind, strict=True):
            readable[np.flatnonzero(there)[cannot]] = False
        terms = mix(found.binding ^ mix(has[0] * np.uint64(1) + has[1] * np.uint64(2)))
        return State(
            standing(batch, self.keep),
            sides,
            np.where(readable, terms | np.uint64(1), np.uint64(0)),
            found.words,
            found.skeleton,
            found.short,
        )

    def set_aside(self, state: State, scratch: Scratch) -> State:
        """The vectors and the words of short rows go into a file."""
        asked, answered = (_shifted(one, scratch.append(one.values)) for one in state.sides)
        words = state.short.words
        aside = shifted(words._replace(values=_NONE), scratch.append(words.values))
        short = state.short._replace(words=aside)
        return replace(state, sides=(asked, answered), short=short, scratch=scratch)

    def merge(self, states: Sequence[State]) -> State:
        """All rows, in order of n."""
        rows = stacked_standings([state.standing for state in states])
        order = np.argsort(rows.n)
        scratch = states[0].scratch if states else None
        asked, answered = (_joined([state.sides[k] for state in states], scratch) for k in (0, 1))
        terms, words, skeleton, variables = (
            (
                np.concatenate([_NONE, *many])[order]
                for many in zip(*((s.terms, s.words, s.skeleton, s.short.variables) for s in states), strict=True)
            )
            if states
            else (_NONE,) * 4
        )
        short = Short(joined([state.short.words for state in states], scratch).take(order), variables)
        return State(
            rows.take(order),
            (asked._replace(places=asked.places[order]), answered._replace(places=answered.places[order])),
            terms,
            words,
            skeleton,
            short,
            scratch,
        )

    def decide(self, state: State, alive: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Drops rows for the kept row they are most similar to; reports kept rows that have a kept twin."""
        check_columns(state.standing, self.keep)
        rows = np.flatnonzero(state.terms)
        _, first, node = np.unique(state.words[rows], return_index=True, return_inverse=True)
        standing = state.standing.take(rows)
        of = heads(standing.n, rank(standing, self.keep), node, len(first), alive)
        found, head = self._found(state, rows[first], np.argsort(of.best)[: int(of.alive.sum())]), of.head
        dropped = of.drops(found.against, found.similarity, "semantic_duplicate")
        pairs = np.flatnonzero(found.twin >= 0) if self.twins else np.zeros(0, dtype=np.int64)
        told = pl.DataFrame(
            {"n": head[pairs], "against": head[found.twin[pairs]], "score": found.twin_similarity[pairs]}
        )
        twins = proposals(told.with_columns(reason=pl.lit("template_twin")), action="keep")
        return pl.concat([dropped, twins]).sort("n")

    def _found(self, state: State, nodes: Ints, order: Ints) -> Found:
        """The stars among the nodes in `order`; found once if they are asked for twice."""
        if state.before is None or not np.array_equal(state.before[0], order):
            sides = [one._replace(places=one.places[nodes]).side() for one in state.sides]

            def heard(done: int) -> None:
                tell("comparing", rows=done, done=done, total=len(order))

            guard = Guard(state.terms[nodes], self._apart(state, nodes))
            state.before = order, similar_rows(sides, order, guard, self.threshold, tell=heard)
        return state.before[1]

    def _apart(self, state: State, nodes: Ints) -> Callable[[Ints, Ints], Bools]:
        """Which pairs of nodes are twins."""
        short, skeleton = state.short.take(nodes), state.skeleton[nodes]
        few = short.rows

        def apart(a: Ints, b: Ints) -> Bools:
            if not self.twins:
                return np.zeros(len(a), dtype=np.bool_)
            found = np.equal(skeleton[a], skeleton[b])
            found |= few[a] & few[b] & np.not_equal(short.variables[a], short.variables[b])
            rest = np.flatnonzero(~found)
            found[rest] = differ(short, a[rest], b[rest])
            return found

        return apart


def _embedded(batch: Batch, roles: Sequence[str], model: Embedder, *, without: Bools | None = None) -> Vectors:
    """The vectors of what these roles say in each row, but for the rows `without`."""
    parts = batch.parts.filter(pl.col("role").is_in(roles))
    if without is not None:
        brief = pl.Series(without[batch.row_of_part()])
        chosen = batch.parts["role"].is_in(roles) & ~(brief & batch.parts["role"].is_in(ANSWERS))
        parts = batch.parts.filter(chosen)
    said = parts.group_by("n", maintain_order=True).agg(pl.col("text").str.join("\n\n"))
    said = said.filter(pl.col("text").str.contains(r"\S"))
    texts, width = said["text"].to_list(), -(-model.dimensions // 4)
    vectors = np.zeros((len(texts), 4 * width), dtype=np.int16)
    for first in range(0, len(texts), _TEXTS):
        some = quantised(model(texts[first : first + _TEXTS]))
        vectors[first : first + len(some), : model.dimensions] = some
        tell("embedding", rows=int(said["n"][first]), done=0, total=0)
    places = np.full(len(batch), -1, dtype=np.int64)
    places[np.searchsorted(batch.rows["n"].to_numpy(), said["n"].to_numpy())] = np.arange(len(texts)) * width
    return Vectors(vectors.reshape(-1).view(np.uint64), places, width)


def _shifted(vectors: Vectors, by: int) -> Vectors:
    return Vectors(_NONE, np.where(vectors.places < 0, -1, vectors.places + by), vectors.width)


def _joined(sides: Sequence[Vectors], scratch: Scratch | None) -> Vectors:
    """The vectors of all batches, over what was set aside or in memory."""
    width = max((side.width for side in sides), default=1)
    none = np.zeros(0, dtype=np.int64)
    if scratch is not None:
        return Vectors(scratch.values(), np.concatenate([none, *(side.places for side in sides)]), width)
    starts = np.cumsum([0, *(len(side.values) for side in sides)]).tolist()
    moved = [_shifted(side, at) for side, at in zip(sides, starts, strict=False)]
    values = np.concatenate([_NONE, *(side.values for side in sides)])
    return Vectors(values, np.concatenate([none, *(side.places for side in moved)]), width)
