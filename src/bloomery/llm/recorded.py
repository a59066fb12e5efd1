"""Files of answers, a JSON object a line."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bloomery.errors import DataError


class Lines(NamedTuple):
    """What a file holds."""

    rows: list[dict[str, Any]]
    digest: str  #: SHA-256 of its bytes


def lines_of(path: Path, wanted: str) -> Lines:
    """The objects of a file. DataError, with the number of the line, where it cannot be read; `wanted` is how a line looks."""
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read", expected="a file of JSON lines", found=error.strerror or str(error)
        ) from None
    return Lines(list(_rows(whole, path, wanted)), hashlib.sha256(whole).hexdigest())


def _rows(whole: bytes, path: Path, wanted: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(whole.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            raise DataError(f"Line {number:,} of {path} cannot be read", expected=wanted, found=str(error)) from None


def item_of(row: dict[str, Any], name: str, path: Path, wanted: str) -> str:
    """The id in a row, as text. DataError where there is none."""
    found = row.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise DataError(
            f"A row of {path} has no '{name}'", expected=wanted, found=msgspec.json.encode(row).decode()[:120]
        )
    return str(found)
