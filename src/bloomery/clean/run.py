"""A clean run: sources and ops in, a folder with data, ledger and report out.

The folder appears whole at the end or not at all. Everything in it is byte-identical between two runs over the same
bytes with the same recipe and versions, whatever the batch size or number of threads, save ``timings.json``.
"""

import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from bloomery import __version__
from bloomery.clean.clusters import write_clusters
from bloomery.clean.merge import How
from bloomery.clean.ops import entries_of, entry_name
from bloomery.clean.output import Output
from bloomery.clean.people import People
from bloomery.clean.pipeline import Pipeline
from bloomery.clean.reference_index import Index
from bloomery.clean.report import render
from bloomery.clean.result import CleanResult
from bloomery.clean.spool import Spool
from bloomery.clean.summarise import summarise
from bloomery.clean.summary import Summary
from bloomery.clean.tally import Tally, tally
from bloomery.engine import Progress, cores, heard_by, ordered, silent
from bloomery.errors import ImbalanceError
from bloomery.formats.assemble import Piece
from bloomery.formats.read import Reader
from bloomery.formats.write import export
from bloomery.schema import Batch, Op, Task
from bloomery.store import Decision, building, dump
from bloomery.text.counted import counted

LIBRARIES = ("polars", "msgspec", "pydantic", "ftfy", "phonenumbers", "numpy")


def run(
    reader: Reader,
    ops: Sequence[Op],
    *,
    out: Path,
    recipe: dict[str, Any],
    decisions: Sequence[Decision] = (),
    to: str = "jsonl",
    keep_private: bool = True,
    replace: bool = False,
    index: Index | None = None,
    merge: Mapping[str, How] = MappingProxyType({}),
    progress: Progress = silent,
) -> CleanResult:
    """Clean what `reader` reads into the new folder `out`.

    `recipe` is saved as the resolved recipe; `decisions` are those of people, to be respected. `to` may be ``parquet`` or
    ``csv`` for a copy of the kept rows in that container. With ``keep_private=False`` no original of a scrubbed text and
    no unreadable bytes are kept anywhere. With `index`, rows that are in it are duplicates, and the kept ones are added to it
    when all else is done. `merge` says what kept rows get from their duplicates (`bloomery.clean.merge`). Raises UsageError for
    bad input, ImbalanceError if the fates do not add up.
    """
    started = time.perf_counter()
    timings: dict[str, float] = {}
    made_with = {entry_name(op): made for op in ops if (made := op.made_with())}  # what is missing is missed here
    extending = index.extending(reader.task) if index else nullcontext()
    with extending, building(out, replace=replace) as folder, Output(folder, keep_private=keep_private) as output:
        people = People(decisions)
        pipeline = Pipeline(ops, people, reader.formats, Spool(folder / "spool"), index=index, merge=merge)
        known_task = index.task if index else None

        def tick(stage: str, *, rows: int, done: int, total: int) -> None:
            timings[stage] = round(time.perf_counter() - started, 3)
            progress(stage, rows=rows, done=done, total=total)

        pipeline.references.read(
            reader,
            pipeline.spool.folder / "against",
            task=known_task or reader.task,
            tick=lambda rows: tick("reading against", rows=rows, done=rows, total=0),
        )
        with heard_by(tick):
            pipeline.walk(
                _fed(reader, output, known_task),
                tick=lambda rows: tick("reading", rows=rows, done=reader.bytes_read, total=reader.total_bytes),
            )
        after = _written(pipeline, output, tick)
        output.close()
        write_clusters(folder)
        told = [*reader.notes, *pipeline.references.notes, *pipeline.remarks, *_merged(pipeline)]
        told += _unheard(decisions, people)
        summary = summarise(reader, pipeline, after, notes=told)
        summary["sections"] = {name: recipe[name] for name in ("index", "merge") if name in recipe}
        _add_quarantine(summary, output)
        pipeline.spool.remove()
        check_balance(summary)
        write_documents(
            folder, summary, recipe, [dict(bound.columns) for bound in reader.formats], made_with, pipeline.remarks
        )
        _write_copies(folder, decisions, to)
        timings["all"] = round(time.perf_counter() - started, 3)
        (folder / "timings.json").write_bytes(_json(timings))
    return CleanResult(out)


