"""Parquet files, through Polars. Numbers count rows."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from bloomery.formats.frames import scanned
from bloomery.formats.records import Chunk


def read(path: Path, *, where: str) -> Iterator[Chunk]:
    """The rows of a Parquet file; DataError if it is none."""
    return scanned(lambda: pl.scan_parquet(path, glob=False), where=where, kind="Parquet")
