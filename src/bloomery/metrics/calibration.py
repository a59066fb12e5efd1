"""Calibration: whether a classifier's probabilities can be believed.

Over n items with probabilities p of K labels, of which y is right (1 for the right label, else 0):

    log-loss   mean of −ln p(right label), p not below 2⁻⁵² (as scikit-learn clips), so that one certain error is not infinite
    Brier      mean of Σ_k (p_k − y_k)², from 0 to 2; with two labels half of it, the usual (p − y)² (Brier 1950)
    ECE        Σ_b |b| / n · |accuracy of b − mean confidence of b| over bins b of the items, by the highest probability
               (Naeini 2015, Guo 2017)

The ECE depends on its bins, so both ways stand there, with the number of bins among the options: bins of equal width
((0, 1/B], (1/B, 2/B], …, as Guo), most of which may be empty, and bins of equal mass, where items with the same
confidence stay together. It is biased upwards in small samples: a bin of one item is off by nearly 1 or 0.
"""

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.errors import DataError
from bloomery.metrics.base import Corpus, Ends, Made, Mean, Metric, ends, referenced
from bloomery.text.normalise import key

#: how far the probabilities of an item may be from adding up to 1: rounding to three digits, but not the top 5 of 50,000 tokens
TOLERANCE = 0.01
#: the smallest probability that the log-loss knows
LEAST = float(np.finfo(np.float64).eps)

Floats = npt.NDArray[np.float64]


class Calibration(Metric):
    """Log-loss, Brier score and expected calibration error of given probabilities."""

    names: ClassVar[dict[str, str]] = {
        "log_loss": "mean −ln of the probability given to the right label",
        "brier": "mean squared difference of the probabilities and the truth, summed over labels (halved for two labels)",
        "ece.width": "expected calibration error over bins of equal width",
        "ece.mass": "expected calibration error over bins of equal mass",
    }
    bounds: ClassVar[tuple[float | None, float | None]] = (0.0, None)
    made: ClassVar[Mapping[str, Made]] = {
        "log_loss": Mean(bounds=(0.0, None)),
        "brier": Mean("brier", (0.0, 2.0)),
        **dict.fromkeys(
            ("ece.width", "ece.mass"),
            Corpus(
                "in which bin a missing answer would be is not known",
                "it is biased upwards, in a resample more than in the test",
            ),
        ),
    }
    higher_is_better: ClassVar[bool] = False

    column: str = "probabilities"
    """The column of probabilities: a struct with a field for each label, or a list in the order of `labels`."""
    labels: tuple[str, ...] = ()
    """The labels, in the order of the list; not needed for a struct."""
    bins: int = Field(default=15, ge=1)
    """How many bins the calibration errors have."""

    def prepared(self, answers: pl.DataFrame) -> Self:
        """With the labels that the column's fields name, where none are declared."""
        fields = _fields(answers, self.column)
        if self.labels or not fields:
            return self
        return self.model_copy(update={"labels": fields})

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is the log-loss, beside ``brier``, ``confidence`` and whether the most probable label is ``right``.

        All null where an item has no probabilities. Of several labels that are equally probable the first counts. DataError for
        probabilities that are negative or do not add up to 1, and for references that are no label.
        """
        labels = self.prepared(answers).labels
        expected = _places(referenced(answers), labels)
        known = answers[self.column].is_not_null().to_numpy()
        p = _matrix(answers.filter(pl.Series(known)), self.column, labels)
        right = expected[known]
        of_right = p[np.arange(len(p)), right]
        brier = (p * p).sum(axis=1) - 2 * of_right + 1
        made = pl.DataFrame(
            {
                "score": -np.log(np.clip(of_right, LEAST, 1.0)),
                "brier": brier / 2 if len(labels) == 2 else brier,
                "confidence": p.max(axis=1),
                "right": p.argmax(axis=1) == right,
            }
        )
        if known.all():
            return made
        place = np.where(known, np.cumsum(known) - 1, -1)
        return made[pl.Series(place).replace(-1, None)]

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """All of `names`, over the items with probabilities; null where there is none."""
        known = items.drop_nulls("score")
        if known.is_empty():
            return dict.fromkeys(self.names)
        confidence, right = known["confidence"].to_numpy(), known["right"].cast(pl.Float64).to_numpy()
        lower = np.searchsorted(np.sort(confidence), confidence, side="left")
        width = np.clip(np.ceil(confidence * self.bins) - 1, 0, self.bins - 1).astype(np.int64)
        return {
            "log_loss": float(known["score"].to_numpy().mean()),
            "brier": float(known["brier"].to_numpy().mean()),
            "ece.width": _error(confidence, right, width),
            "ece.mass": _error(confidence, right, lower * self.bins // len(known)),
        }

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, Ends]:
        """As for all means; the Brier score of two labels is at most 1."""
        found = super().between(items, missing)
        if len(self.labels) == 2:
            known = items["brier"].drop_nulls() if items.height else pl.Series([], dtype=pl.Float64)
            found["brier"] = ends(known, len(missing), (0.0, 1.0))
        return found


def _error(confidence: Floats, right: Floats, of: npt.NDArray[np.int64]) -> float:
    """Σ_b |Σ_{i in b} (right − confidence)| / n, with the bin `of` each item."""
    return float(np.abs(np.bincount(of, weights=right - confidence)).sum() / len(of))


def _fields(answers: pl.DataFrame, column: str) -> tuple[str, ...]:
    """The labels that a struct names; none for a list."""
    dtype = answers.schema.get(column)
    if isinstance(dtype, pl.Struct):
        return tuple(field.name for field in dtype.fields)
    if isinstance(dtype, pl.List) and dtype.inner.is_numeric():
        return ()
    raise DataError(
        f"The column '{column}' holds no probabilities",
        expected="a struct with a number for each label, or a list of numbers",
        found=str(dtype or "no such column"),
    )


def _places(answers: pl.DataFrame, labels: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Places of the right labels; the first of several references counts."""
    if len(labels) < 2:
        raise DataError(
            "Probabilities need their labels", expected="two at least, in the order of the list", found=str(labels)
        )
    texts = answers["references"].list.drop_nulls().list.first()
    table = dict(zip(key(pl.Series(labels)), range(len(labels)), strict=True))
    places = key(texts).replace_strict(table, default=None, return_dtype=pl.Int64)
    if places.null_count():
        raise DataError(
            "References are not among the labels that have probabilities",
            expected="one of " + ", ".join(labels[:20]),
            found=repr(texts.filter(places.is_null())[0])[:80],
        )
    return places.to_numpy()


