"""Entities that a model lists as JSON: ``[[0, 9, "DRUG"], …]`` or ``[{"start": 0, "end": 9, "type": "DRUG"}, …]``."""

from typing import Any

import polars as pl

from bloomery.metrics.tags import SPANS_SCHEMA
from bloomery.text.json_text import NOTHING, value_in

#: more spans than this in one answer are no answer
MOST = 10_000
_FURTHEST = 2**31


def listed_spans(texts: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The spans in each text (String), equal ones once, and whether the text could be read.

    The frame is of `SPANS_SCHEMA`; start and end are what the text says (mostly characters, the end after the last).
    A text is not readable without a JSON list in which every entry has 0 <= start < end < 2³¹ and a type that is a string
    and not empty, or with more than `MOST` entries. ``"label"`` may stand for ``"type"``; further keys do not matter.

    >>> found, valid = listed_spans(pl.Series(['So: [{"start": 0, "end": 9, "label": "DRUG"}]', "[[3, 3, 1]]", "none", "[]"]))
    >>> found.rows(), valid.to_list()
    ([(0, 0, 9, 'DRUG')], [True, False, False, True])
    """
    rows: list[tuple[int, int, int, str]] = []
    valid: list[bool] = []
    for row, text in enumerate(texts):
        read = _spans(value_in(text or "", list))
        valid.append(read is not None)
        rows += [(row, *span) for span in read or ()]
    return pl.DataFrame(rows, schema=SPANS_SCHEMA, orient="row"), pl.Series(valid, dtype=pl.Boolean)


def _spans(value: Any) -> list[tuple[int, int, str]] | None:
    if value is NOTHING or len(value) > MOST:
        return None
    found = [_span(entry) for entry in value]
    kept = list(dict.fromkeys(one for one in found if one is not None))
    return sorted(kept) if None not in found else None


def _span(entry: Any) -> tuple[int, int, str] | None:
    if isinstance(entry, dict):
        entry = [entry.get("start"), entry.get("end"), entry.get("type", entry.get("label"))]
    if not isinstance(entry, list) or len(entry) != 3:
        return None
    start, end, type_ = entry
    numbers = type(start) is int and type(end) is int and 0 <= start < end < _FURTHEST  # True is no number
    return (start, end, type_) if numbers and isinstance(type_, str) and type_ else None
