"""Draw dropped rows for judging by eye: up to 50 a reason over any number of finished clean runs.

The draw depends on nothing but the seed and the rows' ids: a row's place is the BLAKE2 digest of seed, op, reason and id, and
the 50 lowest places of each reason are drawn. So a rule that changes moves its own rows in or out and leaves the rest of the
draw as it was, and verdicts stay usable.

    python benchmarks/judged/draw.py runs/* > drawn.tsv     # id, op, reason, against
"""

import hashlib
import sys
from pathlib import Path

import polars as pl

SEED = 20240607
EACH = 50
COLUMNS = ["id", "op", "reason", "against"]


def drops(folders: list[Path]) -> pl.DataFrame:
    """Every drop of these runs: ``id, op, reason, against, place``."""
    ledgers = [pl.read_parquet(folder / "ledger.parquet").filter(pl.col("action") == "drop") for folder in folders]
    lines = pl.concat(ledgers).select(COLUMNS)
    return lines.with_columns(place=pl.Series([place(*line) for line in lines.select(*COLUMNS[1:3], "id").rows()]))


def place(op: str, reason: str, row_id: str) -> str:
    """Where in the draw a row stands: a hexadecimal digest."""
    return hashlib.blake2b(f"{SEED}:{op}:{reason}:{row_id}".encode(), digest_size=8).hexdigest()


def main() -> None:
    """Write the draw to standard output, and the number of hits a reason to standard error."""
    found = drops([Path(folder) for folder in sys.argv[1:] if (Path(folder) / "ledger.parquet").is_file()])
    print("\t".join(COLUMNS))
    for (op, reason), lines in sorted(found.partition_by("op", "reason", as_dict=True).items()):
        print(f"{op} {reason}: {len(lines)} hits, {min(len(lines), EACH)} drawn", file=sys.stderr)
        for line in lines.sort("place").head(EACH).select(COLUMNS).rows():
            print("\t".join(value or "" for value in line))


if __name__ == "__main__":
    main()
