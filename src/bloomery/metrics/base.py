"""A metric: a frozen model whose fields are its options, with two verbs.

``items`` turns each answer into numbers that can be added up (sufficient statistics: an F1 needs the predicted and the
expected label of each item, BLEU its counts of n-grams, perplexity a sum and a count of tokens), and ``total`` makes the
values of the metric from such rows. So a value over a slice, without the unanswered, or of a bootstrap replicate is ``total``
over some of the same rows, and never a mean of means.

Answers are a Polars frame, one row an item of the test set:

    item         String        the id of the test row, as everywhere
    prediction   String        what the model said; null if there is no answer
    references   List[String]  the accepted answers, one at least
    state        String        one of STATES
    ...                        further columns of the test row, for slices and for metrics that name them

A metric gets the rows with an answer (all states but ``missing``) and scores the text that is there: an empty, refused or
unparsed answer is an answer, mostly a wrong one. Values with and without such answers, bounds for missing ones, slices and
the scores table are not its business (`bloomery.metrics.score`).
"""

import re
from abc import abstractmethod
from typing import ClassVar, Self

import polars as pl

from bloomery import __version__
from bloomery.errors import DataError
from bloomery.schema import Options

#: what an answer can be: ``missing`` means that there is none (the call failed), and is never scored
STATES = ("answered", "empty", "refused", "unparsed", "missing")

#: the columns that every frame of answers has
ANSWERS_SCHEMA = pl.Schema(
    {"item": pl.String(), "prediction": pl.String(), "references": pl.List(pl.String()), "state": pl.String()}
)


class Metric(Options):
    """What all metrics share.

    A test demands that every name that `total` emits is declared in `names`; the docs' table is made from these.
    """

    #: what `total` may emit, and a sentence about each; ``<label>`` stands for anything: ``{"recall.<label>": "…"}``.
    #: The first is what the item `score`s are called
    names: ClassVar[dict[str, str]] = {}
    #: the range of `score`, for best-case and worst-case bounds; None where it has no end
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    #: those of `names` that are the mean of `score`: for these `between` knows bounds where answers are missing
    means: ClassVar[frozenset[str]] = frozenset()
    #: whether more is better (false for a perplexity, a Brier score, a latency)
    higher_is_better: ClassVar[bool] = True
    #: those of `names` for which it is the other way round
    contrary: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def name(cls) -> str:
        """The class name in snake case, as recipes spell it: ``ExactMatch`` is ``exact_match``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def version(self) -> str:
        """What made the scores, for the scores table: the package's version and the options that are not the default."""
        options = self.model_dump_json(exclude_defaults=True)
        return __version__ if options == "{}" else f"{__version__} {options}"

    def prepared(self, answers: pl.DataFrame) -> Self:
        """The metric with what it must know of the whole test set (its labels); rows of state ``missing`` are here, too."""
        del answers
        return self

    def remarks(self, answers: pl.DataFrame) -> tuple[str, ...]:
        """What a reader of the values must know about how this metric, not yet `prepared`, was read."""
        del answers
        return ()

    @abstractmethod
    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """One row an answer, in order: ``score`` (Float64, null where one item has no value) and what `total` needs.

        A Boolean column ``unparsed``, where there is one, marks answers that could not be read as what was asked for
        (a label, JSON). Shape: (answers.height, at least 1).
        """

    @abstractmethod
    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The values over these rows, by name: ``f1.macro``, ``recall.refund``. Null where the value is undefined.

        Never called without rows.
        """

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, tuple[float | None, float | None]]:
        """The lowest and the highest that values of `total` could be, had the answers that are `missing` been given.

        For those names where it can be said; None where there is no end. Here for `means`: a mean of k scores with sum s and u
        missing ones lies between (s + u low) / (k + u) and (s + u high) / (k + u), with the `bounds` low and high. `missing` are
        rows as `items` gets them, one at least, without a prediction; `items` may have no rows.
        """
        scores = items["score"].drop_nulls()
        count, whole = len(scores) + len(missing), float(scores.sum())
        low, high = (None if end is None else (whole + len(missing) * end) / count for end in self.bounds)
        return dict.fromkeys(self.means, (low, high))


def referenced(answers: pl.DataFrame) -> pl.DataFrame:
    """`answers`, once it is certain that each has a reference.

    Raises DataError: without one a metric would compare with an empty text.
    """
    none = answers["references"].list.drop_nulls().list.len().fill_null(0) == 0
    if none.any():
        raise DataError(
            f"{none.sum():,} of {len(answers):,} test rows have no reference",
            expected="one accepted answer at least in each",
            found=f"none in item '{answers['item'].filter(none)[0]}'",
            next="Take these rows out, or leave metrics that need references out",
        )
    return answers
