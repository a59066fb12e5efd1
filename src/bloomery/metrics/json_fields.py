"""JSON answers: whether they are JSON, and which of the fields are right.

An answer is parsed as `bloomery.text.json_text` says, and taken apart to its leaves. The *field* of a leaf is its path:
``customer.name``, ``items[].price`` (a dot in a key is written ``\\.``). A leaf of the answer is right if the reference has
the same value at the same place: a string is never a number, ``true`` is neither 1 nor "true"; 1.0 is 1. What is at another
place is both spurious and missing. Empty objects and lists are leaves.

``lists`` says how an entry of a list finds its counterpart: ``ordered`` by its position, so that one entry too many at the front
shifts all others; ``set`` by its value, as a whole, so that order and repetition do not matter (an object in it is right or
wrong as one leaf).

Precision, recall and F1 count leaves, by field, over all (micro), and as the mean over the fields that the references have
(macro). An answer that cannot be read, or is a list where an object is asked for, has no leaves, and is marked.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, Literal

import polars as pl

from bloomery.errors import DataError
from bloomery.metrics import tally
from bloomery.metrics.base import Metric
from bloomery.metrics.pairs import best, pairs
from bloomery.text.json_text import NOTHING, Where, canonical, value_in
from bloomery.text.normalise import key

_LEAVES = pl.Schema({"pair": pl.UInt32(), "place": pl.String(), "name": pl.String(), "value": pl.String()})


class JsonFields(Metric):
    """JSON validity, and precision, recall and F1 of the fields: micro, macro and each."""

    names: ClassVar[dict[str, str]] = {
        "field_f1.micro": "F1 from the counts of the whole corpus.",
        "json_valid": "Share of answers that hold a JSON value of the kind of the reference, where `where` allows it.",
        "json_only": "Share of answers that are that JSON value and nothing else, as a program needs it.",
        "json_exact_match": "Share of items with every field right and none too many.",
        "field_precision.micro": "Share of all fields said that are right.",
        "field_recall.micro": "Share of all fields meant that are found.",
        "field_f1.macro": "Mean of F1 over the fields that the references have.",
        "field_precision.<field>": "Precision of one field, e.g. customer.name or items[].price.",
        "field_recall.<field>": "Recall of that field.",
        "field_f1.<field>": "F1 of that field.",
        "field_support.<field>": "How often the references have that field.",
    }

    where: Where = "text"
    """Where an answer may have its JSON: it is the ``whole`` answer, perhaps in a code ``fence``, or anywhere in the ``text``."""
    lists: Literal["ordered", "set"] = "ordered"
    """Whether the order in lists matters."""
    null_is_absent: bool = False
    """Whether a key of an object with the value null counts as one that is not there."""
    normalise: bool = False
    """Whether strings are compared without case, width and white space."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is the F1 of the item; the counts, also by field; and three Booleans.

        ``unparsed``: no JSON of the kind of the reference; ``only``: JSON and nothing else; ``exact``: all fields right.
        """
        told = pairs(answers)
        meant = _references(told)
        asked = [(text, type(value)) for text, value in zip(told["prediction"], meant, strict=True)]
        only = [value_in(text, kind, "whole") for text, kind in asked]
        said = [
            value_in(text, kind, self.where) if value is NOTHING else value
            for value, (text, kind) in zip(only, asked, strict=True)
        ]
        flags = {
            "unparsed": pl.Series([value is NOTHING for value in said], dtype=pl.Boolean),
            "only": pl.Series([value is not NOTHING for value in only], dtype=pl.Boolean),
        }
        long = _compared(self._leaves(said), self._leaves(meant))
        scored = best(tally.with_sums(told.select("pair", "row").with_columns(**flags), long))
        exact = (pl.col("score") == 1) & ~pl.col("unparsed")
        return tally.with_names(scored, long).select("score", *flags, *tally.COUNTS, "by_name", exact=exact)

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """All values of `names`; null where there is nothing to divide by."""
        shares = items.select(
            json_valid=(~pl.col("unparsed")).mean(), json_only=pl.mean("only"), json_exact_match=pl.mean("exact")
        )
        return shares.row(0, named=True) | tally.values("field", tally.micro(items), tally.by_name(items))

    def _leaves(self, values: list[Any]) -> pl.DataFrame:
        """The leaves of all values: the pair, the place, the field, and the value in one spelling."""
        rows = [
            (pair, *leaf) for pair, value in enumerate(values) if value is not NOTHING for leaf in self._each(value)
        ]
        leaves = pl.DataFrame(list(map(list, zip(*rows, strict=True))) if rows else None, schema=_LEAVES)
        if self.normalise:
            leaves = leaves.with_columns(key(leaves["value"]))
        return leaves.unique(["pair", "place", "value"], maintain_order=True) if self.lists == "set" else leaves

    def _each(self, value: Any) -> Iterator[tuple[str, str, str]]:
        todo = [("", "", value)]
        while todo:
            place, name, one = todo.pop()
            if self.null_is_absent and isinstance(one, dict):
                one = {own: inner for own, inner in one.items() if inner is not None}
            if isinstance(one, dict) and one:
                for own, inner in one.items():
                    step = _step(own)
                    todo.append((f"{place}.{step}", f"{name}.{step}" if name else step, inner))
            elif isinstance(one, list) and one and self.lists == "ordered":
                todo += [(f"{place}[{number}]", f"{name}[]", inner) for number, inner in enumerate(one)]
            elif isinstance(one, list) and one:
                yield from ((f"{place}[]", f"{name}[]", _spelled(inner)) for inner in one)
            else:
                yield place, name or "value", _spelled(one)


def _spelled(value: Any) -> str:
    """One spelling for equal values; what begins with a quote is a string."""
    return f'"{value}' if isinstance(value, str) else canonical(value)


@lru_cache(maxsize=10_000)
def _step(name: str) -> str:
    """A key in a path."""
    return name.replace("\\", "\\\\").replace(".", "\\.").replace("[", "\\[")


def _references(told: pl.DataFrame) -> list[Any]:
    """The value of each reference."""
    meant = [value_in(text, None, "whole") for text in told["reference"]]
    for item, text, value in zip(told["item"], told["reference"], meant, strict=True):
        if value is NOTHING:
            raise DataError(f"the reference of {item} cannot be read", expected="JSON", found=repr(text[:80]))
    return meant


def _compared(said: pl.DataFrame, meant: pl.DataFrame) -> pl.DataFrame:
    """The counts of each leaf, on either side: ``pair``, ``name`` and the four."""
    keys = ["pair", "place", "value"]
    sides = []
    for one, other, credit, number in (
        (said, meant, "right", "predicted"),
        (meant, said, "found", "expected"),
    ):
        match = one.join(other.select(*keys, hit=pl.lit(1.0)), on=keys, how="left", maintain_order="left")
        counts = {name: pl.lit(0.0) for name in tally.COUNTS} | {
            credit: pl.col("hit").fill_null(0.0),
            number: pl.lit(1.0),
        }
        sides.append(match.select("pair", "name", **counts))
    return pl.concat(sides)
