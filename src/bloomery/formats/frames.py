"""Rows of data frames as JSON lines, for Parquet and Arrow.

Strings, whole numbers, booleans, lists and structs come out as they are; dates, times and durations as ISO 8601 strings,
binary as base64, decimals with all their digits, categories as their text. JSON has no NaN and no infinity: these become
null. Reading goes on slice by slice, so memory is bounded.
"""

from collections.abc import Callable, Iterator

import polars as pl

from bloomery.errors import DataError
from bloomery.formats.records import CHUNK, Chunk, to_json


def chunks(frame: pl.DataFrame, first: int) -> Iterator[Chunk]:
    """The rows of `frame`, numbered from `first`."""
    for number, part in enumerate(frame.iter_slices(CHUNK)):
        numbers = range(first + number * CHUNK, first + number * CHUNK + part.height)
        yield Chunk(numbers, numbers, [to_json(record) for record in part.iter_rows(named=True)])


def scanned(scan: Callable[[], pl.LazyFrame], *, where: str, kind: str) -> Iterator[Chunk]:
    """The rows of a file that Polars scans; DataError if it cannot, even where damaged bytes make it panic."""
    number = 1
    try:
        for frame in scan().collect_batches(chunk_size=CHUNK, maintain_order=True):
            yield from chunks(frame, number)
            number += frame.height
    except BaseException as error:
        raise failed(error, where, kind) from None


def failed(error: BaseException, where: str, kind: str) -> BaseException:
    """What to raise for `error`: a DataError if it is Polars' own, else itself. Its panics derive from BaseException."""
    ours = isinstance(error, (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError))
    if not ours:
        return error
    found = str(error).splitlines()
    return DataError(
        f"{where} cannot be read as {kind}", found=found[0] if found else "damage", next="Write or download it again"
    )
