"""Which top-level fields the rows have, of which JSON types, and how often they are missing."""

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from bloomery.profile.result import Column

TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "list", dict: "object"}
MOST_COLUMNS = 200


def columns(rows: Iterable[bytes]) -> list[Column]:
    """Columns in order of first appearance, at most `MOST_COLUMNS`; `rows` are JSON objects.

    >>> columns([b'{"id": 1, "text": "a"}', b'{"id": "2", "text": null}'])[0]
    Column(name='id', types={'integer': 0.5, 'string': 0.5}, missing=0.0)
    """
    total, seen = 0, defaultdict[str, Counter[str]](Counter)
    for row in rows:
        total += 1
        record = msgspec.json.decode(row)
        for name, value in record.items() if isinstance(record, dict) else ():
            if name in seen or len(seen) < MOST_COLUMNS:
                seen[name].update(() if value is None else (TYPES[type(value)],))
    return [_column(name, types, total) for name, types in seen.items()]


def _column(name: str, types: Counter[str], total: int) -> Column:
    ordered = sorted(types.items(), key=lambda item: (-item[1], item[0]))
    return Column(name, {kind: count / total for kind, count in ordered}, (total - types.total()) / total)
