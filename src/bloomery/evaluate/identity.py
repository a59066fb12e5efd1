"""What makes two tests the same: the same items, asked the same, with the same references; in any order, from any file."""

from collections.abc import Sequence
from hashlib import file_digest, sha256
from pathlib import Path

import msgspec
import polars as pl

from bloomery.errors import DataError
from bloomery.formats.files import STDIN, expand
from bloomery.store import MARKER

#: files of a run that carry a digest in its manifest
CHECKED = ("answers.parquet", "scores.parquet", "values.parquet")
#: files of a run that no digest is kept of: its own manifest, and what differs from run to run
APART = ("manifest.json", "timings.json", MARKER)
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
    return {name: digest_of(folder / name) for name in names}


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def kept(folder: Path, apart: Sequence[str] = APART) -> dict[str, str]:
    """SHA-256 of every file of a run, in its subfolders too, by their paths in it; those in `apart` are left out."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name: digest_of(folder / name) for name in found if name not in apart}


def files_told(paths: Sequence[str]) -> list[dict[str, str]]:
    """Path and SHA-256 of every file that these paths name; of one that is not there, the path alone."""
    told = []
    for path in paths:
        try:
            names = expand(path)
        except DataError:
            told.append({"path": path})
            continue
        told += [{"path": name} | ({} if name == STDIN else {"sha256": digest_of(Path(name))}) for name in names]
    return told
