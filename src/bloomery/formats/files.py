"""From what the user names to files: a file, a glob, a folder, or ``-`` for standard input.

Paths stay as given, since row ids begin with them. A glob's files come in sorted order. A folder is one that the
``datasets`` library wrote (its ``state.json`` lists the files), or that of a finished clean (its ``data.jsonl``), or else its
data files, told by their names, without subfolders.
"""

import glob
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from bloomery.errors import DataError, nearest
from bloomery.formats.sniff import ENDINGS, ending

STDIN = "-"


def expand(path: str) -> list[str]:
    """The files that `path` names, at least one; DataError if there are none."""
    if path == STDIN:
        return [path]
    if Path(path).is_dir():
        return _folder(path)
    if Path(path).exists():
        return [path]
    if glob.has_magic(path):
        return _glob(path)
    raise DataError(
        f"{path} does not exist", expected="a file, a folder, a glob or - (standard input)", next=_near(path)
    )


def _glob(pattern: str) -> list[str]:
    found = sorted(name for name in glob.glob(pattern, recursive=True) if Path(name).is_file())  # noqa: PTH207
    if not found:
        raise DataError(f"No file matches {pattern}", expected="at least one", found="none", next="Check the pattern")
    return found


def _folder(path: str) -> list[str]:
    if Path(path, "dataset_dict.json").is_file():
        splits = _listed(Path(path, "dataset_dict.json")).get("splits")
        return _one_split(path, splits if isinstance(splits, list) else [])
    if Path(path, "state.json").is_file():
        files = _listed(Path(path, "state.json")).get("_data_files")
        listed = [one.get("filename") for one in files or () if isinstance(one, dict)]
        return _inside(path, [name for name in listed if isinstance(name, str)])
    if Path(path, "manifest.json").is_file():
        return _of_run(path)
    names = sorted(one.name for one in Path(path).iterdir() if one.is_file() and not one.name.startswith("."))
    data = [name for name in names if ending(name) not in (None, "txt")]
    return _inside(path, data or [name for name in names if ending(name)])


def _of_run(path: str) -> list[str]:
    """The kept rows of a finished clean; the files of a split are for different ends, so one of them must be named."""
    if Path(path, "data.jsonl").is_file():
        return _inside(path, ["data.jsonl"])
    splits = [name for name in ("train.jsonl", "validation.jsonl", "test.jsonl") if Path(path, name).is_file()]
    raise DataError(
        f"{path} is the folder of a run",
        expected="that of a clean, whose kept rows are in data.jsonl, or a file",
        found=", ".join(splits) or "no data file in it",
        next=f"Name the one to read, e.g. {os.path.join(path, splits[0] if splits else 'data.jsonl')}",  # noqa: PTH118
    )


def _inside(folder: str, names: Sequence[str]) -> list[str]:
    """`names` in `folder`; DataError if there are none, or if a list of files points elsewhere."""
    elsewhere = [name for name in names if Path(name).name != name]
    if elsewhere:
        raise DataError(f"{folder} lists a file outside of itself: {elsewhere[0]!r}", expected="plain file names")
    if not names:
        raise DataError(
            f"The folder {folder} holds no data files",
            expected=f"files ending in {', '.join(ENDINGS)}, or a folder written by datasets",
            next="Name files in subfolders with a glob, e.g. 'folder/**/*.jsonl'",
        )
    return [os.path.join(folder, name) for name in names]  # noqa: PTH118


def _one_split(path: str, splits: Sequence[Any]) -> list[str]:
    names = [name for name in splits if isinstance(name, str) and Path(name).name == name]
    if len(names) != 1:
        raise DataError(
            f"The folder {path} holds several splits",
            expected="one split",
            found=", ".join(names) or "none",
            next=f"Name the one to read, e.g. {os.path.join(path, names[0] if names else 'train')}",  # noqa: PTH118
        )
    return _folder(os.path.join(path, names[0]))  # noqa: PTH118


def _listed(file: Path) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{file} cannot be read", found=str(error), next="Write the folder again") from None
    return found if isinstance(found, dict) else {}


def _near(path: str) -> str:
    """What to do about a path that does not exist."""
    parent = Path(path).parent
    names = sorted(one.name for one in parent.iterdir()) if parent.is_dir() else []
    stems = {Path(name).name.partition(".")[0]: name for name in names}  # a common ending makes no name near
    close = stems.get(nearest(Path(path).name.partition(".")[0], stems) or "")
    return f"Did you mean {parent / close}?" if close else "Check the path"
