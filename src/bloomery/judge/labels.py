"""What people said: labels of items, from files.

    one row a label   item (or id), label (or verdict, winner, score, value), and who gave it in ``rater``, if there are several
    one row an item   item (or id), and a column for each person: their names are given

A label is a text: "yes", "4", "tie". An empty one is none. One person's second label of an item takes the place of the first
(`once`), and whoever reads labels says how often that was.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bloomery.errors import DataError, did_you_mean
from bloomery.formats.opened import Opened
from bloomery.formats.source import Source
from bloomery.formats.verdict import decode

ITEM = ("item", "id")
LABEL = ("label", "verdict", "winner", "score", "value")
LABELS_SCHEMA = pl.Schema({"item": pl.String(), "rater": pl.String(), "label": pl.String()})
SAID_SCHEMA = pl.Schema({**LABELS_SCHEMA, "place": pl.String()})


def labels(
    path: str | Path, columns: Sequence[str] = (), *, rater: str | None = None, metric: str | None = None
) -> pl.DataFrame:
    """The labels of a file, LABELS_SCHEMA, one of each person and item; see `said`."""
    return once(said(path, columns, rater=rater, metric=metric)).drop("place")


def once(every: pl.DataFrame) -> pl.DataFrame:
    """One label of each person and item: the last, in the place of the first."""
    last = every.group_by("item", "rater", maintain_order=True).agg(pl.col("label", "place").last())
    return last.select(SAID_SCHEMA.names())


def repeated(every: pl.DataFrame) -> pl.DataFrame:
    """``item, rater, len`` of what one person labelled more than once."""
    return every.group_by("item", "rater", maintain_order=True).len().filter(pl.col("len") > 1)


def said(
    path: str | Path, columns: Sequence[str] = (), *, rater: str | None = None, metric: str | None = None
) -> pl.DataFrame:
    """Every label of a file (JSON lines, JSON, CSV, Parquet), SAID_SCHEMA: with the place where it stands.

    `columns` are those of several people.

    `rater` is what the only person is called (the file's name, where none is given). Of a scores table, which has a column
    ``metric``, the rows of `metric` count. Raises DataError for a file without labels, or with those of several metrics.
    """
    if not Path(path).is_file():
        raise DataError(
            f"There is no file of labels {path}",
            expected="a file with item, label and, of several people, rater",
            next="Check the path",
        )
    numbered = _of_metric(list(_numbered(path)), metric, path)
    rows = [row for _, row in numbered]
    names = list(dict.fromkeys(name for row in rows for name in row))
    item = _first(ITEM, names, path, "an item's id")
    wanted = list(columns) or [_first(LABEL, names, path, "a label")]
    for column in wanted:
        if column not in names:
            raise DataError(
                f"{path} has no column '{column}'", expected=", ".join(names), next=did_you_mean(column, names)
            )
    alone = rater or Path(path).stem
    found: list[tuple[str, str, str, str]] = []
    for number, row in numbered:
        for column in wanted:
            label = _text(row.get(column))
            if label and row.get(item) is not None:
                who = column if len(wanted) > 1 else _text(row.get("rater")) or (columns[0] if columns else alone)
                found.append((str(row[item]), who, label, f"{path}, {'line' if _lines(path) else 'row'} {number}"))
    if not found:
        raise DataError(f"{path} has no labels", expected=f"texts in {', '.join(wanted)}", found="none")
    return pl.DataFrame(found, schema=SAID_SCHEMA, orient="row")


def _lines(path: str | Path) -> bool:
    """Whether a row's number is that of a line."""
    return Path(path).suffix in (".jsonl", ".ndjson")


_Rows = list[tuple[int | str, dict[str, Any]]]


def _of_metric(numbered: _Rows, metric: str | None, path: str | Path) -> _Rows:
    """Of a scores table the rows of one metric; rows without a metric as they are."""
    known = list(dict.fromkeys(str(row["metric"]) for _, row in numbered if row.get("metric") is not None))
    if not known:
        return numbered
    mine = [name for name in known if metric is not None and name in (metric, f"{name.partition('.')[0]}.{metric}")]
    wanted = known if len(known) == 1 else mine
    if len(wanted) != 1:
        raise DataError(
            f"{path} has scores of several metrics",
            expected="one, named by --metric: " + ", ".join(known),
            found=metric or "none",
        )
    return [(number, row) for number, row in numbered if row.get("metric") == wanted[0]]


def records(path: str | Path) -> Iterator[dict[str, Any]]:
    """The records of a file that can be read."""
    for _, told in _numbered(path):
        yield told


def _numbered(path: str | Path) -> Iterator[tuple[int | str, dict[str, Any]]]:
    opened = Opened(str(path), Source(path=str(path)))
    try:
        for chunk in opened.chunks():
            for number, raw in zip(chunk.numbers, chunk.raws, strict=True):
                told = decode(bytes(raw).removeprefix(b"\xef\xbb\xbf"))
                if isinstance(told, dict):
                    yield number, told
        opened.finish()
    finally:
        opened.close()


def _first(known: Sequence[str], names: Sequence[str], path: str | Path, what: str) -> str:
    for name in known:
        if name in names:
            return name
    raise DataError(
        f"{path} has no column for {what}",
        expected=f"one called {' or '.join(known)}",
        found=", ".join(names) or "no row",
    )


def _text(value: Any) -> str:
    """A label as text; whole numbers without a point, so that 4 and 4.0 are one label.

    >>> _text(4.0), _text(" yes "), _text(None), _text(True)
    ('4', 'yes', '', 'true')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
