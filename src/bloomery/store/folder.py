"""Run folders: written whole or not at all.

A run is built in ``NAME.partial`` beside its final place and renamed at the end, so that an interrupt or a kill leaves no
half-written file under a final name. A left-over partial folder carries a marker file; the next run to the same place
removes it, and only if the marker is there.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bloomery.errors import OutputError

MARKER = ".bloomery-partial"


@contextmanager
def building(out: Path, *, replace: bool | None = None) -> Iterator[Path]:
    """A folder to build in; it becomes `out` when the block ends well and vanishes when it does not.

    Raises OutputError if `out` exists (unless `replace` and it is a finished run), or cannot be made. A `replace` of None is of
    a verb that has no such flag, so the message names none.
    """
    check_free(out, replace=replace)
    partial = out.with_name(out.name + ".partial")
    if partial.exists():
        if not (partial / MARKER).exists() and any(partial.iterdir()):
            raise OutputError(
                f"{partial} is in the way", found="a folder that no run of Bloomery left there", next="Move it away"
            )
        shutil.rmtree(partial)
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"Cannot write to {out.parent}", found=error.strerror or str(error)) from error
    try:
        (partial / MARKER).touch()
        yield partial
        (partial / MARKER).unlink()
        if out.exists():
            _swap(partial, out)
        else:
            partial.rename(out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def check_free(out: Path, *, replace: bool | None = None) -> None:
    """OutputError unless `out` does not exist, is an empty folder, or is a finished run that may be replaced."""
    if not out.exists():
        return
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
        return
    if replace and (out / "manifest.json").exists():
        return
    finished = (out / "manifest.json").exists()
    raise OutputError(
        f"The output {out} exists",
        expected="a new folder",
        found="a finished run" if finished else "a file or folder of another kind",
        next="Choose another --out"
        + (", or --replace to run again in its place" if finished and replace is not None else ""),
    )


def _swap(partial: Path, out: Path) -> None:
    """Put `partial` where the finished run `out` stands."""
    old = out.with_name(out.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    out.rename(old)
    partial.rename(out)
    shutil.rmtree(old)


def private(folder: Path) -> Path:
    """The sub-folder for personal data, readable by its owner only."""
    path = folder / "private"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_atomic(path: Path, data: bytes) -> None:
    """Replace one file of a finished run, whole or not at all."""
    temporary = path.with_name(path.name + ".partial")
    temporary.write_bytes(data)
    temporary.replace(path)
