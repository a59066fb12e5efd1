"""The measure for short texts: what it finds, and what it merges that is not the same.

    python benchmarks/short_texts.py FILE... [--show 20]

For each file (any format that Bloomery reads) the prompts of at most 60 words are taken, equal ones once. *Recall* is
the share of texts of a length that are found again after one word was exchanged for another word of the file, at a
random place (for scripts without spaces: two characters); numbers and the like are left alone, since another number
is another text. *Merged* is the share of the texts as they are that would be dropped for another one: some of these
are true duplicates, so it is an upper bound for false merges; read some of them (``--show 20``).
"""

import argparse
import sys
from pathlib import Path

import measure
import numpy as np
import polars as pl

from bloomery.clean import short
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.text.fingerprint import fingerprint
from bloomery.text.shingles import shingles
from bloomery.text.similar import pairs, sets_of
from bloomery.text.tokens import VARIABLE, Ragged, telling, tokens

LEAST = (0.95, 0.92, 0.9, 0.88, 0.85)
LENGTHS = ((5, 9), (10, 12), (13, 14), (15, 19), (20, 28), (29, 44), (45, 60))
SAMPLE = 2_000
COLUMNS = ("texts", "measure", *(f"{low}-{high}" for low, high in LENGTHS), "merged %")


def prompts(path: str) -> pl.Series:
    """The prompts of a file, equal ones once."""
    found = [batch.text("prompt", "text") for batch in Reader([Source(path=path)])]
    texts = pl.concat(found).unique(maintain_order=True)
    said = tokens(texts)
    size = np.diff(said.offsets)
    first = np.unique(fingerprint(said), return_index=True)[1]
    rows = np.sort(first[(size[first] > 0) & (size[first] <= short.LONGEST)])
    return texts.gather(rows)


def edited(said: Ragged, rng: np.random.Generator, *, wide: bool) -> Ragged:
    """Each text with one word (two neighbours if `wide`) exchanged for others of the collection; no numbers and the like."""
    values = said.values.copy()
    plain = values & VARIABLE == 0
    vocabulary = np.unique(values[plain])
    for row in range(len(said.offsets) - 1):
        places = np.flatnonzero(plain[said.offsets[row] : said.offsets[row + 1]]) + said.offsets[row]
        if wide:
            places = places[:-1][np.diff(places) == 1]
        if len(places):
            at = rng.choice(places)
            values[at : at + 1 + wide] = rng.choice(vocabulary, size=1 + wide)
    return Ragged(values, said.offsets)


def rows_of(path: str, show: int) -> list[list[object]]:
    """The lines of the table for one file."""
    texts, rng = prompts(path), np.random.default_rng(0)
    said = tokens(texts)
    size = np.diff(said.offsets)
    wide = bool(np.median(texts.str.len_bytes().to_numpy() / np.maximum(texts.str.len_chars().to_numpy(), 1)) > 2)
    some = said.take(np.sort(rng.permutation(len(size))[:SAMPLE]))
    twice = Ragged(
        np.concatenate([some.values, edited(some, rng, wide=wide).values]),
        np.concatenate([some.offsets, some.offsets[1:] + some.offsets[-1]]),
    )
    lines = []
    for name, find in methods().items():
        again, merged = find(twice), find(said)
        half = len(some.offsets) - 1
        found = np.zeros(half, dtype=bool)
        found[again.a[again.b == again.a + half]] = True
        lengths = np.diff(some.offsets)
        recall = [share(found[(lengths >= low) & (lengths <= high)]) for low, high in LENGTHS]
        lost = len(np.unique(merged.b)) / len(texts)
        lines.append([f"{Path(path).name} ({len(texts):,})", name, *recall, round(100 * lost, 2)])
        if name.endswith(f" {show and 0.92}"):
            for a, b in list(zip(merged.a, merged.b, strict=True))[:show]:
                sys.stderr.write(f"{texts[int(a)]!r}\n{texts[int(b)]!r}\n\n")
    return lines


def methods() -> dict[str, object]:
    """Word 3-grams at 0.8, and edits at each of `LEAST`, both with the guard for numbers and the like."""

    def runs(said: Ragged) -> short.Pairs:
        return guarded(said, pairs(sets_of(shingles(said, 3)), 0.8))

    def by_edits(least: float):
        return lambda said: guarded(said, short.similar(short.short(said, telling(said.values)), least, None))

    def guarded(said: Ragged, found: short.Pairs) -> short.Pairs:
        same = ~short.differ(short.short(said, telling(said.values)), found.a, found.b)
        return short.Pairs(found.a[same], found.b[same], found.similarity[same])

    return {"word 3-grams 0.8": runs} | {f"words without a change {least}": by_edits(least) for least in LEAST}


def share(found: np.ndarray) -> float | None:
    """In percent; None where there is nothing."""
    return round(100 * float(found.mean()), 1) if len(found) else None


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("files", nargs="+")
    arguments.add_argument("--show", type=int, default=0, help="print that many merged pairs of each file")
    given = arguments.parse_args()
    table = [line for path in given.files for line in rows_of(path, given.show)]
    machine = measure.machine("polars", "numba")
    measure.save("short_texts", {"machine": machine, "columns": COLUMNS, "rows": table})


if __name__ == "__main__":
    main()
