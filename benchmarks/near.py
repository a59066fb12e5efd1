"""Time and memory of `near`, and of other tools on the same rows in the same run.

    python benchmarks/near.py [--rows 100000 300000] [--sentences FOLDER] [--runs 3] [--venvs FOLDER]

Two kinds of data: the generated support desk (`make_data.py`), and records of real sentences from a folder that you name
(`make_sentences.py`). Bloomery runs the whole verb with the recipe ``clean: [near]``: it reads, decides, writes the rows
that stay, the ledger and the report; ``bloomery, op`` is its op `near` alone, which reads as the peers do. These read and
decide, and write nothing (`peers/`). All tools run at the first
number of rows, those that are fast enough at all of them; tools take turns, and a slow one runs once. semhash is left out:
embedding so many rows on a processor takes hours.

Memory is the largest anonymous memory, of child processes too (pages they share count for each). On a machine that does other
things as well, processor seconds tell more than the clock; the load is recorded. Writes results/near.json and
results/near.md.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import make_sentences
import measure
from clean_throughput import FLOOR
from peers.venvs import DEFAULT, TOOLS, command

FAST = ("bloomery", "bloomery, op", "rensa", "rensa, matrix", "daft, signatures")
UNCOUNTED = ("rensa, matrix", "daft, signatures")
LEFT_OUT = ("semhash", "datasketch, words", "rensa, words")
READ_WRITE = "polars read + write"
DATA = measure.HERE / "data"
SCRATCH = DATA / "scratch"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 300_000])
    arguments.add_argument("--sentences", type=Path, help="a folder of .json, .jsonl and .txt files")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--venvs", type=Path, default=DEFAULT)
    arguments.add_argument("--only", nargs="+", help="these tools only; nothing is written")
    given = arguments.parse_args()
    before, lines = os.getloadavg()[0], []
    for kind, files in data(given.rows, given.sentences).items():
        for rows, file in files.items():
            names = [tool.name for tool in TOOLS if tool.name not in LEFT_OUT]
            if given.only:
                names = [name for name in names if name in given.only]
            chosen = [name for name in names if rows == min(given.rows) or name in FAST]
            found = in_turn(file, chosen, given.runs, given.venvs)
            megabytes = round(file.stat().st_size / 1e6)
            lines += [
                {"data": kind, "rows": rows, "megabytes": megabytes, "tool": name, **f} for name, f in found.items()
            ]
    table = markdown(lines)
    if not given.only:
        versions = {
            tool.venv: (*tool.alone, *tool.packages)[0] for tool in TOOLS if tool.venv and tool.name not in LEFT_OUT
        }
        machine = measure.machine("polars", "numba")
        load = [round(before, 1), round(os.getloadavg()[0], 1)]
        measure.save(
            "near", {"machine": machine, "peers": versions, "load": load, "runs": given.runs, "results": lines}
        )
        (measure.RESULTS / "near.md").write_text(table)
    print(table)


def data(sizes: list[int], folder: Path | None) -> dict[str, dict[int, Path]]:
    """The files of each kind, made if they are not there."""
    desk = {rows: DATA / f"{rows}.jsonl" for rows in sizes}
    for rows, file in desk.items():
        if not file.exists():
            make = [sys.executable, str(measure.HERE / "make_data.py"), "--rows", str(rows), "--out", str(file)]
            subprocess.run(make, check=True)
    if folder is None:
        return {"support desk": desk}
    real = {rows: DATA / f"sentences-{rows}.jsonl" for rows in sizes}
    said = make_sentences.sentences(folder)
    for rows, file in real.items():
        make_sentences.write(file, said, rows)
    return {"support desk": desk, "real sentences": real}


def in_turn(file: Path, names: list[str], runs: int, venvs: Path) -> dict[str, dict[str, object]]:
    """Medians of the tools; those that are not fast run once."""
    commands = {READ_WRITE: [sys.executable, "-c", FLOOR, str(file), str(SCRATCH / "out.jsonl")]}
    for tool in TOOLS:
        if tool.name in names and (start := command(tool, venvs)):
            commands[tool.name] = [*start, "file", str(file), str(SCRATCH / "answer.json")]
    recipe = DATA / "only_near.yaml"
    recipe.write_text("clean: [near]\n")
    whole = [
        sys.executable,
        "-m",
        "bloomery",
        "clean",
        str(file),
        "--recipe",
        str(recipe),
        "--out",
        str(SCRATCH / "run"),
    ]
    if "bloomery" in names:
        commands["bloomery"] = whole
        warm_up(file, whole)
    found: dict[str, list[measure.Run]] = {name: [] for name in commands}
    processor = dict.fromkeys(commands, float("inf"))
    kept = {}
    for number in range(runs):
        for name, line in commands.items():
            if number == 0 or name in (READ_WRITE, *FAST):
                shutil.rmtree(SCRATCH, ignore_errors=True)
                SCRATCH.mkdir(parents=True)
                before = used()
                found[name].append(measure.run(line))
                processor[name] = min(processor[name], round(used() - before, 2))
                kept[name] = rows_kept(name)
                sys.stderr.write(f"{file.name}, {name}: {found[name][-1].seconds:.1f} s\n")
    shutil.rmtree(SCRATCH, ignore_errors=True)
    medians = measure.medians(found)
    return {n: {**medians[n], "processor_seconds": processor[n], "kept": kept[n]} for n in commands}


def used() -> float:
    """Processor seconds of all commands so far."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def warm_up(file: Path, whole: list[str]) -> None:
    """The first run after an installation compiles kernels: not part of the figures."""
    few = DATA / "few.jsonl"
    with file.open("rb") as lines:
        few.write_bytes(b"".join(line for line, _ in zip(lines, range(1000), strict=False)))
    shutil.rmtree(SCRATCH, ignore_errors=True)
    measure.run([str(few) if part == str(file) else part for part in whole])


def rows_kept(name: str) -> int | None:
    """How many rows the last run kept; what rensa's matrix call flags are not rows to drop, and Daft only signs them."""
    if name == "bloomery":
        return (SCRATCH / "run" / "data.jsonl").read_bytes().count(b"\n")
    if name in (READ_WRITE, *UNCOUNTED):
        return None
    return json.loads((SCRATCH / "answer.json").read_text())["found"]["kept"]


def markdown(lines: list[dict]) -> str:
    """One line for each kind, size and tool; times as multiples of Bloomery's, too."""
    table = [["data", "rows", "tool", "s", "× bloomery", "processor s", "MB", "dropped"], ["---"] * 8]
    for line in lines:
        same = [
            one for one in lines if (one["data"], one["rows"], one["tool"]) == (line["data"], line["rows"], "bloomery")
        ]
        ratio = f"{line['seconds'] / same[0]['seconds']:.2f}" if same else "–"
        dropped = "–" if line["kept"] is None else f"{line['rows'] - line['kept']:,}"
        table.append(
            [
                line["data"],
                f"{line['rows']:,}",
                line["tool"],
                f"{line['seconds']:.1f}",
                ratio,
                f"{line['processor_seconds']:.1f}",
                f"{line['anonymous_mb']:,}",
                dropped,
            ]
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in table)


if __name__ == "__main__":
    main()
