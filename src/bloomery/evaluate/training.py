"""The training files of an evaluation: always named, in any format; the folder of a split stands for its ``train.jsonl``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bloomery.formats.read import Reader
from bloomery.formats.source import Source


def training_files(paths: Sequence[str]) -> list[str]:
    """The files, folders and globs to read for these."""
    return [str(Path(path) / "train.jsonl") if split_manifest(path) else path for path in paths]


def readers(paths: Sequence[str]) -> list[Reader]:
    """A reader for each: their formats need not agree. DataError for one that cannot be read."""
    return [Reader([Source(path=path)]) for path in training_files(paths)]


def split_manifest(folder: str | Path) -> dict[str, Any] | None:
    """What a finished split says about itself; None where `folder` is none."""
    path = Path(folder) / "manifest.json"
    try:
        found = msgspec.json.decode(path.read_bytes()) if path.is_file() else None
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) and found.get("verb") == "split" else None
