"""What makes two tests the same: the same items, asked the same, with the same references; in any order, from any file."""

from hashlib import sha256

import msgspec
import polars as pl

#: what an item is
COLUMNS = ("item", "prompt", "references")


def fingerprint(frame: pl.DataFrame) -> str:
    """SHA-256 over the items, prompts and references, in the order of the ids."""
    digest = sha256()
    for row in frame.select(COLUMNS).sort("item").iter_rows():
        digest.update(msgspec.json.encode(row))
    return digest.hexdigest()
