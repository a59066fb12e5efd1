"""From a run's numbers to its `Summary`, with every text masked."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import polars as pl

from bloomery import __version__
from bloomery.clean.against import References, dataset_of
from bloomery.clean.next_steps import next_steps
from bloomery.clean.pii import mask
from bloomery.clean.pipeline import Pipeline
from bloomery.clean.steps import Step
from bloomery.clean.summary import (
    LENGTH_EDGES,
    AgainstSummary,
    Counts,
    Example,
    InputSummary,
    OpSummary,
    SourceSummary,
    Summary,
    Twin,
)
from bloomery.clean.tally import MEASURED, TEXT_LIMIT, Tally, texts_of, what_if
from bloomery.formats.read import Reader


def summarise(reader: Reader, pipeline: Pipeline, after: Tally, *, notes: Sequence[str]) -> Summary:
    """The summary of a finished run; `after` is everything counted at the end."""
    counts = _counts(reader, after)
    summary: Summary = {
        "version": __version__,
        "format": {"name": reader.format, "task": reader.task, "why": list(reader.why)},
        "inputs": _inputs(reader),
        "against": _against(pipeline.references, after),
        "counts": counts,
        "ops": _ops(pipeline.steps, pipeline, after, counts),
        "sources": _sources(reader, after),
        "lengths": {
            role: {
                "edges": list(LENGTH_EDGES),
                "before": counted.tolist(),
                "after": after.lengths.get(role, np.zeros_like(counted)).tolist(),
                "unit": "characters",
            }
            for role, counted in sorted(pipeline.before.items(), key=lambda item: MEASURED.index(item[0]))
        },
        "examples": [],
        "edits": [],
        "twins": [],
        "pii": dict(sorted(after.pii.items())),
        "quarantine": [],
        "quarantine_reasons": {},
        "sections": {},
        "notes": list(notes),
        "next": [],
    }
    _add_examples(summary, reader, pipeline, after)
    summary["next"] = next_steps(summary)
    return summary


def _counts(reader: Reader, after: Tally) -> Counts:
    total = dict.fromkeys(("kept", "dropped", "edited"), 0)
    for (_, fate), count in after.per_source.items():
        total[fate] += count
    quarantined = sum(file.quarantined for file in reader.files)
    read = sum(file.rows + file.quarantined for file in reader.files)
    return {
        "read": read,
        "kept": total["kept"],
        "edited": total["edited"],
        "dropped": total["dropped"],
        "quarantined": quarantined,
    }


def _inputs(reader: Reader) -> list[InputSummary]:
    return [
        {
            "path": file.path,
            "format": reader.formats[file.source].name,
            "container": file.container,
            "encoding": file.encoding,
            "converted": reader.converted[file.source],
            "rows": file.rows,
            "bytes": file.bytes,
            "sha256": file.sha256,
            "priority": reader.sources[file.source].priority,
            "quarantined": file.quarantined,
        }
        for file in reader.files
    ]


def _against(references: References, after: Tally) -> list[AgainstSummary]:
    """Each dataset, also where nothing was dropped for it."""
    dropped = {name: dict.fromkeys(ops, 0) for name, ops in references.asked.items()}
    for (op, detail), many in sorted(after.against.items()):
        if (dataset := dataset_of(detail)) in dropped:
            dropped[dataset][op] = many
    return [
        {
            "dataset": name,
            "rows": told.rows,
            "dropped": dropped[name],
            "files": [{"path": f.path, "rows": f.rows, "bytes": f.bytes, "sha256": f.sha256} for f in told.files],
        }
        for name, told in references.told.items()
    ]


def _ops(steps: Sequence[Step], pipeline: Pipeline, after: Tally, counts: Counts) -> list[OpSummary]:
    alone = what_if(pipeline.would, [step.number for step in steps])
    remaining = counts["read"] - counts["quarantined"]
    remaining -= sum(n for (op, action, _), n in after.per_reason.items() if op == "person" and action == "drop")
    ops: list[OpSummary] = []
    for step in steps:
        reasons = _reasons(after, step.name, "drop")
        remaining -= sum(reasons.values())
        by_itself, only = alone[step.number]
        ops.append(
            {
                "op": step.name,
                "options": step.op.model_dump(mode="json"),
                "dropped": sum(reasons.values()),
                "edited": after.edited_by[step.name],
                "alone": by_itself,
                "only": only,
                "remaining": remaining,
                "reasons": reasons,
                "edits": _reasons(after, step.name, "edit"),
            }
        )
    return ops


def _reasons(after: Tally, op: str, action: str) -> dict[str, int]:
    """Rows per reason, most first."""
    found = {reason: n for (o, a, reason), n in after.per_reason.items() if (o, a) == (op, action)}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _sources(reader: Reader, after: Tally) -> list[SourceSummary]:
    found: list[SourceSummary] = []
    for index, source in enumerate(reader.sources):
        quarantined = sum(file.quarantined for file in reader.files if file.source == index)
        kept, dropped = after.per_source[index, "kept"], after.per_source[index, "dropped"]
        found.append(
            {
                "path": source.path,
                "read": kept + dropped + quarantined,
                "kept": kept,
                "edited": after.per_source[index, "edited"],
                "dropped": dropped,
                "quarantined": quarantined,
            }
        )
    return found


def masked(texts: Sequence[Sequence[str]]) -> list[list[str]]:
    """``[[role, text], ...]`` with personal data masked."""
    return [[role, mask(text)] for role, text in texts]


def _add_examples(summary: Summary, reader: Reader, pipeline: Pipeline, after: Tally) -> None:
    """Rows to show for each reason, with the text of the row they were compared with."""
    chosen = [example for found in after.examples.values() for example in found]
    wanted = np.unique(np.array([e["against"] for e in chosen if e["against"] is not None], dtype=np.uint64))
    twins = pipeline.spool.rows(wanted, ["source", "raw", "json"])
    texts = {row["n"]: texts_of(row, reader.formats) for row in twins.iter_rows(named=True)}
    names = dict(pipeline.ids.filter(pl.col("n").is_in(wanted)).iter_rows())
    for (op, action, reason), found in sorted(after.examples.items()):
        for example in found:
            twin = texts.get(example["against"])
            shown: dict[str, Any] = {
                "op": op,
                "reason": reason,
                "id": example["id"],
                "score": example["score"],
                "against": names.get(example["against"]),
                "row": masked(texts_of(example, reader.formats)),
                "against_row": masked(twin) if twin else None,
                "detail": example["detail"],
            }
            if action == "drop":
                summary["examples"].append(cast(Example, shown))
            elif action == "keep" and twin is not None:
                summary["twins"].append(cast(Twin, {key: shown[key] for key in Twin.__annotations__}))
            elif action == "edit":
                role, changed = example["role"], example["after"][:TEXT_LIMIT]
                summary["edits"].append(
                    {
                        "op": op,
                        "reason": reason,
                        "id": example["id"],
                        "before": masked([[role, example["before"][: len(changed) + 200]]]),
                        "after": masked([[role, changed]]),
                    }
                )
