"""Tightening the threshold of `near` in a finished run, by the similarities that stand in its ledger.

A row that `near` had dropped at a lower similarity comes back: its line in the ledger becomes a ``keep`` with the reason
``below_threshold``. The ops that come after `near` had not decided on it, so they do now: they may edit it, and may drop it
in their turn. A row that is left goes to its place in ``data.jsonl``. Files, counts, clusters, report and recipe follow.

No similarity is computed, so this is not quite a new run at that threshold: each row had been compared with the row that it
was dropped for, and rows that come back are not compared with one another. Every row that stays dropped is that similar to
the row it names; rows that are kept may be as similar, too. A new run with the recipe in the manifest would find these.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl

from bloomery.clean.clusters import write_clusters
from bloomery.clean.lines import LINES_SCHEMA, Kept, lines_of_op, order
from bloomery.clean.moving import add_to_ledger, move, write_parquet
from bloomery.clean.near import Near
from bloomery.clean.ops import build, entries_of, entry_name
from bloomery.clean.recount import recount, summary_of, write
from bloomery.clean.result import CleanResult
from bloomery.clean.steps import Step, steps
from bloomery.clean.tally import bins, count
from bloomery.errors import DataError
from bloomery.formats import FORMATS
from bloomery.formats.base import Format
from bloomery.formats.write import encode
from bloomery.schema import LEDGER_SCHEMA, PARTS_SCHEMA, ROWS_SCHEMA, Batch, DatasetOp, apply, proposals
from bloomery.store import private
from bloomery.text.counted import counted

_NAME, _REASON, _BACK = Near.name(), "near_duplicate", "below_threshold"


class _Line(msgspec.Struct):
    """A line of dropped.jsonl."""

    id: str
    op: str
    reason: str
    score: float | None
    digest: str
    row: msgspec.Raw


class _Judged(NamedTuple):
    """Rows that came back, after the ops that follow."""

    batch: Batch
    lines: pl.DataFrame  # LINES_SCHEMA, and id; by row, step, part


def rethreshold(run: CleanResult, threshold: float) -> CleanResult:
    """Take back what `near` dropped at a similarity below `threshold`.

    Raises DataError if the run cannot be tightened to that; then nothing has changed.
    """
    ops = build(run.manifest["recipe"]["clean"])
    at = _place(run, [entry_name(op) for op in ops])
    near, later = ops[at], steps(ops)[at + 1 :]
    assert isinstance(near, Near)
    _check(run, near, later, threshold)
    bound = run.manifest["format"]
    form = next(one for one in FORMATS if one.name == bound["name"])
    formats = [form(columns=columns) for columns in bound["columns"]]
    chosen = _below(run, threshold)
    judged = _judged(_batch(run, chosen, formats), later)
    short = None if near.short is None else max(near.short, threshold)
    ops[at] = tight = near.model_copy(update={"threshold": threshold, "short": short})
    was, ledger = run.rows, run.ledger  # read before they are moved
    _write(run, chosen, judged, formats, threshold)
    recipe = run.manifest["recipe"] | {"clean": entries_of(ops)}
    _recount(run, judged, was, ledger, near=(near, tight), later=later, recipe=recipe)
    return CleanResult(run.folder)


def _place(run: CleanResult, names: Sequence[str]) -> int:
    if _NAME not in names:
        raise DataError(f"{run.folder} has no near duplicates", expected="a run with near", found=", ".join(names))
    return names.index(_NAME)


def _check(run: CleanResult, near: Near, later: Sequence[Step], threshold: float) -> None:
    if not near.threshold < threshold <= 1:
        raise DataError(
            f"{run.folder} cannot be tightened to {threshold:g}",
            expected=f"a threshold above {near.threshold:g}, that of the run, and of 1 at most",
            next="For a lower one clean again: rows that are not that similar were not written down",
        )
    if run.manifest["recipe"].get("merge"):
        raise DataError(
            f"{run.folder} cannot be tightened",
            expected="a run without merge",
            found="kept rows that hold what their duplicates knew",
            next="Clean again with the other threshold",
        )
    if names := [step.name for step in later if isinstance(step.op, DatasetOp)]:
        raise DataError(
            f"{run.folder} cannot be tightened",
            expected="only ops after near that decide on each row by itself",
            found=", ".join(names),
            next="Clean again with the other threshold",
        )


def _below(run: CleanResult, threshold: float) -> list[_Line]:
    """The lines of the rows that come back, in input order."""
    lines = (run.folder / "dropped.jsonl").read_bytes().split(b"\n")[:-1]
    found = (msgspec.json.decode(line, type=_Line) for line in lines if b'"near"' in line)
    return [line for line in found if line.op == _NAME and line.score is not None and line.score < threshold]


def _batch(run: CleanResult, chosen: Sequence[_Line], formats: Sequence[Format]) -> Batch:
    """The rows as they stood when they were dropped, numbered from 0."""
    sources = dict(run.rows.filter(pl.col("id").is_in([line.id for line in chosen])).select("id", "source").iter_rows())
    rows, parts = [], []
    for n, line in enumerate(chosen):
        raw, source = bytes(line.row), sources[line.id]
        parsed = formats[source].parse(msgspec.json.decode(raw))
        rows.append((n, line.id, source, 0, raw, parsed.fault, True, False))
        parts += [(n, k, part.role, part.text) for k, part in enumerate(parsed.parts)]
    bound = run.manifest["format"]
    return Batch(
        pl.DataFrame(rows, schema=ROWS_SCHEMA, orient="row"),
        pl.DataFrame(parts, schema=PARTS_SCHEMA, orient="row"),
        bound["name"],
        bound["task"],
    )


def _judged(batch: Batch, later: Sequence[Step]) -> _Judged:
    """What the ops after `near` decide."""
    told, nobody = [pl.DataFrame(schema=LINES_SCHEMA)], Kept(np.zeros(0, dtype=np.uint64))
    for step in later if len(batch) else ():
        proposed = proposals(step.op.decide(batch))  # type: ignore[attr-defined]
        proposed = proposed.filter(pl.Series(batch.rows["alive"].to_numpy()[proposed["n"].to_numpy().astype(np.int64)]))
        if proposed.height:
            told.append(lines_of_op(step.number, step.name, proposed, nobody, batch=batch))
            batch = apply(batch, proposed)
    lines = order(pl.concat(told)).join(batch.rows.select("n", "id"), on="n", how="left", maintain_order="left")
    return _Judged(batch, lines)


def _write(
    run: CleanResult, chosen: Sequence[_Line], judged: _Judged, formats: Sequence[Format], threshold: float
) -> None:
    """The row files, the ledger and the clusters."""
    alive, edited = (judged.batch.rows[name].to_list() for name in ("alive", "edited"))
    drops = {line["id"]: line for line in judged.lines.filter(pl.col("action") == "drop").iter_rows(named=True)}
    back, instead = {}, {}
    for line, json, lives in zip(chosen, encode(judged.batch, formats), alive, strict=True):
        if lives:
            back[line.id] = json
            continue
        why = {key: drops[line.id][key] for key in ("op", "reason", "score")}
        head = {"id": line.id, **why, "against": None, "digest": line.digest}
        instead[line.id] = msgspec.json.encode(head)[:-1] + b',"row":' + json + b"}"
    ledger = run.ledger  # read before it is moved
    move(run, back, instead=instead, edited=[line.id for line, one in zip(chosen, edited, strict=True) if one])
    mine = (pl.col("op") == _NAME) & (pl.col("action") == "drop") & pl.col("id").is_in([line.id for line in chosen])
    said = {
        "action": pl.lit("keep"),
        "reason": pl.lit(_BACK),
        "detail": pl.lit(msgspec.json.encode({"threshold": threshold}).decode()),
    }
    changed = ledger.with_columns(pl.when(mine).then(new).otherwise(name).alias(name) for name, new in said.items())
    new = judged.lines.with_columns(pl.col("against").cast(pl.String)).select(LEDGER_SCHEMA.names())
    write_parquet(run.folder / "ledger.parquet", changed)
    add_to_ledger(CleanResult(run.folder), new)
    write_clusters(run.folder)
    edits = judged.lines.filter(pl.col("action") == "edit").select("id", "op", "part", "before")
    if edits.height and (run.folder / "private").exists():
        path = private(run.folder) / "originals.jsonl"
        path.touch(mode=0o600)
        with path.open("ab") as file:
            file.writelines(msgspec.json.encode(line) + b"\n" for line in edits.iter_rows(named=True))


def _recount(
    run: CleanResult,
    judged: _Judged,
    was: pl.DataFrame,
    ledger: pl.DataFrame,
    *,
    near: tuple[Near, Near],
    later: Sequence[Step],
    recipe: dict[str, Any],
) -> None:
    """Summary, manifest and report after the move."""
    summary = summary_of(run)
    rows = judged.batch.rows.join(was.select("id", before="edited"), on="id", how="left", maintain_order="left")
    for source, alive, edited in rows.select("source", "alive", pl.col("edited") | pl.col("before")).iter_rows():
        for counts in (summary["counts"], summary["sources"][source]) if alive else ():
            counts["kept"] += 1
            counts["dropped"] -= 1
            counts["edited"] += edited
    mine = (pl.col("op") == _NAME) & (pl.col("action") == "drop") & pl.col("id").is_in(rows["id"].implode())
    recount(summary, count(bins(judged.batch), rows["alive"].to_numpy()), ledger.filter(mine))
    _recount_ops(summary["ops"], judged, near[1], later)
    found = judged.lines.filter((pl.col("op") == "pii") & (pl.col("action") == "edit"))["detail"].drop_nulls()
    kinds = Counter(span[2] for detail in found for span in msgspec.json.decode(detail)["spans"])
    summary["pii"] = dict(sorted((kinds + Counter(summary["pii"])).items()))
    back = set(rows["id"])
    summary["examples"] = [e for e in summary["examples"] if e["op"] != _NAME or e["id"] not in back]
    summary["notes"].append(
        f"near tightened from {near[0].threshold:g} to {near[1].threshold:g} afterwards: "
        f"{counted(len(back), 'row')} came back, of which later ops dropped {int((~rows['alive']).sum())}"
    )
    write(run, summary, recipe)


def _recount_ops(ops: list[dict[str, Any]], judged: _Judged, near: Near, later: Sequence[Step]) -> None:
    by_name, more = {op["op"]: op for op in ops}, len(judged.batch)
    mine = by_name[_NAME]
    mine["options"] = near.model_dump(mode="json")
    mine["dropped"] -= more
    mine["remaining"] += more
    mine["reasons"] = {
        r: n - more if r == _REASON else n for r, n in mine["reasons"].items() if r != _REASON or n > more
    }
    for step in later:
        op, lines = by_name[step.name], judged.lines.filter(pl.col("op") == step.name)
        for action, total, reasons in (("drop", "dropped", "reasons"), ("edit", "edited", "edits")):
            some = lines.filter(pl.col("action") == action).unique(["n", "reason"])
            op[total] += some["n"].n_unique()
            op[reasons] = dict(Counter(op[reasons]) + Counter(some["reason"].to_list()))
        more -= lines.filter(pl.col("action") == "drop")["n"].n_unique()
        op["remaining"] += more
