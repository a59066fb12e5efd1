"""Classification: one label of a declared set an item, by accuracy and by class.

With TP, FP, FN of a class c over the items (Van Rijsbergen 1979):

    precision = TP / (TP + FP)    recall = TP / (TP + FN)    F1 = 2 TP / (2 TP + FP + FN)

What is undefined is null, not 0: the precision of a class that was never predicted, the recall of one that has no items, the
F1 of one that has neither. A macro average is the mean over the classes where the value is defined, micro counts TP, FP, FN
over all classes together, weighted is the mean by support. F1 is never that of one class ("binary"): that is ``f1.<label>``.

An unparsed answer is wrong: a FN of its class and no TP or FP of any, and has its own rate and its own column in the confusion
matrix. It is not a class, so the macro mean is over true classes only (two classes with F1 1 and 2/3 and one
unparsed answer: .833; with the unparsed as a class of F1 0 it would be .556). Micro F1 is then not the accuracy: an
unparsed answer is a FN, but no FP.

MCC is R_K (Gorodkin 2004), with the unparsed among the predictions; null where all predictions or all references are one label.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field, ValidationError, field_validator
from scipy.sparse import csr_array

from bloomery.errors import DataError
from bloomery.metrics.base import Additive, Corpus, Floats, Made, Metric, Share, over, referenced
from bloomery.metrics.imagined import between
from bloomery.metrics.labels import WORDS, Labels, labels, read
from bloomery.schema import complaints
from bloomery.text.normalise import key

#: labels that a test set may show where none are declared: more, and it is no classification
MOST = 1_000
TAKEN = ("macro", "micro", "weighted", "macro.majority")

Counts = npt.NDArray[np.int64]


class Classification(Metric):
    """Accuracy, precision, recall and F1 by class and averaged, MCC, and what guessing would reach."""

    names: ClassVar[dict[str, str]] = {
        "accuracy": "share of answers with the right label; an unparsed answer is wrong",
        "balanced_accuracy": "mean recall of the classes that have items",
        "precision.macro": "mean precision of the classes that were predicted",
        "recall.macro": "mean recall of the classes that have items; the same as balanced_accuracy",
        "f1.macro": "mean F1 of the classes, each weighing the same",
        "f1.micro": "F1 of all classes counted together; unparsed answers are missed, and predict nothing",
        "f1.weighted": "mean F1 of the classes by their support",
        "mcc": "Matthews correlation (R_K for several classes): 0 is guessing, 1 is all right",
        "unparsed": "share of answers that name no label, or two; empty ones and refusals are among them",
        "accuracy.majority": "accuracy of always answering the most frequent label of these references",
        "accuracy.prior": "expected accuracy of guessing labels as often as these references have them",
        "f1.macro.majority": "macro F1 of always answering the most frequent label",
        "precision.<label>": "precision of one class; undefined where it was never predicted",
        "recall.<label>": "recall of one class; undefined where it has no items",
        "f1.<label>": "F1 of one class",
        "support.<label>": "items of one class",
    }
    made: ClassVar[Mapping[str, Made]] = {
        "accuracy": Share(),
        "unparsed": Share("unparsed"),
        "recall.<label>": Share(
            lambda label: pl.when(pl.col("expected").cast(pl.String) == label).then(pl.col("score"))
        ),
        "support.<label>": Corpus(no_interval="it counts the items of this test"),
        **dict.fromkeys(
            ("accuracy.majority", "accuracy.prior", "f1.macro.majority"),
            Corpus(
                no_interval="it is made of the label shares of this test, in a resample less even ones, so biased upwards"
            ),
        ),
        "mcc": Corpus("which answers would be the worst for it is not known"),
    }
    contrary: ClassVar[frozenset[str]] = frozenset({"unparsed"})

    labels: tuple[str, ...] = ()
    """The label set; where none is given, the labels are those of the references, and the result says so."""
    aliases: dict[str, str] = Field(default_factory=dict)
    """Other spellings of labels, `{spelling: label}`."""
    words: tuple[str, ...] = WORDS
    """Words that announce a verdict when ":" or "is" comes after them."""

    @field_validator("labels")
    @classmethod
    def _not_an_average(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        taken = [name for name in names if name in TAKEN]
        if taken:
            raise ValueError(f"a label cannot be called {taken[0]}, since f1.{taken[0]} is an average over classes")
        return names

    def prepared(self, answers: pl.DataFrame) -> Self:
        """With the label set of the whole test set, where none is declared."""
        if self.labels:
            return self
        found = referenced(answers)["references"].explode().drop_nulls().unique().sort()
        spelt = pl.DataFrame({"name": found, "key": key(found)}).unique("key", keep="first", maintain_order=True)[
            "name"
        ]
        if len(spelt) > MOST:
            raise DataError(
                f"{len(spelt):,} different references are no label set",
                expected=f"at most {MOST:,} labels, or those declared in the recipe",
                next="Declare labels, or choose a metric of free text such as exact_match",
            )
        try:
            return type(self)(**{**self.model_dump(), "labels": tuple(spelt)})
        except ValidationError as error:
            raise DataError("The references cannot be a label set", found=complaints(error)) from None

    def remarks(self, answers: pl.DataFrame) -> tuple[str, ...]:
        """Says where the labels came from if they were not declared."""
        if self.labels:
            return ()
        names = self.prepared(answers).labels
        shown = [
            name if len(name) <= 40 and "\n" not in name else f"{name.split(chr(10))[0][:40]}…" for name in names[:20]
        ]
        more = ", …" if len(names) > 20 else ""
        return (
            f"classification: no labels declared; the {len(names):,} of the references were taken: {', '.join(shown)}{more}",
        )

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``expected`` and ``predicted`` (Enum of the label set; null where unparsed), ``score`` 1 or 0, ``unparsed``, ``how``.

        Where several labels are accepted, the predicted one is expected if it is among them, and otherwise the first. DataError
        for a reference that is no label.
        """
        metric = self.prepared(answers)
        among = labels(metric.labels, metric.aliases, metric.words)
        told = read(answers["prediction"], among)
        expected = _expected(referenced(answers), told["label"], among)
        names = pl.Enum(metric.labels)
        return pl.DataFrame(
            {
                "score": (told["label"] == expected).fill_null(False).cast(pl.Float64),
                "expected": expected.cat.to(names),
                "predicted": told["label"].cat.to(names),
                "unparsed": told["label"].is_null(),
                "how": told["how"],
            }
        )

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """All of `names`, with every label of the set."""
        table = _table(items)
        by_class = _by_class(table)
        overall = _overall(table) | _averages(by_class) | _baselines(table.sum(axis=1))
        found = {name: overall[name] for name in self.names if name in overall}
        for place, name in enumerate(_names(items)):
            found |= {f"{kind}.{name}": _known(values[place]) for kind, values in by_class.items()}
        return found

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, tuple[float | None, float | None]]:
        """The ends of all values but MCC and the baselines (`bloomery.metrics.imagined`)."""
        among = labels(self.labels, self.aliases, self.words)
        unsaid = pl.repeat(None, len(missing), dtype=pl.UInt32, eager=True)
        expected = _expected(referenced(missing), unsaid, among).to_numpy().astype(np.int64)
        size = len(self.labels)
        table = _table(items) if len(items) else np.zeros((size, size + 1), dtype=np.int64)
        added = np.bincount(expected, minlength=size)
        sure = _baselines(table.sum(axis=1) + added)  # whatever the answers are
        sure |= {
            f"support.{name}": float(count) for name, count in zip(self.labels, table.sum(axis=1) + added, strict=True)
        }
        return between(table, added, self.labels) | {name: (value, value) for name, value in sure.items()}

    def additive(self, items: pl.DataFrame) -> Additive:
        """Hits, support and predictions of each class."""
        names = _names(items)
        size = len(names)
        expected = items["expected"].to_physical().to_numpy().astype(np.int64)
        predicted = items["predicted"].to_physical().cast(pl.Int64).fill_null(size).to_numpy()
        rows = np.arange(len(expected))
        right, parsed = predicted == expected, predicted < size
        column = np.concatenate([expected[right], size + expected, 2 * size + predicted[parsed]])
        row = np.concatenate([rows[right], rows, rows[parsed]])
        table = csr_array((np.ones(len(row)), (row, column)), shape=(len(rows), 3 * size))
        return Additive(table, lambda sums: _of_sums(sums, names))

    def confusion(self, items: pl.DataFrame) -> pl.DataFrame:
        """Counts: a row an expected label, a column a predicted one, and last the column ``unparsed``.

        Columns are called after their labels; where a label is called unparsed or expected, the column of that name is ours
        and the label's has a ``=`` before it.
        """
        names = _names(items)
        shown = [f"={name}" if name in ("expected", "unparsed") else name for name in names]
        table = pl.DataFrame(_table(items), schema=[*shown, "unparsed"], orient="row")
        return table.insert_column(0, pl.Series("expected", names))