def _matrix(answers: pl.DataFrame, column: str, labels: tuple[str, ...]) -> Floats:
    """Probabilities, made to add up to 1. Shape: (answers, labels)."""
    p = _numbers(answers[column], labels)
    whole = p.sum(axis=1)
    bad = ~(p.min(axis=1, initial=0.0) >= 0) | ~(np.abs(whole - 1) <= TOLERANCE)
    if bad.any():
        raise DataError(
            f"{bad.sum():,} rows of '{column}' are no probabilities",
            expected=f"numbers from 0 on that add up to 1 (within {TOLERANCE})",
            found=f"a sum of {whole[bad][0]:.4g} in item '{answers['item'].filter(pl.Series(bad))[0]}'",
            next="The most likely few of many tokens are not enough: give the probabilities of all labels",
        )
    scaled: Floats = p / whole[:, None]
    return scaled


def _numbers(column: pl.Series, labels: tuple[str, ...]) -> Floats:
    if isinstance(column.dtype, pl.Struct):
        absent = [label for label in labels if label not in column.struct.fields]
        if absent:
            raise DataError(f"The label '{absent[0]}' has no probabilities", found=", ".join(column.struct.fields))
        fields = [column.struct.field(label).cast(pl.Float64).fill_null(0.0).to_numpy() for label in labels]
        return np.stack(fields, axis=1)
    if (column.list.len() != len(labels)).any():
        raise DataError("Lists of probabilities have another length than the labels", expected=f"{len(labels)} numbers")
    flat: Floats = column.explode().cast(pl.Float64).fill_null(0.0).to_numpy()
    return flat.reshape(-1, len(labels))
