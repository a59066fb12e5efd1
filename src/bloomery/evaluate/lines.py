"""The values of an evaluation as people read them: the whole test set, without those of single classes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from bloomery.metrics.base import Corpus
from bloomery.metrics.names import METRICS, maker, metric_of
from bloomery.metrics.shares import SHARES

GROUP = "task."
#: values that say how many answers could be read: over those alone they say nothing
_OF_READING = frozenset({"unparsed", "json_valid"})


#: stands where there is nothing to tell: the reason is among the notes (`unknown`)
UNKNOWN = "unknown"


class Line(NamedTuple):
    """A value in words; what does not differ or does not apply is ""."""

    name: str
    shown: str
    range: str  #: 95 % interval, or UNKNOWN
    by: str  #: how the interval was made
    answered: str  #: over the answered items alone, where that differs
    missing: str  #: what it could be had the missing answers been given, or UNKNOWN
    read: str  #: what it could be had the unparsed answers been given and read as well, or UNKNOWN
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


def lines(values: pl.DataFrame, manifest: Mapping[str, Any]) -> list[Line]:
    """The lines of a values table, in its order, with the intervals and bounds of the manifest."""
    found = []
    for row in _whole(values):
        name = row["metric"]
        around = manifest["intervals"].get(name)
        differs = row["answered_value"] is not None and row["answered_value"] != row["value"]
        differs = differs and plain(name) not in _OF_READING
        say = _count if is_count(plain(name)) else three
        found.append(
            Line(
                plain(name),
                say(row["value"]) if row["value"] is not None else row["error"] or "",
                UNKNOWN if around is None or around["low"] is None else between(around["low"], around["high"]),
                "" if around is None else around["method"].partition(" percentile")[0],
                say(row["answered_value"]) if differs else "",
                _with_missing(row) if row["missing"] else "",
                _ends(*manifest["bounds_read"].get(name, (None, None))) if row["unparsed"] else "",
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


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def unknown(values: pl.DataFrame, manifest: Mapping[str, Any]) -> list[str]:
    """Why there are no intervals and no bounds, a sentence a reason, and what a bootstrap is here."""
    intervals, bounds = dict[str, list[str]](), dict[str, list[str]]()
    for row, line in zip(_whole(values), lines(values, manifest), strict=True):
        if line.range == UNKNOWN:
            around = manifest["intervals"].get(row["metric"])
            why = around["why"] if around else "no answer has a value"
            intervals.setdefault(why, []).append(line.name)
        if UNKNOWN in (line.missing, line.read):
            made_by = maker(line.name)
            made = made_by.how(line.name) if made_by else Corpus()
            why = made.no_bounds if isinstance(made, Corpus) and row["value"] is not None else "there is no value yet"
            bounds.setdefault(why, []).append(line.name)
    said = [f"no interval around {', '.join(names)}: {why}" for why, names in intervals.items()]
    said += list(
        dict.fromkeys(
            _resampled(one["method"]) for one in manifest["intervals"].values() if "bootstrap" in one["method"]
        )
    )
    return said + [f"no bounds for {', '.join(names)}: {why}" for why, names in bounds.items()]


def _whole(values: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows of the whole test that are of no single class, or of a metric of the user's own."""
    known = whole_names()
    rows = values.filter(pl.col("slice").is_null()).iter_rows(named=True)
    return [row for row in rows if plain(row["metric"]) in known or metric_of(row["metric"]) is None]


def _with_missing(row: Mapping[str, Any]) -> str:
    """What missing answers could have made of a value; each of them could have been empty, or a refusal."""
    name = plain(row["metric"])
    if name == "missing":
        return "–"
    more = row["missing"] / row["n"] if name in SHARES else 0.0
    return _ends(row["low"], None if row["high"] is None else row["high"] + more)


def _resampled(method: str) -> str:
    """``bootstrap percentile (1,000, too short for 30 items)`` as a sentence."""
    name, _, rest = method.partition(" percentile (")
    count, _, doubt = rest.rstrip(")").partition(", too short")
    return f"{name}: percentiles of {count} resamples" + (f", an interval that is too short{doubt}" if doubt else "")


def _ends(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return UNKNOWN
    return three(low) if three(low) == three(high) else between(low, high)


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
