"""What makes two tests the same: the same items, asked the same, with the same references; in any order, from any file."""

from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec
import polars as pl

#: files of a run that carry a digest in its manifest
CHECKED = ("answers.parquet", "scores.parquet", "values.parquet")
#: what an item is
COLUMNS = ("item", "prompt", "references")


def fingerprint(frame: pl.DataFrame) -> str:
    """SHA-256 over the items, prompts and references, in the order of the ids."""
    digest = sha256()
    for row in frame.select(COLUMNS).sort("item").iter_rows():
        digest.update(msgspec.json.encode(row))
    return digest.hexdigest()


def digests(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """SHA-256 of files in a folder, by their names."""
    found = {}
    for name in names:
        with (folder / name).open("rb") as file:
            found[name] = file_digest(file, "sha256").hexdigest()
    return found
