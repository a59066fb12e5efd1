"""The numbers of a finished run after rows came back: lengths, other datasets, what to do next, documents, copies."""

from collections import Counter
from typing import Any

import msgspec
import polars as pl

from bloomery.clean.against import dataset_of
from bloomery.clean.next_steps import next_steps
from bloomery.clean.result import CleanResult
from bloomery.clean.run import check_balance, write_documents
from bloomery.clean.tally import Counts
from bloomery.formats.export import TARGETS, export


def summary_of(run: CleanResult) -> dict[str, Any]:
    """The summary as it stands, with what runs of older versions lack."""
    summary: dict[str, Any] = msgspec.json.decode((run.folder / "summary.json").read_bytes())
    return {"against": [], "sections": {}} | summary


def recount(summary: dict[str, Any], lengths: Counts, drops: pl.DataFrame) -> None:
    """Count rows with these `lengths` among the kept ones, and no more as `drops` (lines of the ledger: op, detail)."""
    for role, many in lengths.items():
        after = summary["lengths"][role]["after"]
        summary["lengths"][role]["after"] = [one + int(more) for one, more in zip(after, many, strict=True)]
    known = Counter((dataset_of(detail), op) for op, detail in drops.select("op", "detail").iter_rows())
    for one in summary["against"]:
        for op in one["dropped"]:
            one["dropped"][op] -= known[one["dataset"], op]


def write(run: CleanResult, summary: dict[str, Any], recipe: dict[str, Any]) -> None:
    """Write what tells of the run, and last the copies of the kept rows in other containers.

    UsageError if a row that came back has no place in such a table; the copy is gone then, and all else is in order.
    """
    summary["next"] = next_steps(summary)  # type: ignore[arg-type]
    check_balance(summary)  # type: ignore[arg-type]
    made_with = run.manifest.get("made_with", {})
    write_documents(run.folder, summary, recipe, run.manifest["format"]["columns"], made_with)  # type: ignore[arg-type]
    for to in TARGETS:
        copy = run.folder / f"data.{to}"
        if copy.exists():
            copy.unlink()
            export(run.data, copy, to)
