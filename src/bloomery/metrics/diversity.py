"""How much a set of outputs varies: distinct-n, and BLEU of outputs against each other.

- **distinct-n** is the number of different runs of n words over the number of all (Li et al. 2016). It falls as a set grows,
  since words recur: compare sets of the same size only. `sample` makes them so.
- **self-BLEU** is the mean over outputs of sentence BLEU (0 to 100) against all of the others as references (Zhu et al. 2018).
  High means that the outputs are all alike. Matches are clipped as in BLEU, the length compared is the nearest among the
  others, and the formula is sacrebleu's.

Both are figures of a set, not of an item, so they are made from `sample` outputs, drawn with `seed` (all if there are no more).
The score of an item is its own distinct-1, which falls with its length. Words are those of `bloomery.text.tokens`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.metrics import sacre
from bloomery.metrics.base import Corpus, Made, Mean, Metric
from bloomery.metrics.health import ngrams
from bloomery.text.tokens import Ragged, offsets_of, tokens

Ints = npt.NDArray[np.int64]
ORDER = 4


class Diversity(Metric):
    """distinct-1 to -4 and self-BLEU of a sample of the answers."""

    names: ClassVar[dict[str, str]] = {
        "distinct.own": "different words of an answer over all of its words, mean over the answers that have words",
        "distinct.<n>": "different runs of n words over all of them, in the sample; depends on the size of the sample",
        "self_bleu": "mean BLEU, 0 to 100, of each output in the sample against all the others; high where outputs are alike",
    }
    made: ClassVar[Mapping[str, Made]] = {
        "distinct.own": Mean(),
        "distinct.<n>": Corpus("it is of a sample of the texts", "an output drawn twice repeats all of its own words"),
        "self_bleu": Corpus("it is of a sample of the texts", "an output drawn twice is like itself"),
    }
    contrary: ClassVar[frozenset[str]] = frozenset({"self_bleu"})

    sample: Annotated[int, Field(ge=2, le=100_000)] = 1_000
    """How many outputs are drawn."""
    seed: int = 0
    """What the draw depends on."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` (different words over all; null without words) and ``words``, those of the answer as numbers."""
        found = tokens(answers["prediction"].fill_null(""))
        lists = _lists(found)
        score = pl.when(pl.col("words").list.len() > 0).then(
            pl.col("words").list.n_unique() / pl.col("words").list.len()
        )
        return pl.DataFrame({"words": lists}).select(score.alias("score"), "words")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """``distinct.own``, ``distinct.1`` to ``.4`` (null without runs so long), ``self_bleu`` (null for less than 2 outputs).

        Raises MissingExtraError without sacrebleu.
        """
        chosen = items["words"]
        if len(chosen) > self.sample:
            rows = np.random.default_rng(self.seed).choice(len(chosen), self.sample, replace=False)
            chosen = chosen.gather(np.sort(rows))
        lengths = chosen.list.len().cast(pl.Int64).to_numpy()
        words = Ragged(chosen.explode(empty_as_null=False).to_numpy().astype(np.uint64), offsets_of(lengths))
        runs = [ngrams(words, n) for n in range(1, ORDER + 1)]
        shares = {
            f"distinct.{n}": len(np.unique(some.values)) / len(some.values) if len(some.values) else None
            for n, some in enumerate(runs, 1)
        }
        own = items.select(pl.col("score").mean()).item()
        return {"distinct.own": own, **shares, "self_bleu": _self_bleu(runs, lengths) if len(lengths) > 1 else None}


def _lists(words: Ragged) -> pl.Series:
    """A List[UInt64] for each row."""
    every = pl.DataFrame({"row": np.arange(len(words.offsets) - 1)})
    rows = pl.DataFrame({"row": np.repeat(every["row"].to_numpy(), np.diff(words.offsets)), "words": words.values})
    lists = rows.group_by("row", maintain_order=True).agg("words")
    return every.join(lists, on="row", how="left", maintain_order="left")["words"].fill_null([])


def _self_bleu(runs: list[Ragged], lengths: Ints) -> float:
    """Mean of sentence BLEU with effective order."""
    matches, closest = [clipped(some) for some in runs], nearest_lengths(lengths)
    bleu: Any = sacre.library().BLEU
    scores = [
        bleu.compute_bleu(
            [int(one[k]) for one in matches],
            [int(some.offsets[k + 1] - some.offsets[k]) for some in runs],
            int(lengths[k]),
            int(closest[k]),
            smooth_method="exp",
            effective_order=True,
        ).score
        for k in range(len(lengths))
    ]
    return min(100.0, float(np.mean(scores)))


def clipped(values: Ragged) -> Ints:
    """For each row, how many of its values are in other rows, each no more often than in the row that has it most often.

    >>> clipped(Ragged(np.array([1, 1, 2, 1, 3], dtype=np.uint64), np.array([0, 3, 5]))).tolist()
    [1, 1]
    """
    rows = len(values.offsets) - 1
    row = np.repeat(np.arange(rows), np.diff(values.offsets))
    order = np.lexsort((row, values.values))
    value, of = values.values[order], row[order]
    starts = np.flatnonzero(np.append(True, (value[1:] != value[:-1]) | (of[1:] != of[:-1]))) if len(value) else order
    counts = np.diff(np.append(starts, len(value)))
    value, of = value[starts], of[starts]
    edges = np.append(np.flatnonzero(np.append(True, value[1:] != value[:-1])), len(value)) if len(value) else [0]
    found = np.zeros(rows, dtype=np.int64)
    for first, last in pairwise(edges):
        if last - first > 1:
            some = counts[first:last]
            top, second = np.sort(some)[[-1, -2]]
            others = np.where(some < top, top, second)  # the most that any other row has
            found[of[first:last]] += np.minimum(some, others)
    return found


def nearest_lengths(lengths: Ints) -> Ints:
    """For each length the nearest of the others, the smaller of two that are as near.

    >>> nearest_lengths(np.array([5, 9, 6, 5])).tolist(), nearest_lengths(np.array([4, 2, 6])).tolist()
    ([5, 6, 5, 5], [2, 4, 4])
    """
    order = np.argsort(lengths, kind="stable")
    values = lengths[order].astype(np.float64)
    below, above = np.append(-np.inf, values[:-1]), np.append(values[1:], np.inf)
    found = np.empty(len(lengths), dtype=np.int64)
    found[order] = np.where(values - below <= above - values, below, above).astype(np.int64)
    return found
