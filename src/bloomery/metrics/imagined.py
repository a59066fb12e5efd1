"""What the values of a classification may be, had the missing answers been given: the worst and the best.

With m_c missing answers of class c and m in all, TP, FP, FN of class c as they stand, and P = TP + FP predicted, S = TP + FN
expected:

    recall      from TP / (S + m_c)                       to (TP + m_c) / (S + m_c)
    precision   from TP / (P + m − m_c)                   to (TP + m_c) / (P + m_c)
    F1          from 2 TP / (P + S + m)                   to 2 (TP + m_c) / (P + S + 2 m_c)

Each is reached by some answers: the low end by calling everything else c, the high end by right answers. All high ends are
reached together, so the high end of a macro average is the average of those. The low ends are not, so the low end of a
macro or weighted average is a bound that need not be reached. A class that has no value so far can only lower it, by one wrong
answer each.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.metrics.base import Ends, Metric

#: why there are no bounds
SEVERAL = "which of several accepted answers a missing one would be near is not known"

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def between(table: Counts, missing: Counts, names: Sequence[str]) -> dict[str, Ends]:
    """The ends of values by their names, from the confusion matrix and the missing answers of each class."""
    hits, expected, predicted = np.diag(table), table.sum(axis=1), table[:, :-1].sum(axis=0)
    m, n, right, parsed = int(missing.sum()), int(table.sum()), int(hits.sum()), int(predicted.sum())
    lows = {
        "recall": _over(hits, expected + missing),
        "precision": _over(hits, predicted + m - missing),
        "f1": _over(2 * hits, expected + predicted + m),
    }
    highs = {
        "recall": _over(hits + missing, expected + missing),
        "precision": _over(hits + missing, predicted + missing),
        "f1": _over(2 * (hits + missing), expected + predicted + 2 * missing),
    }
    found: dict[str, Ends] = {
        "accuracy": (right / (n + m), (right + m) / (n + m)),
        "unparsed": ((n - parsed) / (n + m), (n - parsed + m) / (n + m)),
        "f1.micro": (2 * right / (n + parsed + 2 * m), 2 * (right + m) / (n + parsed + 2 * m)),
        "f1.weighted": (_weighted(lows["f1"], expected + missing), _weighted(highs["f1"], expected + missing)),
    }
    sure = {"recall": expected + missing > 0, "precision": predicted > 0, "f1": expected + missing + predicted > 0}
    for kind, low in lows.items():
        more = 0 if kind == "recall" else min(m, int((~sure[kind]).sum()))
        found[f"{kind}.macro"] = (_macro(low[sure[kind]], more), _macro(highs[kind], 0))
    return found | {"balanced_accuracy": found["recall.macro"]} | _each(lows, highs, names)


def _each(lows: Mapping[str, Floats], highs: Mapping[str, Floats], names: Sequence[str]) -> dict[str, Ends]:
    """By class. Where only a wrong answer would give a class its value, that value is 0."""
    found: dict[str, Ends] = {}
    for kind, low in lows.items():
        for place, name in enumerate(names):
            ends = [None if np.isnan(one[place]) else float(one[place]) for one in (low, highs[kind])]
            first, last = ends if None not in ends else (max(ends, key=lambda end: end is not None),) * 2
            found[f"{kind}.{name}"] = (first, last)
    return found


def _macro(values: Floats, zeros: int) -> float | None:
    """The mean over the defined values and so many zeros."""
    defined = values[~np.isnan(values)]
    return float(defined.sum() / (len(defined) + zeros)) if len(defined) + zeros else None


def _weighted(values: Floats, weights: Counts) -> float | None:
    there = weights > 0
    return float(values[there] @ weights[there] / weights.sum()) if there.any() else None


def _over(part: Counts, whole: Counts) -> Floats:
    found: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return found


def perfect(
    metric: Metric,
    items: pl.DataFrame,
    missing: pl.DataFrame,
    prediction: str = "prediction",
    references: str = "references",
) -> pl.DataFrame | None:
    """The items, and the missing ones as if each answer were its reference; None where one has several references."""
    known = missing[references]
    if isinstance(known.dtype, pl.List) and references == "references":
        known = known.list.drop_nulls()
        if (known.list.len() != 1).any():
            return None
        known = known.list.first()
    return _with(metric, items, missing.with_columns(known.alias(prediction)))


def _with(metric: Metric, items: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    made = metric.items(answers)
    return pl.concat([items, made], how="vertical_relaxed") if items.height else made


def of_things(
    metric: Metric,
    items: pl.DataFrame,
    missing: pl.DataFrame,
    prediction: str = "prediction",
    references: str = "references",
) -> dict[str, Ends]:
    """The ends of values that count things (fields, entities, members of a set) where each item has one reference.

    The high end of each is reached by answers that are the references. Recall is lowest where nothing is said. Precision and F1
    have the low end 0: an answer can say any number of wrong things. What counts errors is the other way round.
    """
    best = perfect(metric, items, missing, prediction, references)
    if best is None:
        return {}
    silent = missing.with_columns(pl.lit(None, missing.schema.get(prediction, pl.String())).alias(prediction))
    if silent.schema[prediction] == pl.String:
        silent = silent.with_columns(pl.lit("").alias(prediction))
    low, high = metric.total(_with(metric, items, silent)), metric.total(best)
    found: dict[str, Ends] = {}
    for name, top in high.items():
        if metric.each(best, name) is None and top is not None:
            found[name] = _ends(name, low.get(name), top)
    return found


def _ends(name: str, silent: float | None, top: float) -> Ends:
    """By what a value counts."""
    if "_support." in name:
        return top, top
    if "_recall." in name:
        return silent, top
    if name.endswith("_missing"):
        return top, silent
    return (top, None) if name.endswith("_spurious") else (0.0, top)
