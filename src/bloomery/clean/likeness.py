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
from bloomery.clean.short import LONGEST, Short
from bloomery.clean.survivor import ROLES_OF, Fields, row_of_part
from bloomery.kernels.likeness import Remembered, Spoken
from bloomery.schema import ROLES, Batch
from bloomery.text.fingerprint import mix
from bloomery.text.similar import Sets
from bloomery.text.tokens import VARIABLE, common, offsets_of, token_pieces

U64 = npt.NDArray[np.uint64]

SHORT = 8
TERMS = ("system", "tools", "label")
ANSWERS = ("completion", "rejected", "tool_call")
_ANSWERS = np.array([role in ANSWERS for role in ROLES])
#: tokens differ by role: those of the same word in prompt and answer
_SALT = mix(np.arange(len(ROLES), dtype=np.uint64)) & ~VARIABLE


class Likeness(NamedTuple):
    """One entry a row in each."""

    sets: Sets  # shingles of all words, those within answers marked; empty where a row has none
    words: U64  # equal for equal words and terms
    skeleton: U64  # equal for equal words but the variable ones, and equal terms
    short: Short  # what short rows are compared by
    binding: U64  # equal for equal terms, a short answer included
    brief: npt.NDArray[np.bool_]  # rows with a short answer, or none


def likeness(batch: Batch, *, fields: Fields, width: int, longest: int = LONGEST) -> Likeness:
    """The likeness of each row of `batch`, aligned with its rows. Rows of at most `longest` words are short."""
    chosen = [role for role in ROLES_OF[fields] if role not in TERMS]
    parts = batch.parts.filter(pl.col("role").is_in(chosen))
    role, terms = parts["role"].to_physical().to_numpy(), _terms(batch, fields)
    of_row = offsets_of(np.bincount(row_of_part(batch.rows, parts), minlength=len(batch)))
    told = Remembered(len(batch))
    for first, last, found in token_pieces(parts["text"], of_row):
        at, end = of_row[first], of_row[last]
        spoken = Spoken(
            *found, of_row[first : last + 1] - at, _SALT[role[at:end]], _ANSWERS[role[at:end]], terms[first:last]
        )
        told.tell(spoken, first, width, answer=SHORT, longest=longest, common=common())
    shingles, words = np.concatenate(told.shingles), np.concatenate(told.short)
    return Likeness(
        Sets(shingles, told.ends[:-1], told.ends[1:]),
        told.words,
        told.skeleton,
        Short(Sets(words, told.short_ends[:-1], told.short_ends[1:]), told.telling),
        told.binding,
        told.binding != mix(terms) & ~VARIABLE,
    )


def _terms(batch: Batch, fields: Fields) -> U64:
    """A number for each row that is equal for equal terms; 0 for a row that has none."""
    roles = [role for role in TERMS if role in (*ROLES_OF[fields], "label")]
    if batch.task == "label":
        roles += ANSWERS
    parts = batch.parts.filter(pl.col("role").is_in(roles))
    found = identity(parts, keyed=True)
    terms = np.zeros(len(batch), dtype=np.uint64)
    terms[np.searchsorted(batch.rows["n"].to_numpy(), found.n)] = found.low
    return terms
