"""Past runs, from what stands in their folders: runs of the whole way, and evaluations by themselves."""

import glob
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bloomery.errors import DataError
from bloomery.evaluate.identity import digest_of
from bloomery.run.ledger import LEDGER, TIMINGS, read
from bloomery.run.run import RECIPE, evaluation_told

__all__ = ["Past", "past_runs"]

MANIFEST = "manifest.json"


class Past(NamedTuple):
    """One past run."""

    folder: Path
    kind: str  #: run, or evaluation
    verdict: str  #: deploy, no_deploy, inconclusive; none where nothing was decided, unfinished, unreadable
    model: str
    value: str  #: name of the main value
    shown: str
    when: datetime | None  #: when its last stage was done
    recipe: str  #: SHA-256 of the recipe, in full


def past_runs(folders: str = "runs") -> list[Past]:
    """The runs in the folder, one level below it, and it itself if it is one; the latest first, those without a time last.

    DataError where there is no such folder. A glob takes all that match.
    """
    tops = [Path(one) for one in sorted(glob.glob(folders))]  # noqa: PTH207
    if not tops:
        raise DataError(
            f"There is no folder {folders}", expected="a folder with runs in it", next="Name it: bloomery runs FOLDER"
        )
    inside = [one for top in tops if top.is_dir() for one in (top, *sorted(top.iterdir())) if one.is_dir()]
    found = [past for folder in dict.fromkeys(inside) if (past := _past(folder)) is not None]
    return sorted(found, key=lambda one: (one.when is None, -(one.when or _NEVER).timestamp(), str(one.folder)))


_NEVER = datetime.fromtimestamp(0, UTC)


def _past(folder: Path) -> Past | None:
    """What stands in a folder; None where it is neither."""
    try:
        if (folder / LEDGER).is_file():
            told = read(folder)
            unfinished = {} if "ended" in told else {"verdict": "unfinished"}
            return _one(folder, "run", told | unfinished, told["recipe_sha256"])
        if _verb(folder) == "evaluate":
            recipe = folder / RECIPE
            return _one(folder, "evaluation", evaluation_told(folder), digest_of(recipe) if recipe.is_file() else "")
    except (DataError, KeyError, TypeError, ValueError, OSError):
        return Past(folder, "run" if (folder / LEDGER).is_file() else "evaluation", "unreadable", "", "", "", None, "")
    return None


def _one(folder: Path, kind: str, told: dict[str, Any], recipe: str) -> Past:
    value, shown = told.get("value") or ("", "")
    model = str(told.get("model") or "")
    return Past(folder, kind, str(told.get("verdict") or "none"), model, str(value), str(shown), _when(folder), recipe)


def _verb(folder: Path) -> Any:
    path = folder / MANIFEST
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any]).get("verb") if path.is_file() else None


def _when(folder: Path) -> datetime | None:
    """When the last of it was done: of all stages of a run, or of the evaluation."""
    path = folder / TIMINGS
    told = msgspec.json.decode(path.read_bytes(), type=dict[str, Any]) if path.is_file() else {}
    times = [one["at"] for one in told.values() if isinstance(one, dict) and "at" in one]
    times += [told["at"]] if "at" in told else []
    return max((datetime.fromisoformat(one) for one in times), default=None)
