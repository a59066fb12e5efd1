"""Training rows as examples: what is asked and what is to be said; at most so many of them, whatever the files hold.

The rows that are taken are drawn by the seed while the files are read: each row gets a random number, and those with the lowest
are kept. So the memory is that of the kept ones, and the draw does not depend on how the files are cut.
"""

import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.schema import Batch
from bloomery.text.normalise import key

#: what stands before the answer; the system's message is the recipe's business
_ASKED = ("prompt", "completion", "tool", "text")


class Example(NamedTuple):
    """A training row."""

    id: str
    prompt: str
    answer: str


class Examples(NamedTuple):
    """Those that were drawn, in the order of the files."""

    rows: list[Example]
    of: int  #: rows that were read
    excluded: int  #: rows whose prompt is that of an item of the test
    unusable: int  #: drawn rows without prompt or answer


def examples(files: Sequence[str], *, most: int, seed: int, without: Iterable[str] = ()) -> Examples:
    """At most `most` rows of the files, none of which asks what one of the texts `without` asks.

    Prompts are compared by their keys (`bloomery.text.normalise`). Raises DataError for a file that cannot be read.
    """
    kept: list[tuple[float, int, Example | None]] = []  # a heap, the highest number first
    barred = set(key(pl.Series(list(without), dtype=pl.String)).to_list())
    rng, count, excluded = np.random.default_rng(seed), 0, 0
    for batch in Reader([Source(path=path) for path in files]):
        drawn = rng.random(len(batch))
        bound = -kept[0][0] if len(kept) >= most else 1.0
        chosen = np.flatnonzero(drawn <= bound)
        found = _examples(batch, chosen)
        keys = key(pl.Series([one.prompt if one else "" for one in found], dtype=pl.String)).to_list()
        for place, example, asked in zip(chosen.tolist(), found, keys, strict=True):
            if example is not None and asked in barred:
                excluded += 1
                continue
            entry = (-float(drawn[place]), count + place, example)
            if len(kept) < most:
                heapq.heappush(kept, entry)
            elif entry > kept[0]:
                heapq.heapreplace(kept, entry)
        count += len(batch)
    rows = [example for _, _, example in sorted(kept, key=lambda entry: entry[1])]
    usable = [example for example in rows if example is not None]
    return Examples(usable, count, excluded, len(rows) - len(usable))


def _examples(batch: Batch, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Example | None]:
    """The rows at these places; None for one without prompt or answer."""
    rows = batch.rows.select("n", "id")[chosen]
    parts: dict[int, list[tuple[str, str]]] = {n: [] for n in rows["n"]}
    some = batch.parts.select("n", pl.col("role").cast(pl.String), "text").join(rows, on="n", how="semi")
    for n, role, text in some.iter_rows():
        parts[n].append((role, text))
    return [_example(row_id, parts[n]) for n, row_id in rows.iter_rows()]


def _example(row_id: str, parts: list[tuple[str, str]]) -> Example | None:
    answers = [place for place, (role, _) in enumerate(parts) if role == "completion"]
    labels = [text for role, text in parts if role == "label"]
    if answers:
        before, answer = parts[: answers[-1]], parts[answers[-1]][1]
    else:
        before, answer = parts, "\n".join(labels)
    prompt = "\n\n".join(text for role, text in before if role in _ASKED)
    return Example(row_id, prompt, answer) if prompt.strip() and answer.strip() else None