def _expected(answers: pl.DataFrame, predicted: pl.Series, among: Labels) -> pl.Series:
    """Places of the expected labels (UInt32)."""
    references = answers["references"].list.drop_nulls()
    texts = references.explode()
    places = key(texts).replace_strict(among.exact, default=None, return_dtype=pl.UInt32)
    if places.null_count():
        raise DataError(
            f"{texts.filter(places.is_null()).n_unique():,} references are not in the label set",
            expected="one of " + ", ".join(among.names[:20]),
            found=repr(texts.filter(places.is_null())[0])[:80],
            next="Declare it among the labels, or as an alias of one",
        )
    if len(places) == len(answers):
        return places
    count = references.list.len().cast(pl.Int64).to_numpy()
    row = np.repeat(np.arange(len(count)), count)
    first = places.gather(np.cumsum(count) - count)
    accepted = row[(predicted.gather(row) == places).fill_null(False).to_numpy()]
    hit = np.zeros(len(count), dtype=np.bool_)
    hit[accepted] = True
    return predicted.zip_with(pl.Series(hit), first)


def _names(items: pl.DataFrame) -> list[str]:
    """The label set."""
    dtype = items.schema["expected"]
    assert isinstance(dtype, pl.Enum)
    return dtype.categories.to_list()


def _table(items: pl.DataFrame) -> Counts:
    """The confusion matrix, expected × predicted, the unparsed in a last column. Shape: (labels, labels + 1)."""
    size = len(_names(items))
    expected = items["expected"].to_physical().to_numpy().astype(np.int64)
    predicted = items["predicted"].to_physical().cast(pl.Int64).fill_null(size).to_numpy()
    cells = np.bincount(expected * (size + 1) + predicted, minlength=size * (size + 1))
    table: Counts = cells.reshape(size, size + 1)
    return table


