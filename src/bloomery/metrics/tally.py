"""Precision, recall and F1 from counts that can be added up.

Four numbers, of an item, a type, a field or a corpus:

    predicted   how many things the answer says
    expected    how many the reference says (the support)
    right       the credit of the predicted things; precision = right / predicted
    found       the credit of the expected things;  recall = found / expected

``right`` and ``found`` are the same count of matches where a thing is right or wrong. They differ where a span that is too
long finds all of the expected one and is itself only half right. F1 is the harmonic mean, 2PR / (P + R), which for
right = found is 2 · right / (predicted + expected) (van Rijsbergen 1979, chapter 7).

Where nothing is there: an *item* with nothing expected and nothing predicted is right, 1; with one of them empty it is 0. For a
*corpus*, a type or a field, precision without predictions and recall without support are undefined (None); F1 is 0 if one of
the two is missing, and None if both are.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.sparse import csr_array, hstack

from bloomery.metrics.base import Additive, Floats, numbers, over

COUNTS = ("right", "found", "predicted", "expected")


class Tally(NamedTuple):
    """The four sums."""

    right: float
    found: float
    predicted: float
    expected: float

    @property
    def precision(self) -> float | None:
        """right / predicted; None without predictions."""
        return self.right / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        """found / expected; None without support."""
        return self.found / self.expected if self.expected else None

    @property
    def f1(self) -> float | None:
        """2PR / (P + R); 0 if one side is empty or nothing matches, None if both sides are empty.

        >>> Tally(1, 1, 2, 4).f1, Tally(0, 0, 2, 0).f1, Tally(0, 0, 0, 0).f1
        (0.3333333333333333, 0.0, None)
        """
        if not self.predicted and not self.expected:
            return None
        precision, recall = self.precision or 0.0, self.recall or 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def item_f1() -> pl.Expr:
    """F1 of each row, from the columns `COUNTS`: 1 if both sides are empty, 0 if one is."""
    precision, recall = pl.col("right") / pl.col("predicted"), pl.col("found") / pl.col("expected")
    return (
        pl.when(pl.col("predicted") + pl.col("expected") == 0)
        .then(1.0)
        .when((pl.col("right") == 0) | (pl.col("found") == 0))
        .then(0.0)
        .otherwise(2 * precision * recall / (precision + recall))
    )


def with_sums(pairs: pl.DataFrame, long: pl.DataFrame) -> pl.DataFrame:
    """The pairs with their `COUNTS` and ``score``, from a frame ``pair`` + `COUNTS` with any number of rows a pair."""
    sums = long.group_by("pair").agg(pl.col(COUNTS).sum().cast(pl.Float64))
    joined = pairs.join(sums, on="pair", how="left", maintain_order="left")
    scored = joined.with_columns(pl.col(COUNTS).fill_null(0.0)).with_columns(score=item_f1())
    return scored.with_columns(score=_readable_only(scored))


def _readable_only(scored: pl.DataFrame) -> pl.Expr:
    """The score, 0 where an answer could not be read: to say nothing that can be read is not to say that nothing is there."""
    return pl.when("unparsed").then(0.0).otherwise("score") if "unparsed" in scored.columns else pl.col("score")


def with_names(pairs: pl.DataFrame, long: pl.DataFrame) -> pl.DataFrame:
    """The pairs with ``by_name``, their counts by name: List of Struct (name, `COUNTS`), from long rows ``pair, name, …``."""
    sums = long.group_by("pair", "name", maintain_order=True).agg(pl.col(COUNTS).sum().cast(pl.Float64))
    lists = sums.group_by("pair").agg(by_name=pl.struct("name", *COUNTS))
    return pairs.join(lists, on="pair", how="left", maintain_order="left")


def micro(items: pl.DataFrame) -> Tally:
    """The sums over all rows."""
    return Tally(*(float(items[name].sum()) for name in COUNTS))


def by_name(items: pl.DataFrame) -> dict[str, Tally]:
    """The sums by name, in order of names, for the names that the references of these rows hold.

    What only answers say (an invented type, a field that nobody asked for) has no recall: it counts in `micro` alone, so that
    the values and their mean are over the same names for every model.
    """
    lists = items.select("by_name").drop_nulls()
    if not lists.height:
        return {}
    long = lists.explode("by_name", empty_as_null=False).unnest("by_name")
    sums = long.group_by("name").agg(pl.col(COUNTS).sum()).filter(pl.col("expected") > 0).sort("name")
    return {name: Tally(*counts) for name, *counts in sums.select("name", *COUNTS).iter_rows()}


def values(prefix: str, whole: Tally, named: dict[str, Tally]) -> dict[str, float | None]:
    """``PREFIX_f1.micro``, ``PREFIX_f1.macro`` (mean of F1 over the names, not F1 of means), ``PREFIX_recall.NAME`` …"""
    found = dict(_three(prefix, "micro", whole))
    f1s = [tally.f1 or 0.0 for tally in named.values()]
    found[f"{prefix}_f1.macro"] = sum(f1s) / len(f1s) if f1s else None
    for own, tally in named.items():
        name = f"<{own}>" if own in ("micro", "macro") else own  # these are taken
        found.update(_three(prefix, name, tally))
        found[f"{prefix}_support.{name}"] = tally.expected
    return found


def additive(items: pl.DataFrame, prefix: str, more: Sequence[str] = ()) -> Additive:
    """What `values` are made of: the four counts of all, columns of one's own, and the four of each name, mostly 0.

    The names are those that the references of `items` hold; where a resample has none of a name, its values are undefined,
    and the macro mean is over the others.
    """
    rows = items.select("by_name").with_row_index("row").drop_nulls("by_name")
    long = rows.explode("by_name", empty_as_null=False).unnest("by_name") if rows.height else None
    names, table = [], csr_array(numbers(items, (*COUNTS, *more)))
    if long is not None:
        names = long.filter(pl.col("expected") > 0)["name"].unique().sort().to_list()
        long = long.filter(pl.col("name").is_in(names))
    if long is not None and names:
        place = {name: at for at, name in enumerate(names)}
        at = long["name"].replace_strict(place, return_dtype=pl.Int64).to_numpy()
        row = long["row"].to_numpy().astype(np.int64)
        cells = [(long[count].to_numpy(), (row, at * len(COUNTS) + k)) for k, count in enumerate(COUNTS)]
        parts = [csr_array(cell, shape=(items.height, len(COUNTS) * len(names))) for cell in cells]
        table = hstack([table, sum(parts[1:], parts[0])], format="csr")
    first = len(COUNTS) + len(more)

    def values(sums: Floats) -> dict[str, Floats]:
        found = ratios(prefix, "micro", sums[:, : len(COUNTS)])
        by = {name: sums[:, first + len(COUNTS) * k :][:, : len(COUNTS)] for k, name in enumerate(names)}
        whole, count = np.zeros(len(sums)), np.zeros(len(sums))
        for own, counts in by.items():
            there = counts[:, 3] > 0
            one = ratios(prefix, f"<{own}>" if own in ("micro", "macro") else own, counts)
            found |= {name: np.where(there, value, np.nan) for name, value in one.items()}
            f1 = next(value for name, value in one.items() if name.startswith(f"{prefix}_f1."))
            whole += np.where(there, np.nan_to_num(f1), 0.0)
            count += there
        return found | {f"{prefix}_f1.macro": over(whole, count)}

    return Additive(table, values)


def ratios(prefix: str, name: str, counts: Floats) -> dict[str, Floats]:
    """Precision, recall and F1 for each row of the four counts; nan where `Tally` has None."""
    right, found, predicted, expected = counts.T
    precision, recall = over(right, predicted), over(found, expected)
    p, r = np.nan_to_num(precision), np.nan_to_num(recall)
    f1 = np.where(predicted + expected > 0, np.nan_to_num(over(2 * p * r, p + r)), np.nan)
    return {f"{prefix}_precision.{name}": precision, f"{prefix}_recall.{name}": recall, f"{prefix}_f1.{name}": f1}


def _three(prefix: str, name: str, tally: Tally) -> Iterator[tuple[str, float | None]]:
    yield f"{prefix}_precision.{name}", tally.precision
    yield f"{prefix}_recall.{name}", tally.recall
    yield f"{prefix}_f1.{name}", tally.f1
