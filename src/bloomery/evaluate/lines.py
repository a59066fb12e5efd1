"""The values of an evaluation as people read them: the whole test set, without those of single classes."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from bloomery.metrics.names import METRICS, metric_of
from bloomery.metrics.score import SHARES

GROUP = "task."
#: values that say how many answers could be read: over those alone they say nothing
_OF_READING = frozenset({"unparsed", "json_valid"})


class Line(NamedTuple):
    """A value in words; what is not known is ""."""

    name: str
    shown: str
    range: str  #: 95 % interval
    answered: str  #: over the answered items alone, where that differs
    missing: str  #: what it could be had the missing answers been given
    unparsed: int  #: answers that the metric could not read as what it asks for


def whole_names() -> frozenset[str]:
    """Names that are of no single class or label, without group."""
    return frozenset({*SHARES, *(name for metric in METRICS.values() for name in metric.names if "<" not in name)})


def plain(name: str) -> str:
    """A name without its group.

    >>> plain("task.f1.macro")
    'f1.macro'
    """
    return name.removeprefix(GROUP)


def lines(values: pl.DataFrame, intervals: Mapping[str, Sequence[float]]) -> list[Line]:
    """The lines of a values table, in its order."""
    known = whole_names()
    whole = values.filter(pl.col("slice").is_null()).iter_rows(named=True)
    found = []
    for row in whole:
        if plain(row["metric"]) in known or metric_of(row["metric"]) is None:  # a metric of the user's own
            ends = intervals.get(row["metric"])
            differs = row["answered_value"] is not None and row["answered_value"] != row["value"]
            differs = differs and plain(row["metric"]) not in _OF_READING
            say = _whole if is_count(plain(row["metric"])) else three
            found.append(
                Line(
                    plain(row["metric"]),
                    say(row["value"]) if row["value"] is not None else row["error"] or "",
                    between(*ends) if ends else "",
                    say(row["answered_value"]) if differs else "",
                    between(row["low"], row["high"])
                    if row["missing"] and plain(row["metric"]) not in SHARES and row["low"] is not None
                    else "",
                    row["unparsed"],
                )
            )
    return found


def is_count(name: str) -> bool:
    """Whether a value counts something, and has no decimals.

    >>> is_count("entity_missing"), is_count("accuracy")
    (True, False)
    """
    metric = METRICS.get(metric_of(f"{GROUP}{name}") or "")
    return metric is not None and metric.names.get(name, "").casefold().startswith("number of")


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def three(value: float | None) -> str:
    """A value with three decimals, more figures before it where it is large.

    >>> three(0.56254), three(1234.5), three(34.5678), three(None)
    ('0.563', '1,234', '34.57', '')
    """
    if value is None:
        return ""
    size = abs(value)
    return f"{value:,.0f}" if size >= 1000 else f"{value:.2f}" if size >= 10 else f"{value:.3f}"


def between(low: float | None, high: float | None) -> str:
    """Two ends.

    >>> between(0.1, None)
    '0.100 to any'
    """
    return f"{three(low) or 'any'} to {three(high) or 'any'}"
