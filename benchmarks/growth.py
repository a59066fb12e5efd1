"""How the time of `near` grows with the rows, on friendly data and on data made to be slow.

    python benchmarks/growth.py [--rows 100000 300000 1000000 3000000] [--hostile 10000 100000] [--runs 1] [--only NAME…]

Whole processes: ``bloomery clean FILE`` with the recipe ``clean: [near]``, start and writing included, beside the same with no
op that compares (``clean: [structure]``); the difference is `near`. Data, all generated, the same bytes every time:

- *support desk*: `make_data.py`, full of templates, 13 % copies;
- *Zipf*: rows of 60 words drawn by Zipf's law (exponent 1.05) from a million words, nothing planted;
- *one template*: 80 equal words in each row, and a name and a number that differ;
- *equal*: the same row again and again;
- *one long row*: a row of 10 MB among rows of 60 words drawn evenly from 20,000.

A run that takes more than `--patience` seconds or `--memory` MB is stopped, and its line says so. Memory is the largest
anonymous memory. Writes results/growth.json and results/growth.md.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import measure
import numpy as np

DATA = measure.HERE / "data"
SCRATCH = DATA / "scratch"
FRIENDLY, HOSTILE = ("support desk", "Zipf"), ("one template", "equal", "one long row")
WORDS, EXPONENT, PER_ROW = 1_000_000, 1.05, 60
LONG = 10_000_000  # bytes
OPS = {"near": "near", "without": "structure"}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000, 300_000, 1_000_000, 3_000_000])
    arguments.add_argument("--hostile", type=int, nargs="+", default=[10_000, 100_000])
    arguments.add_argument("--runs", type=int, default=1)
    arguments.add_argument("--patience", type=int, default=7200)
    arguments.add_argument("--memory", type=int, default=12_000, help="MB at which a run is stopped")
    arguments.add_argument("--only", nargs="+", help="these data only; nothing is written")
    arguments.add_argument("--keep", action="store_true", help="leave the generated files")
    given = arguments.parse_args()
    before = os.getloadavg()[0]
    SCRATCH.mkdir(parents=True, exist_ok=True)
    warm_up()
    lines = []
    for name in (*FRIENDLY, *HOSTILE):
        for rows in given.rows if name in FRIENDLY else given.hostile:
            if name in (given.only or [name]):
                file = made(name, rows)
                lines.append({"data": name, "rows": rows, "bytes": file.stat().st_size, **timed(file, given)})
                sys.stderr.write(f"{lines[-1]}\n")
                if not given.keep:
                    file.unlink()
    table = markdown(lines)
    print(table)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    if not given.only:
        load = [round(before, 1), round(os.getloadavg()[0], 1)]
        machine = measure.machine("polars", "numba")
        measure.save("growth", {"machine": machine, "load": load, "runs": given.runs, "results": lines})
        (measure.RESULTS / "growth.md").write_text(table)


def timed(file: Path, given: argparse.Namespace) -> dict[str, object]:
    """Median seconds and the largest memory with and without `near`, and the rows that it dropped."""
    found: dict[str, object] = {}
    for name, op in OPS.items():
        try:
            limits = {"patience": given.patience, "most_mb": given.memory}
            runs = [measure.run(command(file, op), **limits) for _ in range(given.runs)]
        except measure.Stopped as stopped:
            found[name] = {"stopped": str(stopped)}
            continue
        found[name] = {
            "seconds": round(statistics.median(run.seconds for run in runs), 2),
            "anonymous_mb": round(max(run.anonymous_mb for run in runs)),
            "dropped": json.loads((SCRATCH / "run" / "manifest.json").read_text())["counts"]["dropped"],
        }
    return found


def command(file: Path, op: str) -> list[str]:
    shutil.rmtree(SCRATCH / "run", ignore_errors=True)
    recipe = SCRATCH / f"{op}.yaml"
    recipe.write_text(f"clean: [{op}]\n")
    verb = [sys.executable, "-m", "bloomery", "clean", str(file), "--recipe", str(recipe)]
    return [*verb, "--out", str(SCRATCH / "run"), "--replace"]


def warm_up() -> None:
    """The first run after an installation compiles kernels: not part of the figures."""
    few = SCRATCH / "few.jsonl"
    few.write_text("".join(json.dumps({"text": f"row number {k} of a few that are read"}) + "\n" for k in range(50)))
    measure.run(command(few, "near"))


def made(name: str, rows: int) -> Path:
    """The file of `rows` rows."""
    file = DATA / f"growth-{name.replace(' ', '-').lower()}-{rows}.jsonl"
    if not file.exists():
        if name == "support desk":
            desk(file, rows)
        else:
            part = file.with_suffix(".part")  # a file under its own name is whole
            with part.open("w", encoding="utf-8") as out:
                out.writelines(json.dumps({"text": text}) + "\n" for text in TEXTS[name](rows))
            part.rename(file)
    return file


def desk(file: Path, rows: int) -> None:
    subprocess.run(
        [sys.executable, str(measure.HERE / "make_data.py"), "--rows", str(rows), "--out", str(file)], check=True
    )


def zipf(rows: int) -> Iterator[str]:
    rng = np.random.default_rng(0)
    weights = np.cumsum(1 / np.arange(1, WORDS + 1) ** EXPONENT)
    for first in range(0, rows, 10_000):
        drawn = np.searchsorted(weights, rng.random((min(10_000, rows - first), PER_ROW)) * weights[-1])
        for row in drawn.tolist():
            yield " ".join(map(word, row))


def word(number: int) -> str:
    """A word of letters, a different one for each number from 0.

    >>> word(0), word(25), word(26)
    ('ta', 'tz', 'tba')
    """
    letters = ""
    while True:
        number, letter = divmod(number, 26)
        letters = chr(97 + letter) + letters
        if not number:
            return "t" + letters


def template(rows: int) -> Iterator[str]:
    frame = " ".join(word(1000 + k) for k in range(40)), " ".join(word(2000 + k) for k in range(40))
    for row in range(rows):
        yield f"{frame[0]} {word(10_000 + row)} {frame[1]} {row}"


def equal(rows: int) -> Iterator[str]:
    text = " ".join(word(k) for k in range(100))
    for _ in range(rows):
        yield text


def one_long(rows: int) -> Iterator[str]:
    rng = Random(0)
    for row in range(rows - 1):
        if row == rows // 2:
            yield " ".join(word(rng.randrange(WORDS)) for _ in range(LONG // 6))
        yield " ".join(word(rng.randrange(20_000)) for _ in range(PER_ROW))


TEXTS = {"Zipf": zipf, "one template": template, "equal": equal, "one long row": one_long}


def markdown(lines: list[dict]) -> str:
    """One line a file; microseconds a row are those of `near` alone."""
    head = ["data", "rows", "MB", "whole, s", "without near, s", "near, µs a row", "memory, MB", "dropped"]
    table = [head, ["---"] * len(head)]
    for line in lines:
        near, without = line["near"], line["without"]
        first = [line["data"], f"{line['rows']:,}", f"{line['bytes'] / 1e6:,.0f}"]
        if stopped := near.get("stopped") or without.get("stopped"):
            table.append([*first, f"stopped {stopped}", "", "", "", ""])
            continue
        each = (near["seconds"] - without["seconds"]) / line["rows"] * 1e6
        figures = [f"{near['seconds']:.1f}", f"{without['seconds']:.1f}", f"{each:.0f}"]
        table.append([*first, *figures, f"{near['anonymous_mb']:,}", f"{near['dropped']:,}"])
    return "".join(f"| {' | '.join(line)} |\n" for line in table)


if __name__ == "__main__":
    main()
