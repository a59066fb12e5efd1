"""What `near` remembers of a row: its words as shingles, and what must be equal before two rows may be called duplicates.

*Words* are the tokens of what is said: prompt, answers, reasoning, tools' replies, running text. Each carries its role, so
a phrase in the prompt is not the same phrase in the answer, and a row is not a duplicate of its own inversion.

*Terms* are what must be equal. They are mixed into every token, so rows with different terms share no shingle and never
meet:

- label parts, and the whole completion where the task is to label: the same text with another label is a contradiction,
  not a duplicate;
- system messages and tool descriptions: long, shared by many rows, and they change what the right answer is. They are not
  among the words, where they would make all rows of an assistant look alike;
- an answer of fewer than `SHORT` tokens: "yes" and "no" below the same long question are one word apart.

An answer that is not that short is compared by itself as well (`bloomery.clean.near`): so many rows share a long template
in the prompt that the whole row says little about whether two of them ask for the same thing.

A *skeleton* is the words without the variable ones (`bloomery.text.kinds`). Two rows with the same skeleton but not the
same words are template twins: all that differs is numbers, negations, units, symbols, identifiers.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.identity import identity
from bloomery.clean.short import Short, short
from bloomery.clean.survivor import ROLES_OF, Fields, row_of_part
from bloomery.schema import ROLES, Batch
from bloomery.text.fingerprint import fingerprint, mix
from bloomery.text.normalise import key
from bloomery.text.shingles import shingles
from bloomery.text.tokens import VARIABLE, Ragged, offsets_of, telling, tokens

U64 = npt.NDArray[np.uint64]

SHORT = 8
TERMS = ("system", "tools", "label")
ANSWERS = ("completion", "rejected", "tool_call")


class Likeness(NamedTuple):
    """One entry a row in each."""

    sets: Ragged  # shingles of all words, those within answers marked; empty where a row has none
    words: U64  # equal for equal words and terms
    skeleton: U64  # equal for equal words but the variable ones, and equal terms
    short: Short  # what short rows are compared by


def likeness(batch: Batch, *, fields: Fields, width: int) -> Likeness:
    """The likeness of each row of `batch`, aligned with its rows."""
    chosen = [role for role in ROLES_OF[fields] if role not in TERMS]
    parts = batch.parts.filter(pl.col("role").is_in(chosen))
    found = tokens(parts["text"])
    tells, said = telling(found.values), _by_role(found, parts)
    row = row_of_part(batch.rows, parts)
    lengths = np.diff(said.offsets)
    words = Ragged(said.values, offsets_of(np.bincount(row, weights=lengths, minlength=len(batch)).astype(np.int64)))
    answering = np.repeat(parts["role"].is_in(ANSWERS).to_numpy(), lengths)
    terms = _terms(batch, fields) + _short_answers(words, answering)
    binding = np.repeat(mix(terms) & ~VARIABLE, np.diff(words.offsets))
    bound = Ragged(words.values ^ binding, words.offsets)
    return Likeness(
        shingles(bound, width, answering),
        fingerprint(bound),
        fingerprint(bound, bound.values & VARIABLE == 0),
        short(Ragged(found.values ^ binding, words.offsets), tells),
    )


def _by_role(said: Ragged, parts: pl.DataFrame) -> Ragged:
    """Tokens that differ by role: of the same word in prompt and answer."""
    salt = mix(np.arange(len(ROLES), dtype=np.uint64)) & ~VARIABLE
    role = parts["role"].to_physical().to_numpy().astype(np.int64)
    return Ragged(said.values ^ np.repeat(salt[role], np.diff(said.offsets)), said.offsets)


def _short_answers(words: Ragged, answering: npt.NDArray[np.bool_]) -> U64:
    """A number for each row with a short answer (or none), that is equal for equal answers; 0 for others."""
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(answering)])
    short = np.diff(before[words.offsets]) < SHORT
    found = np.zeros(len(short), dtype=np.uint64)
    rows = np.flatnonzero(short)
    some = np.repeat(short, np.diff(words.offsets))
    found[rows] = fingerprint(words.take(rows), answering[some])
    return found


def _terms(batch: Batch, fields: Fields) -> U64:
    """A number for each row that is equal for equal terms; 0 for a row that has none."""
    roles = [role for role in TERMS if role in (*ROLES_OF[fields], "label")]
    if batch.task == "label":
        roles += ANSWERS
    parts = batch.parts.filter(pl.col("role").is_in(roles))
    found = identity(parts.with_columns(key(parts["text"])))
    terms = np.zeros(len(batch), dtype=np.uint64)
    terms[np.searchsorted(batch.rows["n"].to_numpy(), found.n)] = found.low
    return terms
