"""What the manifest of a split says: what went where, what was asked and achieved, and the proof."""

import platform
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from bloomery import __version__
from bloomery.formats.read import Reader
from bloomery.split.collect import Rows
from bloomery.split.options import Split
from bloomery.split.place import OUT_OF_DISTRIBUTION, Placed
from bloomery.split.proof import Proof
from bloomery.split.units import Units
from bloomery.text.counted import counted

LIBRARIES = ("polars", "msgspec", "pydantic", "numpy")
FEW = 100  # test rows
SHOWN = 10  # labels or ids named in a note


class Facts(NamedTuple):
    """All that a finished split knows."""

    folder: Path
    reader: Reader
    rows: Rows
    units: Units
    labels: pl.DataFrame
    placed: Placed
    proof: Proof
    options: Split


def manifest(facts: Facts) -> dict[str, Any]:
    """The manifest of a split."""
    table = _label_table(facts)
    return {
        "bloomery": __version__,
        "verb": "split",
        "counts": _counts(facts),
        "ratio": _ratio(facts),
        "splits": {name: _split(facts, name, table) for name in facts.placed.splits},
        "unused": dict(sorted(_tally(facts.placed.reason).items())),
        "clusters": _clusters(facts),
        "proof": _proof(facts),
        "notes": [*facts.reader.notes, *facts.placed.notes, *_notes(facts, table)],
        "format": {"name": facts.reader.format, "columns": [dict(form.columns) for form in facts.reader.formats]},
        "inputs": [file._asdict() for file in facts.reader.files],
        "options": facts.options.model_dump(mode="json"),
        "seed": facts.options.seed,
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }


def json_bytes(value: Any) -> bytes:
    """`value` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _counts(facts: Facts) -> dict[str, int]:
    """``read = written + unused + quarantined``."""
    unused, unread = len(facts.placed.reason), len(facts.rows.quarantined)
    return {
        "read": facts.rows.n + unread,
        "written": facts.proof.rows,
        "unused": unused,
        "quarantined": unread,
    }


def _ratio(facts: Facts) -> dict[str, Any]:
    """Shares in percent; achieved before balancing, and without rows that are held out."""
    names = list(facts.options.shares)
    rows = {name: len(facts.placed.rows(name)) for name in names}
    rows["train"] += sum(reason == "undersampled" for reason in facts.placed.reason.values())
    total = sum(rows.values())
    return {
        "asked": {name: round(100 * share, 4) for name, share in facts.options.shares.items()},
        "achieved": {name: round(100 * count / total, 4) for name, count in rows.items()},
    }


def _split(facts: Facts, name: str, table: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    path = facts.folder / f"{name}.jsonl"
    with path.open("rb") as file:
        digest = _digest(file)
    labels = {label: counts[name] for label, counts in table.items() if name in counts}
    return {"file": path.name, "rows": len(facts.placed.rows(name)), "sha256": digest, "labels": labels}


def _digest(file: Any) -> str:
    found = sha256()
    while block := file.read(1 << 20):
        found.update(block)
    return found.hexdigest()


def _clusters(facts: Facts) -> dict[str, Any]:
    """Duplicate clusters, and units (clusters joined by groups)."""
    units, ids = facts.units, facts.rows.ids
    return {
        "duplicate_clusters": units.clusters,
        "rows_in_them": units.in_clusters,
        "largest": {"rows": len(units.largest), "ids": ids[units.largest[:3]].to_list()},
        "units": len(units.rows),
        "largest_unit": int(units.rows.max()),
    }


def _proof(facts: Facts) -> dict[str, Any]:
    """What was found in the written files, read anew."""
    proof, options = facts.proof, facts.options
    order = np.concatenate([facts.placed.rows(name) for name in facts.placed.splits])
    ids, splits = facts.rows.ids, facts.placed.splits
    highest: Any = f"below {proof.floor:g}"
    if proof.closest is not None:
        rows = [int(order[line]) for line in (proof.closest.a, proof.closest.b)]
        highest = {
            "similarity": round(proof.closest.similarity, 6),
            "rows": [ids[row] for row in rows],
            "splits": [splits[facts.placed.of_row[row]] for row in rows],
            "compared": proof.closest.kind,
        }
    return {
        "rows": proof.rows,
        "near": options.near,
        "width": options.width,
        "compared": ["text", "question"] if options.match == "both" else [options.match],
        "pairs_across_splits": proof.across,
        "highest_across_splits": highest,
    }


def _notes(facts: Facts, table: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What a reader should know before trusting the split."""
    n, unread, wordless = facts.rows.n, len(facts.rows.quarantined), facts.rows.wordless
    notes = []
    if unread:
        notes.append(f"{counted(unread, 'record')} could not be read: quarantine.jsonl says why")
    if wordless:
        notes.append(f"{counted(wordless, 'row')} without text to compare taken for duplicates of nothing")
    notes += _big(facts, n)
    notes += _absent(facts, table)
    for name in ("test", OUT_OF_DISTRIBUTION):
        rows = len(facts.placed.rows(name)) if name in facts.placed.splits else FEW
        if rows < FEW:
            notes.append(
                f"{name} has {counted(rows, 'row')}: differences of a few points between two models cannot be told on it"
            )
    return notes


def _big(facts: Facts, n: int) -> list[str]:
    largest, unit = len(facts.units.largest), int(facts.units.rows.max())
    if largest * 2 > n:
        advice = "if their prompts are a template, compare with --match text; else raise --near"
        return [f"One duplicate cluster holds {largest:,} of {counted(n, 'row')}, so the ratio cannot be met; {advice}"]
    if unit * 2 > n:
        return [f"One group, with its duplicates, holds {unit:,} of {counted(n, 'row')}, so the ratio cannot be met"]
    return []


def _absent(facts: Facts, table: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Labels that are not in every split, and why."""
    names = [name for name in facts.options.shares if name in facts.placed.splits]
    absent = [label for label, counts in table.items() if any(name not in counts for name in names)]
    if not absent:
        return []
    shown = ", ".join(f"'{label}'" for label in absent[:SHOWN]) + (" …" if len(absent) > SHOWN else "")
    why = "the rows came in order of time" if facts.options.time else "fewer independent rows than splits"
    return [f"{counted(len(absent), 'label is', 'labels are')} not in every split ({why}): {shown}"]


def _label_table(facts: Facts) -> dict[str, dict[str, int]]:
    """Label to split to rows, the most frequent label first; unused rows left out."""
    if facts.labels.is_empty():
        return {}
    where = pl.Series(np.array([*facts.placed.splits, ""])[facts.placed.of_row], dtype=pl.String)
    counted = (
        facts.labels.with_columns(split=where.gather(facts.labels["row"]))
        .filter(pl.col("split") != "")
        .group_by("label", "split")
        .len()
        .sort(pl.col("len").sum().over("label"), "label", "split", descending=[True, False, False])
    )
    table: dict[str, dict[str, int]] = {}
    for label, split, rows in counted.iter_rows():
        table.setdefault(label, {})[split] = rows
    return table


def _tally(reasons: Mapping[int, str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for reason in reasons.values():
        counts[reason] = counts.get(reason, 0) + 1
    return counts
