"""One process at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(file: Path) -> Iterator[bool]:
    """Whether nobody else holds `file` until the block ends; it is given back however the process ends.

    Where the system has no such locks the answer is always yes.
    """
    with file.open("ab") as handle:
        try:
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
