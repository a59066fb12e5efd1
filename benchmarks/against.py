"""A new batch against many old rows: with an index, against the file, and by `near` over old and new together.

    python benchmarks/against.py [--rows 100000 1000000] [--batch 10000] [--runs 3]

Old rows are those of `make_data.py`; of the batch three in ten are edited or exact copies of old rows, the rest is new. All
commands are whole runs with the recipe ``clean: [near]``: they read, decide, and write all files.

    index       the old rows are cleaned, and the index of them made
    check       the batch against the index
    extend      the batch against the index, and its kept rows added
    file        the batch against the cleaned old rows as a file
    together    old rows and batch as one input

Memory is the largest anonymous memory (mapped files are not counted). Writes results/against.json and results/against.md.
"""

import argparse
import shutil
import sys
from pathlib import Path
from random import Random

import make_data
import measure
import msgspec

DATA = measure.HERE / "data"
WORK = DATA / "against"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[100_000])
    arguments.add_argument("--batch", type=int, default=10_000)
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    lines = [line for rows in given.rows for line in measured(rows, given.batch, given.runs)]
    table = markdown(lines)
    machine = measure.machine("polars", "numba")
    measure.save("against", {"machine": machine, "runs": given.runs, "batch": given.batch, "results": lines})
    (measure.RESULTS / "against.md").write_text(table)
    print(table)


def measured(rows: int, batch: int, runs: int) -> list[dict]:
    old, new = DATA / f"{rows}.jsonl", WORK / "new.jsonl"
    if not old.exists():
        make_data.write(old, rows, seed=0)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    write_batch(new, old, batch)
    (WORK / "near.yaml").write_text("clean: [near]\n")
    known, first, grown = WORK / "known", WORK / "first", WORK / "grown"
    measure.run(clean(new, WORK / "warm", "--index", WORK / "warm-index"))  # compiles kernels
    found: dict[str, list[measure.Run]] = {}
    for _ in range(runs):
        for folder in (known, first):
            shutil.rmtree(folder, ignore_errors=True)
        found.setdefault("index", []).append(measure.run(clean(old, first, "--index", known)))
        shutil.rmtree(grown, ignore_errors=True)
        shutil.copytree(known, grown)
        commands = {
            "check": clean(new, WORK / "out", "--against", known),
            "extend": clean(new, WORK / "out", "--index", grown),
            "file": clean(new, WORK / "out", "--against", first),
            "together": [*clean(old, WORK / "out"), str(new)],
        }
        dropped = {}
        for name, command in commands.items():
            shutil.rmtree(WORK / "out", ignore_errors=True)
            found.setdefault(name, []).append(measure.run(command))
            dropped[name] = (WORK / "out" / "dropped.jsonl").read_bytes().count(b"\n")
            sys.stderr.write(f"{rows:,} rows, {name}: {found[name][-1].seconds:.1f} s\n")
    size = sum(file.stat().st_size for file in known.rglob("*") if file.is_file())
    medians = measure.medians(found)
    shutil.rmtree(WORK)
    return [
        {"old_rows": rows, "index_mb": round(size / 1e6), "what": name, "dropped": dropped.get(name), **median}
        for name, median in medians.items()
    ]


def clean(data: Path, out: Path, *flags: object) -> list[str]:
    start = [sys.executable, "-m", "bloomery", "clean", str(data), "--recipe", str(WORK / "near.yaml")]
    return [*start, "--out", str(out), *map(str, flags)]


def write_batch(path: Path, old: Path, rows: int) -> None:
    """Seven in ten are rows of another seed, two edited copies of old rows, one an exact copy."""
    rng = Random(1)
    with old.open("rb") as file:
        pool = [msgspec.json.decode(line) for line, _ in zip(file, range(200_000), strict=False)]
    pairs = list(make_data.records(rows * 7 // 10, seed=1))
    for k in range(rows - len(pairs)):
        one = pool[rng.randrange(len(pool))]
        pair = (one["prompt"], one["completion"])
        pairs.append(pair if k % 3 == 0 else make_data.edited(*pair, rng))
    rng.shuffle(pairs)
    lines = (msgspec.json.encode({"prompt": prompt, "completion": completion}) for prompt, completion in pairs)
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def markdown(lines: list[dict]) -> str:
    table = [["old rows", "what", "s", "MB", "dropped of the batch", "index, MB"], ["---"] * 6]
    for line in lines:
        shown = "–" if line["dropped"] is None or line["what"] == "together" else f"{line['dropped']:,}"
        table.append(
            [
                f"{line['old_rows']:,}",
                line["what"],
                f"{line['seconds']:.1f}",
                f"{line['anonymous_mb']:,}",
                shown,
                f"{line['index_mb']:,}",
            ]
        )
    return "".join(f"| {' | '.join(line)} |\n" for line in table)


if __name__ == "__main__":
    main()
