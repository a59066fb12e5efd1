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

How a value is made from items is declared once, in ``made``: a `Share` of items (each 0 or 1), a `Mean` of a number of each item,
or a value of the whole `Corpus` (whatever is not declared). Tests, intervals, sizes and bounds follow from that declaration
(`bloomery.evaluate`), and a name is in no other list.

A metric gets the rows with an answer (all states but ``missing``) and scores the text that is there: an empty, refused or
unparsed answer is an answer, mostly a wrong one. Values with and without such answers, bounds for missing ones, slices and
the scores table are not its business (`bloomery.metrics.score`).
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
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

Floats = npt.NDArray[np.float64]
#: the lowest and the highest that a value can be; None where there is no end
Ends = tuple[float | None, float | None]
#: a column of `items`, an expression over them, or what gives one for the text that a placeholder stands for
Source = str | pl.Expr | Callable[[str], pl.Expr]


@dataclass(frozen=True)
class Share:
    """A value that is the share of items that have something: 0 or 1 (or a Boolean) of each, null where it does not apply."""

    of: Source = "score"
    bounds: Ends = (0.0, 1.0)


@dataclass(frozen=True)
class Mean:
    """A value that is the mean of a number of each item between `bounds`, null where an item has none."""

    of: Source = "score"
    bounds: Ends = (0.0, 1.0)


@dataclass(frozen=True)
class Corpus:
    """A value of all items together. Its reasons, for readers, where something cannot be told; "" where it can."""

    no_bounds: str = "what the missing answers would do to it is not known"
    no_interval: str = ""
    bounds: Ends | None = None  #: where the value has another range than the metric's scores


Made = Share | Mean | Corpus


class Additive(NamedTuple):
    """Numbers of each item that are enough for the corpus values once they are added up, and what makes these values of sums."""

    numbers: Any  #: shape (items, K): an array, or a sparse one of SciPy where most are 0
    values: Callable[[Floats], dict[str, Floats]]  #: sums of shape (R, K) → name: shape (R,), nan where undefined


class Metric(Options):
    """What all metrics share.

    A test demands that every name that `total` emits is declared in `names`; the docs' table is made from these.
    """

    #: what `total` may emit, and a sentence about each; ``<label>`` stands for anything: ``{"recall.<label>": "…"}``.
    #: The first is what the item `score`s are called
    names: ClassVar[dict[str, str]] = {}
    #: the range of `score`, for best-case and worst-case bounds; None where it has no end
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, 1.0)
    #: those of `names` that are shares or means of items; a `Corpus` says why something cannot be told of a value
    made: ClassVar[Mapping[str, Made]] = {}
    #: whether rows without an answer are items as well (the shares of states)
    of_all_rows: ClassVar[bool] = False
    #: whether more is better (false for a perplexity, a Brier score, a latency)
    higher_is_better: ClassVar[bool] = True
    #: those of `names` for which it is the other way round
    contrary: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def name(cls) -> str:
        """The class name in snake case, as recipes spell it: ``ExactMatch`` is ``exact_match``."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def how(cls, name: str) -> Made:
        """How the value `name` is made from items.

        >>> from bloomery.metrics.exact_match import ExactMatch
        >>> ExactMatch.how("exact_match").of
        'score'
        """
        return cls.made.get(cls._declared(name) or "", Corpus())

    @classmethod
    def _declared(cls, name: str) -> str | None:
        """What `name` is called in `names`, where a placeholder may stand for part of it."""
        return name if name in cls.names else next((one for one in cls.names if form(one).fullmatch(name)), None)

    @classmethod
    def each(cls, items: pl.DataFrame, name: str) -> pl.Series | None:
        """The number of each item that `name` is the share or the mean of (Float64, null where an item has none).

        None for a value of the whole corpus.
        """
        made = cls.how(name)
        if isinstance(made, Corpus):
            return None
        if isinstance(made.of, str | pl.Expr):
            source = pl.col(made.of) if isinstance(made.of, str) else made.of
        else:
            found = form(cls._declared(name) or "").fullmatch(name)
            source = made.of(found[1] if found else "")
        return items.select(source.cast(pl.Float64).alias("each"))["each"]

    def version(self) -> str:
        """What made the scores, for the scores table: the package's version and the options that are not the default."""
        options = self.model_dump_json(exclude_defaults=True)
        return __version__ if options == "{}" else f"{__version__} {options}"

    def check(self, answers: pl.DataFrame, run: str) -> None:
        """Raise DataError where what this metric was given is not of these `answers` of `run`; nothing is said of most."""

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

    def additive(self, items: pl.DataFrame) -> Additive | None:
        """What the corpus values are made of, where sums over items are enough: a bootstrap then never looks at the items again.

        ``values`` of the summed numbers is what `total` gives for these rows, for the names that are no share or mean. None where
        sums are not enough, or there are no such values.
        """
        del items
        return None

    def scale(self) -> Ends:
        """The range of an item's number, where only what the metric was given tells it; (None, None): nothing does."""
        return None, None

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, Ends]:
        """The lowest and the highest that values of `total` could be, had the answers that are `missing` been given.

        For those names where it can be said; None where there is no end. Here for shares and means: that of k numbers with sum s
        and u missing ones lies between (s + u low) / (k + u) and (s + u high) / (k + u), with the bounds low and high. `missing`
        are rows as `items` gets them, one at least, without a prediction; `items` may have no rows.
        """
        found: dict[str, Ends] = {}
        for name in self.plain():
            made = self.how(name)
            if not isinstance(made, Corpus):
                each = self.each(items, name) if items.height else None
                known = pl.Series([], dtype=pl.Float64) if each is None else each.drop_nulls()
                found[name] = ends(known, len(missing), made.bounds)
        return found

    def plain(self) -> list[str]:
        """The declared shares and means whose names have no placeholder."""
        return [name for name in self.made if "<" not in name]


def ends(known: pl.Series, missing: int, bounds: Ends) -> Ends:
    """Where the mean lies once so many `missing` numbers between `bounds` are added to the `known` ones.

    >>> ends(pl.Series([1.0, 0.0, 1.0]), 1, (0.0, 1.0))
    (0.5, 0.75)
    """
    count, whole = len(known) + missing, float(known.sum())
    low, high = (None if end is None else (whole + missing * end) / count for end in bounds)
    return low, high


def numbers(items: pl.DataFrame, columns: Sequence[str]) -> Floats:
    """Columns as numbers, nulls as 0. Shape: (items, columns)."""
    found: Floats = items.select(pl.col(columns).cast(pl.Float64).fill_null(0.0)).to_numpy()
    return found


def over(part: Floats, whole: Floats) -> Floats:
    """part / whole, nan where there is nothing to divide by."""
    found: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return found


def form(declared: str) -> re.Pattern[str]:
    """A declared name as a pattern: ``<label>`` stands for anything, and is its first group."""
    found = _FORMS.get(declared)
    if found is None:
        pieces = re.findall(r"<\w+>|[^<]+", declared)
        pattern = "".join("(.+)" if piece[0] == "<" else re.escape(piece) for piece in pieces)
        found = _FORMS[declared] = re.compile(pattern, re.DOTALL)
    return found


_FORMS: dict[str, re.Pattern[str]] = {}


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
