"""Duplicates found, and what else goes with them: Bloomery and its peers on the same rows of real data.

    python benchmarks/recall.py --data FOLDER [--model NAME=FOLDER…] [--venvs FOLDER]

`--data` is a folder with ``self_instruct_t0`` (https://github.com/yizhongw/self-instruct) and ``alpaca_ext_gpteacher``
(https://github.com/gururise/AlpacaDataCleaned). `--model` is an embedding model for `semantic`; more than one may be given, and
without one `semantic` is left out. Three measurements:

*Templates*: in self_instruct_t0, row i of each template file of one task is the same item. Of the rows of an item one is enough.
*Edits* (`edits.py`): generated from these texts; four kinds of copies, of which one is enough, and two kinds of twins, which
must both stay.
*GPTeacher*: what its authors dropped and kept at three thresholds, beside what `near` drops at the same number.

All tools answer which rows they keep, so that is what is counted, in groups of rows that say the same. *Found* is the share of
superfluous rows that went: of a group of n, n − 1 are superfluous. *Right* is the share of what went that was superfluous: a
group of which nothing is left has lost one row too many. Bloomery says for which row each one went; a third figure is the share
that went for a row of another group. Writes results/recall.json, recall.md (all tools), semantic.md
(`semantic` at several thresholds) and gpteacher.md.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import measure
from edits import EDITS, pairs
from peers.venvs import DEFAULT, TIME_ONLY, TOOLS, command

import bloomery as bl
from bloomery.text.embedding import Embedder, load

TEMPLATES = "self_instruct_t0/data/finetuning/t0_train_50k/data_per_template"
TASKS = {"xsum": "summaries", "glue_mrpc": "paraphrases", "glue_qqp": "questions"}
GPTEACHER = "alpaca_ext_gpteacher/dataset_extensions/GPTeacher/Toolformer"
THRESHOLDS = (0.85, 0.9, 0.93, 0.95, 0.97)
PATIENCE = 3600  # seconds for one tool and all data
LEFT_OUT = ("bloomery", *TIME_ONLY)


class Collection(NamedTuple):
    """Rows in groups that say the same."""

    name: str
    rows: list[dict[str, str]]
    groups: list[int]  # of each row
    wanted: bool = True  # that one row of each group is enough; else all must stay


class Counted(NamedTuple):
    superfluous: int  # rows that should go
    gone: int
    found: int  # of those that went, superfluous ones
    strangers: int | None = None  # rows that went for a row of another group; None where the tool does not say


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--model", nargs="*", default=[], help="NAME=FOLDER")
    arguments.add_argument("--venvs", type=Path, default=DEFAULT)
    arguments.add_argument("--only", nargs="+", help="measure these tools only, and replace their lines in the results")
    given = arguments.parse_args()
    models = dict(one.split("=", 1) for one in given.model)
    collections = [*templates(given.data), *edited(given.data)]
    found: dict[str, Any] = {"rows": {one.name: len(one.rows) for one in collections}}
    found |= {part: {} for part in ("versions", "models", "answers", "semantic")}

    def note(part: str, name: str, counts: list[Counted | None]) -> None:
        pairs_ = zip(collections, counts, strict=True)
        found[part][name] = {one.name: count and count._asdict() for one, count in pairs_}
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name}: {[count and tuple(count) for count in counts]}\n")

    for name, asked in NEAR.items():
        if name in (given.only or [name]):
            note("answers", name, [judged(one, asked(one)) for one in collections])
    for name, folder in models.items():
        if (tool := f"bloomery semantic, {name}") in (given.only or [tool]):
            found["models"][name] = {"kind": load(folder).kind, "sha256": load(folder).digest}
            note("answers", tool, [judged(one, semantic(folder)(one)) for one in collections])
            for threshold in THRESHOLDS:
                counts = [judged(one, semantic(folder, threshold)(one)) for one in collections]
                note("semantic", f"{name}, {threshold:g}", counts)
    for tool in TOOLS:
        if tool.name not in LEFT_OUT and tool.name in (given.only or [tool.name]):
            found["versions"][tool.name], counts = theirs(tool, collections, given.venvs)
            note("answers", tool.name, counts)
    if given.only:
        found = joined(json.loads((measure.RESULTS / "recall.json").read_text()), found)
    else:
        found["gpteacher"] = gpteacher(given.data)
    measure.save("recall", {"machine": measure.machine("polars", "numba"), **found})
    (measure.RESULTS / "recall.md").write_text(markdown(collections, found["answers"]))
    (measure.RESULTS / "semantic.md").write_text(markdown(collections, found["semantic"]))
    (measure.RESULTS / "gpteacher.md").write_text(teacher_table(found["gpteacher"]))


def joined(was: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Results in which some tools were measured again."""
    parts = ("versions", "models", "answers", "semantic")
    return {part: was[part] | new[part] for part in parts} | {"rows": new["rows"], "gpteacher": was["gpteacher"]}


