"""What BLEU, chrF and TER share: sacrebleu, asked item by item.

sacrebleu wants references as streams: the first reference of every item, then the second of every item. Given the other way
round it scores only as many items as an item has references, and says nothing; cut by ``zip`` to the shortest, it loses
references. Here each item is handed over by itself with all of its references, however many it has, so that neither can
happen; its sufficient statistics are kept, and a score over any rows is sacrebleu's formula over their sum. That is what
sacrebleu does for a corpus. It also keeps the n-grams of all references in memory, which this does not.

The statistics come from ``_extract_corpus_statistics`` and the score from ``_compute_score_from_stats``: names with an
underscore, but what a metric of sacrebleu must define, and what its own significance tests go by. The tests hold the results to
``sacrebleu.corpus_bleu`` and its like.
"""

import importlib
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import PrivateAttr

from bloomery.errors import DataError, MissingExtraError
from bloomery.metrics.base import Metric, referenced
from bloomery.text.characters import UNSPACED_SCRIPTS

_FORGET = 1 << 24  # characters after which what sacrebleu's tokenizers remember is thrown away


def library() -> Any:
    """``sacrebleu.metrics``. MissingExtraError where it is not installed."""
    try:
        return importlib.import_module("sacrebleu.metrics")
    except ImportError:
        raise MissingExtraError("BLEU, chrF and TER by sacrebleu", "metrics") from None


class Corpus(Metric):
    """A metric of sacrebleu: what it is made with is told by sacrebleu's signature, once it is `prepared`."""

    _signature: str = PrivateAttr("")

    def prepared(self, answers: pl.DataFrame) -> Self:
        """With what is 'auto' decided over the whole test set, and its signature known."""
        ready = self.settled(answers)
        ready._signature = signature(ready.library(), answers)
        return ready

    def version(self) -> str:
        """The package's version, the options that are not the default, and sacrebleu's signature."""
        return f"{super().version()} {self._signature}".rstrip()

    def settled(self, answers: pl.DataFrame) -> Self:
        """A copy of the metric with what is 'auto' decided by these answers."""
        del answers
        return self.model_copy()

    @abstractmethod
    def library(self) -> Any:
        """The metric of sacrebleu. MissingExtraError where it is not installed."""


def pairs(answers: pl.DataFrame) -> Iterator[tuple[str, list[str]]]:
    """The prediction ("" for null) and the references of each answer. DataError where an answer has no reference."""
    for prediction, references in referenced(answers).select("prediction", "references").iter_rows():
        yield prediction or "", [one for one in references if one is not None]


def statistics(metric: Any, answers: pl.DataFrame) -> list[list[float]]:
    """The sufficient statistics of each answer, as the metric of sacrebleu has them."""
    found, read = [], 0
    for prediction, references in pairs(answers):
        [numbers] = metric._extract_corpus_statistics([prediction], [[one] for one in references])
        found.append(numbers)
        read += len(prediction) + sum(map(len, references))
        if read > _FORGET:
            read = forget(metric)
    forget(metric)
    return found


def forget(metric: Any) -> int:
    """Empty the memory of the metric's tokenizers, which would keep the last 65,536 texts, however long. Returns 0."""
    tokenizer = getattr(metric, "tokenizer", None)
    for one in (tokenizer, getattr(tokenizer, "_post_tokenizer", None)):
        clear = getattr(type(one).__call__, "cache_clear", None)
        if clear is not None:
            clear()
    return 0


def frame(scores: Sequence[float], found: Sequence[Sequence[float]], columns: Sequence[str]) -> pl.DataFrame:
    """``score`` and a Float64 column for each of the statistics."""
    table = np.asarray(found, dtype=np.float64).reshape(-1, len(columns))
    return pl.DataFrame({"score": np.asarray(scores, dtype=np.float64), **dict(zip(columns, table.T, strict=True))})


def summed(items: pl.DataFrame, columns: Sequence[str]) -> list[float]:
    """The statistics added up over the rows."""
    return list(items.select(pl.col(columns).sum()).row(0))


def with_items(items: pl.DataFrame, columns: Sequence[str], mark: str) -> npt.NDArray[np.float64]:
    """The statistics, a 1 for each item, and whether it has the mark. Shape: (items, columns + 2)."""
    found: npt.NDArray[np.float64] = items.select(
        pl.col(columns).cast(pl.Float64), pl.lit(1.0).alias("items"), pl.col(mark).cast(pl.Float64)
    ).to_numpy()
    return found


def signature(metric: Any, answers: pl.DataFrame) -> str:
    """sacrebleu's signature: number of references (``var`` where it differs), tokenizer, case, version …"""
    counts = answers["references"].list.drop_nulls().list.len().unique().to_list()
    metric.num_refs = counts[0] if len(counts) == 1 else -1
    return str(metric.get_signature())


def unspaced(answers: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Items with references mostly in a script without spaces; and those of which a tenth or more of that is not Han."""
    text = answers["references"].list.join(" ", ignore_nulls=True)
    letters = text.str.count_matches(r"\p{L}")
    cut = text.str.count_matches(rf"[[{UNSPACED_SCRIPTS}]&&\p{{L}}]")
    han = text.str.count_matches(r"[\p{Han}&&\p{L}]")
    return 2 * cut > letters, 10 * (cut - han) >= cut


def check_cut(uncut: pl.Series, metric: str, way_out: str) -> None:
    """DataError if more than half of the items are in a script whose words the metric cannot tell apart."""
    if 2 * uncut.sum() > len(uncut):
        raise DataError(
            f"{metric} would take whole sentences of these references for one word each, and be worthless whatever the "
            "answers say",
            found=f"{uncut.sum():,} of {len(uncut):,} items in a script without spaces that its tokenizer does not cut",
            next=way_out,
        )
