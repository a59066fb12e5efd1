"""The values of an evaluation as people read them: the whole test set, without those of single classes."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import isfinite
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
        found.append(
            Line(
                plain(name),
                amount(plain(name), row["value"]) if row["value"] is not None else row["error"] or "",
                UNKNOWN
                if around is None or around["low"] is None
                else ranging(plain(name), around["low"], around["high"]),
                "" if around is None else around["method"].partition(" percentile")[0],
                amount(plain(name), row["answered_value"]) if differs else "",
                _with_missing(row) if row["missing"] else "",
                _ends(plain(name), *manifest["bounds_read"].get(name, (None, None))) if row["unparsed"] else "",
                row["unparsed"],
            )
        )
    return found


@cache
def is_count(name: str) -> bool:
    """Whether a value counts something, and has no decimals.

    >>> is_count("entity_missing"), is_count("accuracy")
    (True, False)
    """
    metric = METRICS.get(metric_of(f"{GROUP}{name}") or "")
    return metric is not None and metric.names.get(name, "").casefold().startswith("number of")


def amount(name: str, value: float | None) -> str:
    """A number in the units of the value `name`: a count has no decimals, anything else three.

    >>> amount("entity_missing", 12.0), amount("accuracy", 0.5)
    ('12', '0.500')
    """
    return "" if value is None else f"{value:,.0f}" if is_count(name) else three(value)


def ranging(name: str, low: float | None, high: float | None) -> str:
    """Two ends in the units of the value `name`.

    >>> ranging("entity_missing", 3.02, 9.96), ranging("accuracy", 0.1, None)
    ('3 to 10', '0.100 to any')
    """
    return f"{amount(name, low) or 'any'} to {amount(name, high) or 'any'}"


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
    return _ends(name, row["low"], None if row["high"] is None else row["high"] + more)


def _resampled(method: str) -> str:
    """``bootstrap percentile (1,000, too short for 30 items)`` as a sentence."""
    name, _, rest = method.partition(" percentile (")
    count, _, doubt = rest.rstrip(")").partition(", too short")
    return f"{name}: percentiles of {count} resamples" + (f", an interval that is too short{doubt}" if doubt else "")


def _ends(name: str, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return UNKNOWN
    said = amount(name, low)
    return said if said == amount(name, high) else ranging(name, low, high)


def three(value: float | None) -> str:
    """A value with three decimals, more figures before it where it is large; never "-0.000".

    What differs by the rounding of sums alone is the same, and half of the last digit goes up.

    >>> three(0.56254), three(1234.5), three(34.5678), three(None), three(-0.0001)
    ('0.563', '1,235', '34.57', '', '0.000')
    >>> three(0.4775), three(0.4774999999999999), three(0.47750000000000004)
    ('0.478', '0.478', '0.478')
    """
    if value is None:
        return ""
    if not isfinite(value):
        return str(value)
    size = abs(value)
    places = 0 if size >= 1000 else 2 if size >= 10 else 3
    exact = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{exact + 0:,}" if exact else f"{abs(exact)}"
