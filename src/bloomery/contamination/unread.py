"""The evidence of an item whose words are not there: where its numbers are in the training row.

An index holds no text, so nothing can be compared word by word. The row was found because its runs of words have the numbers of
the item's; here these are looked up once more to say where they stand, and what is quoted are the words of the training row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.evidence import (
    EQUAL_FIELD,
    EXCERPT,
    SHARED_TEMPLATE,
    Found,
    Said,
    Speech,
    field_of,
    fields_of,
)
from bloomery.contamination.items import FRAME, Target, ragged
from bloomery.contamination.keys import Keys
from bloomery.kernels import matches
from bloomery.text.shingles import ngrams
from bloomery.text.tokens import Ragged, tokens

Ints = npt.NDArray[np.int64]


def located(
    target: Target, number: int, keys: Keys, row: Sequence[Said], words: Sequence[Speech], overlap: float, n: int
) -> Found:
    """What is known of a target of an index: `number` is its place among those of `keys`."""
    mine = keys.grams.keys[keys.grams.target == number]
    split = tokens(pl.Series([said.text for said in row], dtype=pl.String))
    equal = _equal(keys.fields.keys[keys.fields.target == number], row, split)
    widths = range(1, n) if target.short else [n, *np.unique(keys.leads.widths).tolist()]
    place, length = max((_run(split.values, mine, width) for width in widths), key=lambda run: run[1])
    rule = EQUAL_FIELD if equal else SHARED_TEMPLATE if target.tier == FRAME else f"{n}-gram overlap"
    rule = "whole sequence" if target.short and not equal else rule
    said = [word for speech in words for word in speech.words]
    detail: dict[str, Any] = {
        "item_words": None,
        "train_words": [place, place + length],
        "excerpt": " ".join(said[place : place + min(length, EXCERPT)]),
    }
    return Found(rule, round(min(overlap, 1.0), 6), equal or field_of(words, place, length), detail)


def _equal(mine: npt.NDArray[np.uint64], row: Sequence[Said], split: Ragged) -> str | None:
    """The name of the field of the row that is equal to the item, if any."""
    parts = [Speech(said.role, split.row(k).tolist()) for k, said in enumerate(row)]
    for kind, name, said in fields_of(parts):
        values = np.array(said, dtype=np.uint64)
        key = matches.fields(values, np.array([0, len(values)]), np.array([kind]))
        if len(values) and key[0] in mine:
            return name
    return None


def _run(values: npt.NDArray[np.uint64], mine: npt.NDArray[np.uint64], width: int) -> tuple[int, int]:
    """The longest stretch of a row that runs of the item cover without a gap: where it begins, and how long it is."""
    runs = ngrams(ragged([values]), width).values
    here = np.isin(runs, mine)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], here, [False]]).astype(np.int8)))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(edges[2 * longest]), int(lengths[longest]) + width - 1
