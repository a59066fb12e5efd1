"""Run folders: written whole or not at all.

A run is built in ``NAME.partial`` beside its final place and renamed at the end, so that an interrupt or a kill leaves no
half-written file under a final name. Where a run is replaced, the old one stands as ``NAME.old`` for the moment between two
renames. What is not final carries a marker file; the next run to the same place finishes or removes what a kill left (`settle`),
and only what carries the marker.
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
    settle(out)
    check_free(out, replace=replace)
    partial = out.with_name(out.name + ".partial")
    try:
        partial.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"Cannot write to {out.parent}", found=error.strerror or str(error)) from error
    try:
        (partial / MARKER).touch()
        yield partial
        _put(partial, out)
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


def settle(out: Path) -> None:
    """Finish what a run to `out` that was killed had begun: afterwards there is `out`, whole, or nothing.

    OutputError where something stands in the way that no run left there.
    """
    old, partial = out.with_name(out.name + ".old"), out.with_name(out.name + ".partial")
    for left in (partial, old):
        if left.exists() and not (left / MARKER).exists() and (not left.is_dir() or any(left.iterdir())):
            raise OutputError(
                f"{left} is in the way", found="something that no run of Bloomery left there", next="Move it away"
            )
    if old.exists() and not out.exists() and any(old.iterdir()):
        old.rename(out)
    if out.is_dir():
        (out / MARKER).unlink(missing_ok=True)
    _remove(old)
    _remove(partial)


def _put(partial: Path, out: Path) -> None:
    """Let the finished `partial` be `out`, in the place of the run that may stand there."""
    old = out.with_name(out.name + ".old")
    if out.exists():
        (out / MARKER).touch()
        out.rename(old)
    partial.rename(out)
    (out / MARKER).unlink()
    _remove(old)


def remove(out: Path) -> None:
    """Remove a run, so that a kill leaves all of it, or what the next run removes."""
    settle(out)
    if out.exists():
        (out / MARKER).touch()
        partial = out.with_name(out.name + ".partial")
        out.rename(partial)
        _remove(partial)


@contextmanager
def kept_aside(out: Path) -> Iterator[None]:
    """The place `out` is free in the block; what stood there comes back if the block fails, and goes if it ends well."""
    aside = out.with_name(out.name + ".aside")
    if aside.exists() and not out.exists():
        aside.rename(out)
    _remove(aside)
    if out.exists():
        (out / MARKER).touch()
        out.rename(aside)
    try:
        yield
    except BaseException:
        if aside.exists():
            remove(out)
            aside.rename(out)
            (out / MARKER).unlink(missing_ok=True)
        raise
    _remove(aside)


def _remove(folder: Path) -> None:
    """Remove a folder, its marker last."""
    if not folder.exists():
        return
    for one in folder.iterdir():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        elif one.name != MARKER:
            one.unlink()
    shutil.rmtree(folder)


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