def _by_class(table: Counts) -> dict[str, Floats]:
    """Precision, recall, F1 and support of each class; nan where undefined."""
    hits, support, predicted = np.diag(table), table.sum(axis=1), table[:, :-1].sum(axis=0)
    return {
        "precision": _over(hits, predicted),
        "recall": _over(hits, support),
        "f1": _over(2 * hits, support + predicted),
        "support": support.astype(np.float64),
    }


def _averages(of: Mapping[str, Floats]) -> dict[str, float | None]:
    support = of["support"]
    there = support > 0
    return {
        **{f"{kind}.macro": _mean(of[kind]) for kind in ("precision", "recall", "f1")},
        "f1.weighted": float((of["f1"][there] * support[there]).sum() / support.sum()),
        "balanced_accuracy": _mean(of["recall"]),
    }


def _overall(table: Counts) -> dict[str, float | None]:
    hits, n, parsed = int(np.trace(table)), int(table.sum()), int(table[:, :-1].sum())
    return {
        "accuracy": hits / n,
        "f1.micro": 2 * hits / (n + parsed),
        "unparsed": 1 - parsed / n,
        "mcc": _mcc(table),
    }


def _mcc(table: Counts) -> float | None:
    """R_K = (c s − Σ t p) / √((s² − Σ p²) (s² − Σ t²)), c right ones of s items, t and p how often each is true, predicted."""
    true, predicted = table.sum(axis=1).astype(np.float64), table.sum(axis=0).astype(np.float64)
    s = true.sum()
    spread = (s * s - predicted @ predicted) * (s * s - true @ true)
    return float((np.trace(table) * s - true @ predicted[:-1]) / np.sqrt(spread)) if spread > 0 else None


def _of_sums(sums: Floats, names: Sequence[str]) -> dict[str, Floats]:
    """All values for each row of sums: hits, support and predictions of each class."""
    hits, support, predicted = np.split(sums, 3, axis=1)
    n, parsed, right = support.sum(axis=1), predicted.sum(axis=1), hits.sum(axis=1)
    of = {
        "precision": over(hits, predicted),
        "recall": over(hits, support),
        "f1": over(2 * hits, support + predicted),
    }
    found = {f"{kind}.macro": _means(values) for kind, values in of.items()}
    unparsed = n - parsed
    spread = (n * n - (predicted**2).sum(axis=1) - unparsed**2) * (n * n - (support**2).sum(axis=1))
    most, classes = support.max(axis=1) / n, (support > 0).sum(axis=1)
    found |= {
        "balanced_accuracy": found["recall.macro"],
        "f1.weighted": (np.nan_to_num(of["f1"]) * support).sum(axis=1) / n,
        "f1.micro": 2 * right / (n + parsed),
        "mcc": over(right * n - (support * predicted).sum(axis=1), np.sqrt(np.maximum(spread, 0.0))),
        "accuracy.majority": most,
        "accuracy.prior": ((support / n[:, None]) ** 2).sum(axis=1),
        "f1.macro.majority": 2 * most / (1 + most) / classes,
    }
    for kind, values in of.items():
        found |= {f"{kind}.{name}": values[:, place] for place, name in enumerate(names)}
    return found


def _means(values: Floats) -> Floats:
    """The mean of each row over the defined ones."""
    defined = ~np.isnan(values)
    return over(np.where(defined, values, 0.0).sum(axis=1), defined.sum(axis=1).astype(np.float64))


def _baselines(support: Counts) -> dict[str, float | None]:
    share = support / support.sum()
    most = float(share.max())
    classes = int((share > 0).sum())
    return {
        "accuracy.majority": most,
        "accuracy.prior": float(share @ share),
        "f1.macro.majority": 2 * most / (1 + most) / classes,
    }


def _over(part: Counts, whole: Counts) -> Floats:
    found: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return found


def _mean(values: Floats) -> float | None:
    """Over the defined ones; None where none is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
