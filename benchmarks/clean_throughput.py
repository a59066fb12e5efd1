"""Cleaning one million records, without `near` and with the default ops, against polars reading and writing the same file.

    python benchmarks/clean_throughput.py [--rows 1000000] [--runs 3]

Wanted: at most 6 × the time without `near` and 10 × with it; anonymous memory under 1 GB whatever the size without it, and under
1.5 × the input with it (so memory is measured at a third of the rows too). The floor only parses and writes; it repairs,
scrubs, deduplicates and filters nothing.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import measure

FLOOR = "import polars as pl, sys; pl.read_ndjson(sys.argv[1]).write_ndjson(sys.argv[2])"
OPS = "[normalize, pii, exact, length, signals]"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    data = measure.HERE / "data"
    data.mkdir(exist_ok=True)
    found = {}
    for rows in (given.rows // 3, given.rows):
        file = data / f"{rows}.jsonl"
        if not file.exists():
            subprocess.run(
                [sys.executable, measure.HERE / "make_data.py", "--rows", str(rows), "--out", file], check=True
            )
        found[rows] = measure.medians(in_turn(file, given.runs))
    whole = found[given.rows]
    measure.save(
        "clean_throughput",
        {
            "machine": measure.machine("polars", "msgspec"),
            "rows": given.rows,
            "megabytes": round((data / f"{given.rows}.jsonl").stat().st_size / 1e6),
            "ratio_to_floor": {
                name: round(run["seconds"] / whole["polars read + write"]["seconds"], 2) for name, run in whole.items()
            },
            "by_rows": found,
        },
    )


def in_turn(file: Path, runs: int) -> dict[str, list[measure.Run]]:
    scratch = measure.HERE / "data" / "scratch"
    recipe = measure.HERE / "data" / "without_near.yaml"
    recipe.write_text(f"clean: {OPS}\n")
    out = str(scratch / "run")
    default = [sys.executable, "-m", "bloomery", "clean", str(file), "--out", out]
    floor = [sys.executable, "-c", FLOOR, str(file), str(scratch / "out.jsonl")]
    commands = {
        "polars read + write": floor,
        "bloomery clean without near": [*default, "--recipe", str(recipe)],
        "bloomery clean": default,
    }
    return measure.in_turn(commands, runs=runs, scratch=scratch)


if __name__ == "__main__":
    main()