def templates(folder: Path) -> list[Collection]:
    """One collection a task."""
    found = []
    for task, name in TASKS.items():
        rows, groups = [], []
        for file in sorted((folder / TEMPLATES).glob(f"{task}_*.jsonl")):
            for item, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
                row = json.loads(line)
                rows.append({"prompt": row["prompt"], "completion": row["completion"]})
                groups.append(item)
        found.append(Collection(name, rows, groups))
    return found


def edited(folder: Path) -> list[Collection]:
    """One collection a kind of edit."""
    file = folder / TEMPLATES / "xsum_DOC_tldr.jsonl"
    texts = [json.loads(line)["prompt"] for line in file.read_text(encoding="utf-8").splitlines()]
    texts = [re.sub(r"\s+", " ", text) for text in texts]
    found = []
    for edit in EDITS:
        made = pairs(texts, edit)
        rows = [{"text": text} for pair in made for text in pair]
        found.append(Collection(edit.name, rows, [k // 2 for k in range(len(rows))], edit.wanted))
    return found


Gone = dict[int, int]  # rows that went, and for which row
Asked = Callable[[Collection], Gone]


def semantic(folder: str, threshold: float | None = None) -> Asked:
    remember(load(folder))
    return cleaned({"semantic": {"model": folder} | ({"threshold": threshold} if threshold else {})})


def cleaned(op: str | dict[str, Any]) -> Asked:
    def gone(one: Collection) -> Gone:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "rows.jsonl"
            file.write_text("".join(json.dumps(row) + "\n" for row in one.rows))
            run = bl.clean(file, out=Path(scratch) / "out", ops=[op])
            drops = run.ledger.filter((run.ledger["action"] == "drop") & run.ledger["against"].is_not_null())
            names = drops.select("id", "against").rows()
            assert len(names) == run.counts["dropped"], "something else dropped rows"
        return {place(name): place(other) for name, other in names}

    return gone


def place(name: str) -> int:
    return int(name.rpartition(":")[2]) - 1


NEAR: dict[str, Asked] = {
    "bloomery near": cleaned("near"),
    "bloomery near, minhash": cleaned({"near": {"method": "minhash"}}),
}


def remember(model: Embedder) -> None:
    """A text that is embedded again costs nothing: for several thresholds."""
    if hasattr(model.model, "known"):
        return
    known, ask = {}, model.model.vectors

    def vectors(texts: Sequence[str]) -> Any:
        import numpy as np

        new = [text for text in texts if text not in known]
        known.update(zip(new, ask(new), strict=True))
        return np.array([known[text] for text in texts])

    model.model.vectors, model.model.known = vectors, known  # type: ignore[method-assign, attr-defined]


def theirs(tool: Any, collections: list[Collection], venvs: Path) -> tuple[str, list[Counted | None]]:
    """Version and counts of a peer, which gets each row as one text."""
    start = command(tool, venvs)
    if start is None:
        return "not installed", [None] * len(collections)
    texts = json.dumps([["\n".join(row.values()) for row in one.rows] for one in collections])
    ask = [*start, "once"]
    try:
        done = subprocess.run(ask, input=texts, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "did not end", [None] * len(collections)
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return "did not end", [None] * len(collections)
    said = json.loads(done.stdout)
    return said["version"], [
        score(one, kept) if isinstance(kept, list) else None
        for one, kept in zip(collections, said["found"], strict=True)
    ]


def judged(one: Collection, gone: Gone) -> Counted:
    """The same, and how many rows went for a row of another group."""
    strangers = sum(one.groups[row] != one.groups[other] for row, other in gone.items())
    return score(one, [k for k in range(len(one.rows)) if k not in gone])._replace(strangers=strangers)


def score(one: Collection, kept: Sequence[int]) -> Counted:
    """What went and what of it was superfluous."""
    size, left = defaultdict(int), defaultdict(int)
    for group in one.groups:
        size[group] += 1
    for place in kept:
        left[one.groups[place]] += 1
    gone = len(one.groups) - len(kept)
    if not one.wanted:
        return Counted(0, gone, 0)
    return Counted(sum(n - 1 for n in size.values()), gone, sum(n - max(left[group], 1) for group, n in size.items()))


def markdown(collections: list[Collection], answers: dict[str, dict[str, Any]]) -> str:
    """A line a tool: found and right for templates and copies, what stays of twins."""
    head = ["", *(one.name for one in collections)]
    lines = [head, ["---"] * len(head)]
    lines += [[tool, *(cell(one, counts[one.name]) for one in collections)] for tool, counts in answers.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(one: Collection, count: dict[str, int] | None) -> str:
    """`found / right` in per cent; of twins, how many stay."""
    if count is None:
        return "–"
    if not one.wanted:
        return f"{1 - count['gone'] / (len(one.rows) // 2):.0%} stay"
    right = f"{count['found'] / count['gone']:.0%}" if count["gone"] else "–"
    told = f"{count['found'] / count['superfluous']:.0%} / {right}"
    return told if count.get("strangers") is None else f"{told} / {strangers(count)}"


def strangers(count: dict[str, int]) -> str:
    return f"{count['strangers'] / count['gone']:.1%}" if count["gone"] else "–"


def gpteacher(folder: Path) -> list[dict[str, Any]]:
    """Of what the authors dropped and kept at a threshold, how much `near` drops at that number."""
    whole = rows_of(folder / GPTEACHER / "toolformer-dedupe-only-dataset.json")
    keys = [json.dumps(row, sort_keys=True) for row in whole]
    found = []
    for threshold in (0.6, 0.8, 0.9):
        theirs_ = {
            json.dumps(row, sort_keys=True)
            for row in rows_of(folder / GPTEACHER / f"toolformer-similarity-{threshold:g}-dataset.json")
        }
        for name, op in (
            ("near", {"near": {"threshold": threshold}}),
            ("near, word runs alone", {"near": {"threshold": threshold, "answer": 0, "short": None, "twins": False}}),
        ):
            one = Collection("", [{k: str(v) for k, v in row.items()} for row in whole], list(range(len(whole))))
            gone = cleaned(op)(one)
            by = {fate: [k for k, key in enumerate(keys) if (key in theirs_) == fate] for fate in (True, False)}
            found.append(
                {
                    "threshold": threshold,
                    "op": name,
                    "they_dropped": len(by[False]),
                    "of_these_dropped": sum(k in gone for k in by[False]),
                    "they_kept": len(by[True]),
                    "of_those_dropped": sum(k in gone for k in by[True]),
                    "not_in_the_whole": len(theirs_ - set(keys)),
                }
            )
    return found


def rows_of(file: Path) -> list[dict[str, Any]]:
    return json.loads(file.read_text(encoding="utf-8"))


def teacher_table(found: list[dict[str, Any]]) -> str:
    lines = [["threshold", "op", "they dropped", "of these we drop", "they kept", "of those we drop"], ["---"] * 6]
    for one in found:
        mine = [
            f"{one[part]:,} ({one[part] / one[of]:.0%})"
            for part, of in (("of_these_dropped", "they_dropped"), ("of_those_dropped", "they_kept"))
        ]
        lines += [
            [f"{one['threshold']:g}", one["op"], f"{one['they_dropped']:,}", mine[0], f"{one['they_kept']:,}", mine[1]]
        ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
