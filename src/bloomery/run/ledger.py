"""The ledger of a run, ``run.json``: what went into each stage, what came out, and the verdict.

It holds no time, so that the same recipe over the same files writes the same bytes; when a stage ran and how long it took
stands in ``timings.json``.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from bloomery import __version__
from bloomery.errors import DataError
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.identity import kept
from bloomery.run.keys import key_of
from bloomery.store import MARKER, write_atomic

__all__ = ["LEDGER", "TIMINGS", "Ledger", "changed", "files_of", "read"]

LEDGER = "run.json"
TIMINGS = "timings.json"


class Ledger:
    """What a run knows of its stages; written after each of them."""

    def __init__(self, folder: Path) -> None:
        """DataError for a ledger that cannot be read."""
        self.folder = folder
        self.told: dict[str, Any] = read(folder) if (folder / LEDGER).exists() else {}
        self.timings: dict[str, Any] = _read(folder / TIMINGS) if (folder / TIMINGS).exists() else {}

    @property
    def stages(self) -> dict[str, Any]:
        """Stage → key, goes_in, files, counts."""
        stages: dict[str, Any] = self.told.get("stages", {})
        return stages

    def begin(self, recipe_sha256: str) -> None:
        """A run of this recipe begins; what is known of stages stays."""
        self.told = {"bloomery": __version__, "verb": "run", "recipe_sha256": recipe_sha256, "stages": self.stages}
        self.write()

    def write(self) -> None:
        """Write it down."""
        write_atomic(self.folder / LEDGER, json_bytes(self.told))

    def why_not(self, stage: str, goes_in: Mapping[str, Any]) -> str:
        """Why a stage has to be done; "" where what it made is still right."""
        known = self.stages.get(stage)
        if known is None:
            return "it has not been done"
        if known["key"] != key_of(goes_in):
            return changed(known["goes_in"], goes_in)
        if not (self.folder / stage).is_dir():
            return "its folder is gone"
        found = files_of(self.folder / stage)
        if found == known["files"]:
            return ""
        other = sorted(name for name in {*found, *known["files"]} if found.get(name) != known["files"].get(name))
        return f"{stage}/{other[0]} is not what it wrote"

    def done(self, stage: str, goes_in: Mapping[str, Any], counts: Mapping[str, Any], seconds: float) -> None:
        """A stage is done."""
        one = {
            "key": key_of(goes_in),
            "goes_in": dict(goes_in),
            "files": files_of(self.folder / stage),
            "counts": dict(counts),
        }
        self.told["stages"] = self.stages | {stage: one}
        self.timings[stage] = {"seconds": round(seconds, 3), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        write_atomic(self.folder / TIMINGS, json_bytes(self.timings))
        self.write()

    def end(self, stages: Mapping[str, Any], **told: Any) -> None:
        """The run has ended with these stages."""
        self.told = self.told | {"stages": dict(stages)} | told
        self.write()


def files_of(stage: Path) -> dict[str, str]:
    """SHA-256 of every file that a stage wrote, by its path in the stage's folder; times are left out."""
    return kept(stage, (TIMINGS, MARKER))


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What of that which goes in is another than before, in words."""
    other = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    return f"changed: {', '.join(_WORDS.get(name, name) for name in other)}"


_WORDS = {
    "inputs": "the files that are read",
    "bloomery": "the version of Bloomery",
    "files": "files that options name",
}


def read(folder: Path) -> dict[str, Any]:
    """The ledger of a run; DataError where `folder` is none, or where it cannot be read."""
    if not (folder / LEDGER).is_file():
        raise DataError(
            f"{folder} is not the folder of a run",
            expected="a folder written by bloomery run",
            found=f"no {LEDGER} in it" if folder.is_dir() else "no such folder",
        )
    told = _read(folder / LEDGER)
    if told.get("verb") != "run" or not isinstance(told.get("stages"), dict):
        raise DataError(f"{folder / LEDGER} is not the ledger of a run", next="Run again into another folder")
    return told


def _read(path: Path) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{path} cannot be read", found=str(error), next="Move it away, and run again") from None
    return found