def _written(pipeline: Pipeline, output: Output, tick: Progress) -> Tally:
    """Write all batches; what the rows come to."""
    after = Tally()
    for rendered, told in pipeline.finish(
        lambda batch: (output.render(batch, pipeline.ids), tally(batch)),
        tick=lambda rows: tick("writing", rows=rows, done=rows, total=len(pipeline.would)),
    ):
        output.take(rendered)
        after.add(told)
    return after


def _fed(reader: Reader, output: Output, task: Task | None) -> Iterator[Batch]:
    """The batches of the input, of the task that is known from elsewhere; what cannot be read goes to the output."""
    for batch in reader.numbered(ordered(Piece.decode, reader.pieces(), workers=max(1, cores() // 2))):
        output.quarantine(batch.quarantined)
        yield batch.with_(task=task) if task else batch


def _write_copies(folder: Path, decisions: Sequence[Decision], to: str) -> None:
    """The decisions that were respected, and the kept rows in another container."""
    if decisions:
        (folder / "decisions.jsonl").write_bytes(dump(decisions))
    if to != "jsonl":
        export(folder / "data.jsonl", folder / f"data.{to}", to)


def write_documents(
    folder: Path,
    summary: Summary,
    recipe: dict[str, Any],
    columns: Sequence[dict[str, str]],
    made_with: Mapping[str, Mapping[str, str]],
    remarks: Sequence[str] = (),
) -> None:
    """``manifest.json``, ``summary.json`` and ``report.html`` of a run.

    `columns` bind the format to each source; `made_with` names what an op used beside its options, `remarks` are what ops say
    about what they decided.
    """
    manifest = {
        "bloomery": __version__,
        "verb": "clean",
        "counts": summary["counts"],
        "ops": {
            op["op"]: {key: value for key, value in op.items() if key not in ("op", "options", "remaining")}
            for op in summary["ops"]
        },
        "format": summary["format"] | {"columns": list(columns)},
        "inputs": summary["inputs"],
        "against": summary["against"],
        "recipe": recipe,
        "seed": recipe.get("seed", 0),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }
    manifest |= {"made_with": made_with} if made_with else {}
    manifest |= {"remarks": list(remarks)} if remarks else {}
    (folder / "manifest.json").write_bytes(_json(manifest))
    (folder / "summary.json").write_bytes(_json(summary))
    (folder / "report.html").write_text(render(summary), encoding="utf-8")


def check_balance(summary: Summary) -> None:
    """ImbalanceError unless every row read has exactly one fate."""
    counts = summary["counts"]
    fates = counts["kept"] + counts["dropped"] + counts["quarantined"]
    by_ops = sum(op["dropped"] for op in summary["ops"])
    if counts["read"] != fates or by_ops > counts["dropped"]:
        raise ImbalanceError(
            f"Fates do not add up: read {counts['read']}, kept {counts['kept']}, dropped {counts['dropped']} "
            f"({by_ops} by ops), quarantined {counts['quarantined']}. Nothing was written. This is a bug: please report it."
        )


def resolved(
    reader: Reader,
    ops: Sequence[Op],
    *,
    seed: int,
    index: str | None = None,
    merge: Mapping[str, How] = MappingProxyType({}),
) -> dict[str, Any]:
    """The recipe that repeats this run, every option written out."""
    return (
        ({"index": index} if index else {})
        | ({"merge": dict(merge)} if merge else {})
        | {
            "format": reader.format,
            "seed": seed,
            "data": [source.model_dump(mode="json") for source in reader.sources],
            "clean": entries_of(ops),
        }
    )


def _merged(pipeline: Pipeline) -> list[str]:
    lost = pipeline.merging.lost
    if not lost.height:
        return []
    kept = counted(lost["survivor"].n_unique(), "kept row")
    return [f"What {counted(lost.height, 'duplicate')} knew was merged into {kept}"]


def _unheard(decisions: Sequence[Decision], people: People) -> list[str]:
    lost = [decision.id for decision in decisions if decision.digest not in people.heard]
    if not lost:
        return []
    shown = ", ".join(lost[:3]) + (" …" if len(lost) > 3 else "")
    return [f"{counted(len(lost), 'decision')} found no such row in this input: {shown}"]


def _add_quarantine(summary: Summary, output: Output) -> None:
    reasons: dict[str, int] = {}
    for record in output.quarantined:
        reasons[record.reason] = reasons.get(record.reason, 0) + 1
    summary["quarantine"] = [{"id": q.id, "reason": q.reason} for q in output.quarantined[:20]]
    summary["quarantine_reasons"] = dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))[:20])


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
