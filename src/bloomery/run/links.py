"""The links of a chain from raw files to a verdict: what each is held against, and what came of it.

same        it is what the run says it was
differs     it is not
unchecked   it cannot be told here, and the sentence says why: a file is gone, another version, …
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from bloomery.evaluate.identity import digest_of
from bloomery.text.counted import counted

State = Literal["same", "differs", "unchecked"]

__all__ = ["Link", "State", "found_files", "wrote"]


class Link(NamedTuple):
    """One link."""

    name: str  #: such as "raw files", "clean → split", "scores"
    state: State
    said: str


def found_files(name: str, told: Iterable[Mapping[str, Any]], root: Path | None = None) -> Link:
    """The files that a run read, by ``path`` and ``sha256``, held against those that are there now.

    Those that lay in the folder of the run are looked for in `root`, wherever it is now.
    """
    files = list(told)
    gone, other = [], []
    for file in files:
        path = _where(str(file["path"]), root)
        if path is None or "sha256" not in file:
            gone.append(str(file["path"]))
        elif digest_of(path) != file["sha256"]:
            other.append(str(file["path"]))
    if other:
        return Link(name, "differs", f"{other[0]} has changed since")
    if gone:
        return Link(name, "unchecked", f"{gone[0]} is not there any more")
    return Link(name, "same", f"{counted(len(files), 'file')} as {'it was' if len(files) == 1 else 'they were'}")


def wrote(name: str, told: Mapping[str, str], now: Mapping[str, str], by: str) -> Link:
    """The files of a folder held against the digests that `by` has of them."""
    other = sorted(one for one in {*told, *now} if told.get(one) != now.get(one))
    if not other:
        return Link(name, "same", f"{counted(len(now), 'file')} as {by} says")
    first = other[0]
    why = (
        "is gone" if first not in now else f"is none that {by} knows" if first not in told else f"is not what {by} says"
    )
    return Link(name, "differs", f"{first} {why}")


def _where(path: str, root: Path | None) -> Path | None:
    """The file, or the one of a run's stage that was moved with its folder."""
    if root is not None:
        moved = root.joinpath(*Path(path).parts[-2:])
        if len(Path(path).parts) > 2 and moved.is_file():
            return moved
    return Path(path) if Path(path).is_file() else None
