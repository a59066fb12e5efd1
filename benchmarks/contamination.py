"""One million training rows against 10,000 test items, from the command line.

    python benchmarks/contamination.py [--rows 1000000] [--runs 3]

Wanted: 150 MB/s of training data on 2 cores, and anonymous memory that follows the test side (so it is measured at a third of
the rows too). The test is every hundredth row of the whole file; in nine of ten of them every fifth word of the prompt and of
the answer is another. Reading the test and starting are part of the time; `seconds_for_the_rest` is what the rows beyond the
third cost, which leaves them out. On a machine that does other things as well, processor seconds tell more than the clock; the
load when the runs began and ended is recorded.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import measure

EVERY = 100
KEPT = 10  # one of so many test items is left as it is
EDITED = 5  # one of so many words


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    files = {rows: train_file(rows) for rows in (given.rows // 3, given.rows)}
    test = test_file(files[given.rows])
    megabytes = {rows: file.stat().st_size / 1e6 for rows, file in files.items()}
    scratch = measure.HERE / "data" / "scratch"
    commands = {str(rows): command(file, test, scratch) for rows, file in files.items()}
    before = os.getloadavg()[0]
    found, processor = measured(commands, given.runs, scratch)
    part, whole = found.values()
    rest = whole["seconds"] - part["seconds"]
    measure.save(
        "contamination",
        {
            "machine": measure.machine("polars", "numba"),
            "test_items": sum(1 for _ in test.open()),
            "megabytes": {str(rows): round(size) for rows, size in megabytes.items()},
            "load": [round(before, 1), round(os.getloadavg()[0], 1)],
            "by_rows": {rows: {**columns, "processor_seconds": processor[rows]} for rows, columns in found.items()},
            "megabytes_a_second": round(megabytes[given.rows] / whole["seconds"]),
            "seconds_for_the_rest": round(rest, 2),
            "megabytes_a_second_for_the_rest": round((megabytes[given.rows] - megabytes[given.rows // 3]) / rest),
        },
    )


def measured(
    commands: dict[str, list[str]], runs: int, scratch: Path
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Medians of each command, and the least processor time (user and system) that it took."""
    found: dict[str, list[measure.Run]] = {name: [] for name in commands}
    processor = dict.fromkeys(commands, float("inf"))
    for _ in range(runs):
        for name, line in commands.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            found[name] += measure.in_turn({name: line}, runs=1, scratch=scratch)[name]
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            processor[name] = min(processor[name], round(used, 2))
    return measure.medians(found), processor


def train_file(rows: int) -> Path:
    file = measure.HERE / "data" / f"{rows}.jsonl"
    file.parent.mkdir(exist_ok=True)
    if not file.exists():
        subprocess.run([sys.executable, measure.HERE / "make_data.py", "--rows", str(rows), "--out", file], check=True)
    return file


def test_file(train: Path) -> Path:
    """Every hundredth row of `train`, most of them edited."""
    file = train.with_name(f"{train.stem}-test.jsonl")
    with train.open() as rows, file.open("w") as out:
        for number, line in enumerate(rows):
            if number % EVERY == 0:
                record = json.loads(line)
                kept = number // EVERY % KEPT == 0
                out.write(json.dumps(record if kept else {key: edited(text) for key, text in record.items()}) + "\n")
    return file


def edited(text: str) -> str:
    return " ".join(f"{word}o" if k % EDITED == 0 else word for k, word in enumerate(text.split()))


def command(train: Path, test: Path, scratch: Path) -> list[str]:
    start = [sys.executable, "-m", "bloomery", "contamination", "--train", str(train), "--test", str(test)]
    return [*start, "--out", str(scratch / "leaks")]


if __name__ == "__main__":
    main()
