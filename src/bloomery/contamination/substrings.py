"""The method of the GPT-4 report: three random substrings of 50 characters of each item, and whether one is in a training row.

OpenAI, *GPT-4 technical report*, 2023, appendix C: spaces and symbols are removed from both sides, letters and digits stay; of an
item of fewer than 50 characters all of it is looked for; one match is enough. Answers are left out, so what is looked for is the
question, or the text where there is no question. The substrings follow from a seed and the item's text.

The search is that of `bloomery.contamination.index`, over characters in place of tokens: a substring is a run of them.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.evidence import Found, Said, Speech, name_of
from bloomery.contamination.index import Hits
from bloomery.contamination.items import Item, Items, Part, Target
from bloomery.kernels import matches
from bloomery.kernels.matches import Fields, Grams, Rows
from bloomery.schema import Batch
from bloomery.text.shingles import ngrams
from bloomery.text.tokens import Ragged, offsets_of

LENGTH, SAMPLES = 50, 3
RULE = f"{LENGTH} characters"
_EMPTY = np.zeros(0, dtype=np.uint64)
_NO_FIELDS = matches.Kinds(0, 0, 0, 0, 0, 0, 0)


def build(rows: Iterable[tuple[str, list[Part]]], seed: int) -> Items:
    """The items of test rows, each with its substrings as the one target; equal questions share it."""
    known = list(rows)
    asked = [_asked(parts) for _, parts in known]
    texts = processed(pl.Series(["".join(text) for _, text in asked], dtype=pl.String)).to_list()
    numbers: dict[tuple[str, str], int] = {}
    targets: list[Target] = []
    items = []
    for (row_id, _), (tier, _), text in zip(known, asked, texts, strict=True):
        if text and (tier, text) not in numbers:
            numbers[tier, text] = len(targets)
            targets.append(Target(tier, tuple(sampled(text, seed)), _EMPTY, (), (), False))
        items.append(Item(row_id, {tier: numbers[tier, text]} if text else {}))
    return Items(items, targets, 0, 0, 0)


def processed(texts: pl.Series) -> pl.Series:
    """Letters and digits only.

    >>> processed(pl.Series(["What's 2 + 2?"])).item()
    'Whats22'
    """
    return texts.str.replace_all(r"[^\p{L}\p{M}\p{N}]+", "")


def sampled(text: str, seed: int) -> list[str]:
    """Three different substrings of 50 characters (all there are, if fewer), in order; or the whole text, if it is shorter."""
    starts = range(max(1, len(text) - LENGTH + 1))
    digest = blake2b(f"{seed}\n{text}".encode(), digest_size=16).digest()
    chosen = Random(int.from_bytes(digest, "big")).sample(starts, min(SAMPLES, len(starts)))  # noqa: S311
    return list(dict.fromkeys(text[at : at + LENGTH] for at in sorted(chosen)))


class Substrings:
    """The substrings of all targets; as `bloomery.contamination.index.Index`."""

    def __init__(self, items: Items) -> None:
        texts = [text for target in items.targets for text in target.texts]
        target = np.repeat(np.arange(len(items.targets)), [len(target.texts) for target in items.targets])
        points = _points(pl.Series(texts, dtype=pl.String))
        length = np.diff(points.offsets)
        keys = np.zeros(len(texts), dtype=np.uint64)
        for width in np.unique(length).tolist():
            same = np.flatnonzero(length == width)
            keys[same] = ngrams(points.take(same), width).values
        weight = 1 / np.bincount(target, minlength=len(items.targets))[target]
        few = points.take(np.flatnonzero(length < LENGTH))
        self.table = matches.table(
            Grams(keys, target, weight, length == LENGTH),
            Fields(_EMPTY, np.zeros(0, dtype=np.int64), _EMPTY),
            np.ones(len(items.targets)),
            matches.leads(few.values, few.offsets, int(np.diff(few.offsets).min(initial=LENGTH))),
            n=LENGTH,
            threshold=0.0,
        )

    def find(self, batch: Batch) -> Hits:
        """The targets of which a substring is in a row of `batch`."""
        points = _points(processed(batch.parts["text"]))
        firsts = np.searchsorted(batch.row_of_part(), np.arange(len(batch) + 1)).astype(np.int64)
        nobody: npt.NDArray[np.int64] = np.zeros(batch.parts.height, dtype=np.int64)
        found = matches.find(Rows(points.values, points.offsets, nobody, firsts), self.table, _NO_FIELDS)
        order = np.lexsort((found.row, found.target))
        return Hits(found.target[order], found.row[order], np.minimum(found.overlap[order], 1.0))


def verify_substrings(target: Target, row: Sequence[Said], words: Sequence[Speech]) -> Found | None:
    """The share of the target's substrings that the row has, counted on the characters themselves."""
    parts = processed(pl.Series([said.text for said in row], dtype=pl.String)).to_list()
    whole = "".join(parts)
    held = [text for text in target.texts if text in whole]
    if not held:
        return None
    at = whole.index(held[0])
    ends = np.cumsum([len(part) for part in parts])
    names = [name_of(words, int(np.searchsorted(ends, place, side="right"))) for place in (at, at + len(held[0]) - 1)]
    detail: dict[str, Any] = {"item_words": None, "train_words": None, "excerpt": held[0]}
    return Found(RULE, round(len(held) / len(target.texts), 6), " to ".join(dict.fromkeys(names)), detail)


def _asked(parts: Sequence[Part]) -> tuple[str, list[str]]:
    """The tier of what is looked for, and its texts."""
    question = [part.text for part in parts if part.role == "prompt"]
    if question and any(part.role == "completion" for part in parts):
        return "question", question
    return "verbatim", [part.text for part in parts if part.role in {"prompt", "completion", "text"}]


def _points(texts: pl.Series) -> Ragged:
    """The characters of each text as numbers."""
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    return Ragged(points << np.uint64(1), offsets_of(texts.str.len_chars().to_numpy().astype(np.int64)))
