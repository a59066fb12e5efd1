"""Evaluations that were saved by a name: what later ones are held against (``baseline`` in gates).

A saved evaluation is a whole copy, in ``.bloomery/baselines/NAME``: answers, scores, values, replies, recipe, manifest. So it
stays when the run's folder is deleted or made again, and can itself be scored again. What was copied is checked against the
digests in its manifest, so a folder that was changed by hand is not saved.
"""

import re
import shutil
from pathlib import Path

from bloomery.errors import DataError, OutputError, RecipeError, did_you_mean
from bloomery.evaluate.identity import kept
from bloomery.evaluate.result import Evaluated
from bloomery.store import building

__all__ = ["BASELINES", "folder_of", "names", "save", "saved"]

BASELINES = Path(".bloomery/baselines")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_RUN = "run.json"  # of a run of the whole way: its evaluation is in a folder below


def save(name: str, folder: str | Path, *, replace: bool = False) -> Evaluated:
    """Save the evaluation in `folder` (or of the run in it) as `name`.

    RecipeError for a name that is none, DataError where there is no evaluation or it was changed, OutputError where the name is
    taken and not to be replaced.
    """
    _check(name)
    found = Evaluated(evaluation_in(folder))
    _check_whole(found)
    if (BASELINES / name).exists() and not replace:
        raise OutputError(
            f"There is a baseline {name} already",
            expected="a new name",
            next="Choose another, or --replace to save over it",
        )
    BASELINES.mkdir(parents=True, exist_ok=True)
    with building(BASELINES / name, replace=replace) as place:
        shutil.copytree(found.folder, place, dirs_exist_ok=True)
    return Evaluated(BASELINES / name)


def names() -> list[str]:
    """The names of all saved evaluations, in their order."""
    if not BASELINES.is_dir():
        return []
    return sorted(one.name for one in BASELINES.iterdir() if one.is_dir() and _NAME.fullmatch(one.name) and _whole(one))


def saved(name: str) -> Evaluated:
    """The saved evaluation of that name. RecipeError where there is none."""
    _check(name)
    if name not in names():
        raise RecipeError(
            f"There is no baseline '{name}'",
            expected=f"one of {', '.join(names())}" if names() else "a saved one, and none is",
            next=did_you_mean(name, names(), otherwise=f"Save it: bloomery baseline save {name} DIR"),
        )
    return Evaluated(BASELINES / name)


def folder_of(name_or_path: str | Path) -> Path:
    """The folder of the evaluation that a recipe calls `name_or_path`: a saved name, or a folder (of an evaluation, or of a run).

    A saved name goes before a folder of that name. RecipeError where it is neither.
    """
    text = str(name_or_path)
    if _NAME.fullmatch(text) and text in names():
        return BASELINES / text
    if Path(text).is_dir():
        return evaluation_in(text)
    if _NAME.fullmatch(text):
        return saved(text).folder
    raise RecipeError(
        f"There is no evaluation at {text}",
        expected="the folder of an evaluation, or the name of a saved one",
        found="no such folder",
        next=did_you_mean(text, names(), otherwise="Check the path"),
    )


def evaluation_in(folder: str | Path) -> Path:
    """The folder of an evaluation: itself, or that in the folder of a run."""
    inside = Path(folder) / "evaluate"
    return inside if (Path(folder) / _RUN).is_file() and inside.is_dir() else Path(folder)


def _check(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise RecipeError(
            f"A baseline cannot be called {name!r}",
            expected="letters, digits, '.', '_' and '-', the first of them a letter or digit, 100 at most",
        )


def _whole(folder: Path) -> bool:
    return (folder / "manifest.json").is_file()


def _check_whole(found: Evaluated) -> None:
    """DataError where a file of the evaluation is not as its manifest says."""
    told, now = found.manifest.get("kept"), kept(found.folder)
    if told is None:
        raise DataError(f"{found.folder} is an evaluation of an earlier version", next="Evaluate again, then save it")
    other = sorted(name for name in {*told, *now} if told.get(name) != now.get(name))
    if other:
        raise DataError(
            f"{found.folder / other[0]} is not what the evaluation wrote",
            expected="files as they were written",
            next="Evaluate again, then save it",
        )
