"""What goes into a stage, and its hash: files by their digests, options written out, the version.

A stage is done again when any of it changes. What a stage takes from the one before counts by its content: where cleaning again
gives the same rows, the split stays.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from bloomery import __version__
from bloomery.errors import DataError
from bloomery.evaluate.identity import digest_of
from bloomery.formats.files import STDIN, expand
from bloomery.formats.source import Source
from bloomery.schema import Op

_MOST = 10_000  # files of a folder that an option names

_encode = msgspec.json.Encoder(order="deterministic").encode


def key_of(goes_in: Mapping[str, Any]) -> str:
    """The hash of what goes in.

    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    return sha256(_encode(goes_in)).hexdigest()


def with_version(goes_in: Mapping[str, Any]) -> dict[str, Any]:
    """What goes in, as plain JSON, and the version of Bloomery, which may do it otherwise."""
    plain: dict[str, Any] = msgspec.json.decode(_encode({**goes_in, "bloomery": __version__}))
    return plain


def inputs(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Path and SHA-256 of every file that is read. DataError for one that is not there, and for standard input."""
    names = [name for source in sources for name in expand(source.path)]
    if STDIN in names:
        raise DataError(
            "A run cannot read standard input",
            expected="files, since stages are kept by what goes in",
            next="Write it to a file first",
        )
    return [{"path": name, "sha256": digest_of(Path(name))} for name in names]


def named_files(options: Any, apart: Path) -> dict[str, str]:
    """The digests of files and folders that options name, by what they are called there; none that `apart`, the run, lies in."""
    found = {}
    for text in sorted(set(_texts(options))):
        if ("/" in text or "." in text) and len(text) < 1_000:
            path = Path(text)
            if path.is_file():
                found[text] = digest_of(path)
            elif path.is_dir() and not apart.resolve().is_relative_to(path.resolve()):
                found[text] = _of_folder(path)
    return found


def own_ops(ops: Sequence[Op]) -> dict[str, str]:
    """The digests of the files in which ops of the user's own are written."""
    own = {type(op) for op in ops if not type(op).__module__.startswith("bloomery.")}
    return {one.__module__: digest_of(Path(inspect.getfile(one))) for one in own}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _of_folder(folder: Path) -> str:
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    if len(names) > _MOST:
        raise DataError(
            f"The folder {folder} has too many files to tell whether it changed",
            expected=f"{_MOST:,} at most",
            found=f"{len(names):,}",
            next="Name a folder that holds nothing else",
        )
    return sha256(_encode([(name, digest_of(folder / name)) for name in names])).hexdigest()
