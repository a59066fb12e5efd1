"""Finding one row in a finished run, and its texts."""

from typing import Any, NamedTuple

import msgspec

from bloomery.clean.result import CleanResult
from bloomery.errors import DataError
from bloomery.formats import FORMATS
from bloomery.formats.base import Format, Part

FILES = {"kept": "data.jsonl", "dropped": "dropped.jsonl", "quarantined": "quarantine.jsonl"}


class Found(NamedTuple):
    """A row of a run: where it stands, and its line there."""

    id: str
    fate: str
    line: int  # from 1, in the file of its fate
    source: int  # index into the recipe's data
    json: bytes


def find(run: CleanResult, row_id: str) -> Found:
    """The row with this id. DataError if there is none, naming what ids look like here."""
    found = run.rows.filter(run.rows["id"] == row_id)
    if found.is_empty():
        example = run.rows["id"][0] if run.rows.height else "(the run has no rows)"
        raise DataError(
            f"There is no row '{row_id}' in {run.folder}",
            expected=f"path as given and row number, like {example}",
            next=_meant(run, row_id) or "Ids stand in rows.parquet and dropped.jsonl",
        )
    fate, line, source = found.select("fate", "line", "source").row(0)
    with (run.folder / FILES[fate]).open("rb") as file:
        for number, text in enumerate(file, start=1):
            if number == line:
                return Found(row_id, fate, line, source or 0, text.rstrip(b"\n"))
    raise DataError(f"{run.folder / FILES[fate]} has no line {line}", next="The run was changed by hand: run it again")


def _meant(run: CleanResult, row_id: str) -> str:
    """A question for who gives a row's number, or leaves folders out, where that can only be one row."""
    ids = run.rows["id"]
    likely = ids.filter(ids.str.ends_with(f":{row_id}") | ids.str.ends_with(f"/{row_id}"))
    return f"Did you mean '{likely[0]}'?" if len(likely) == 1 else ""


def record(found: Found) -> dict[str, Any]:
    """The row's own record, without what dropped.jsonl adds."""
    whole: dict[str, Any] = msgspec.json.decode(found.json)
    return whole["row"] if found.fate == "dropped" else whole


def texts(run: CleanResult, found: Found) -> list[Part]:
    """The row's texts in reading order."""
    return format_of(run, found).parse(record(found)).parts


def format_of(run: CleanResult, found: Found) -> Format:
    """The format of a row, bound to the columns of its source."""
    bound = run.manifest["format"]
    cls = next(cls for cls in FORMATS if cls.name == bound["name"])
    return cls(columns=bound["columns"][found.source])
