"""Keys: what targets are looked for by, as 64-bit numbers, without a word.

A segment of `n` tokens or more has its distinct n-grams, a shorter one itself, as one gram of its own length; and there is one
key for each whole field that the target may be equal to. With the numbers goes what makes looking them up fast: the first tokens
of the shorter segments, and the ends of the fields, as numbers too.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bloomery.contamination.items import FRAME, TINY, Segment, Target, ragged
from bloomery.kernels import matches
from bloomery.kernels.matches import Fields, Grams, Leads
from bloomery.text.shingles import shingles

#: kinds of whole fields, as which they are told apart
ASKED, SAID, ROW = 101, 102, 103
#: the fields of a training row that a tier may be equal to
FIELDS = {"verbatim": (ASKED, SAID, ROW), "question": (ASKED, SAID), "answer_only": (), FRAME: ()}
LEAD = TINY + 1  # tokens; no segment that is looked for is shorter


class Keys(NamedTuple):
    """The keys of targets."""

    short: npt.NDArray[np.bool_]  # by target: together fewer than n tokens
    grams: Grams
    fields: Fields
    leads: Leads


def keys_of(targets: Sequence[Target], n: int) -> Keys:
    """The keys of targets, which have their tokens."""
    short = np.array([target.short for target in targets], dtype=np.bool_)
    grams, leads = _grams(targets, n)
    return Keys(short, grams, _whole_fields(targets), leads)


def joined(some: Sequence[Keys]) -> Keys:
    """The keys of the targets of all, numbered one after the other."""
    first = np.cumsum([0, *(len(keys.short) for keys in some)])

    grams = Grams(
        np.concatenate([keys.grams.keys for keys in some]),
        np.concatenate([keys.grams.target + at for keys, at in zip(some, first, strict=False)]),
        np.concatenate([keys.grams.weight for keys in some]),
        np.concatenate([keys.grams.long for keys in some]),
    )
    fields = Fields(
        np.concatenate([keys.fields.keys for keys in some]),
        np.concatenate([keys.fields.target + at for keys, at in zip(some, first, strict=False)]),
        np.concatenate([keys.fields.ends for keys in some]),
    )
    leads = Leads(
        np.concatenate([keys.leads.keys for keys in some]),
        np.concatenate([keys.leads.widths for keys in some]),
        max(keys.leads.lead for keys in some),
    )
    return Keys(np.concatenate([keys.short for keys in some]), grams, fields, leads)


def _grams(targets: Sequence[Target], n: int) -> tuple[Grams, Leads]:
    """The distinct grams of all targets, segment by segment; and the segments that are one gram of their own length."""
    owner = np.array([number for number, target in enumerate(targets) for _ in target.segments], dtype=np.int64)
    runs = ragged([segment.tokens for target in targets for segment in target.segments])
    length = np.diff(runs.offsets).astype(np.float64)
    share = length / np.bincount(owner, weights=length, minlength=len(targets))[owner]
    sets = shingles(runs, n)
    distinct = np.diff(sets.offsets)
    segment = np.repeat(np.arange(len(owner)), distinct)
    weight = share[segment] / np.repeat(distinct, distinct)
    grams = Grams(sets.values, owner[segment], weight, length[segment] >= n)
    few = runs.take(np.flatnonzero(length < n))
    return grams, matches.leads(few.values, few.offsets, LEAD)


def _whole_fields(targets: Sequence[Target]) -> Fields:
    """What whole fields are equal to."""
    forms = [
        (number, salt, form)
        for salt in (ASKED, SAID, ROW)
        for number, target in enumerate(targets)
        for form in _forms(target, salt)
    ]
    whole = ragged([segment.tokens for _, _, form in forms for segment in form])
    offsets = whole.offsets[np.cumsum([0, *(len(form) for _, _, form in forms)])]
    salts = np.array([salt for _, salt, _ in forms], dtype=np.int64)
    mine = np.array([number for number, _, _ in forms], dtype=np.int64)
    return Fields(matches.fields(whole.values, offsets, salts), mine, matches.field_ends(whole.values, offsets))


def _forms(target: Target, salt: int) -> list[list[Segment]]:
    """What fields of this kind may be equal to."""
    if salt not in FIELDS[target.tier]:
        return []
    return [form for form in target.forms if salt != SAID or sum(len(segment.tokens) for segment in form) > TINY]
