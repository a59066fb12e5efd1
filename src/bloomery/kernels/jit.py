"""How every kernel is compiled: to native code without the interpreter lock, once a machine.

A kernel is a plain function over NumPy arrays, marked ``@kernel``. It is compiled at its first call and kept on disk, so
later runs load it in milliseconds. Where the package's own folder cannot be written (a system-wide installation), the
compiled code goes to the user's cache folder; where that cannot be written either, to a temporary one, and each run
compiles again. The folder is named after a digest of all kernels, because the compiler does not notice when a helper in
another file changes. ``NUMBA_CACHE_DIR`` overrules all of this; ``NUMBA_DISABLE_JIT=1`` runs kernels as Python, for coverage.

Kernels trust their arguments: lengths and types are checked by the function that calls them.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])

_OLD = 7 * 86_400  # seconds


def _cache_folder() -> str:
    """A folder for compiled code that can be written."""
    here = Path(__file__).parent
    digest = blake2b(b"".join(file.read_bytes() for file in sorted(here.glob("*.py"))), digest_size=8).hexdigest()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bloomery"
    for folder in (here / "__pycache__" / digest, home / digest):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                _remove_old(folder)
                return str(folder)
        except OSError:
            continue
    return tempfile.mkdtemp(prefix="bloomery-kernels-")


def compiled_before() -> bool:
    """Whether kernels of this version have been compiled on this machine."""
    return any(Path(os.environ["NUMBA_CACHE_DIR"]).rglob("*.nbi"))


def _remove_old(folder: Path) -> None:
    """Delete what was compiled from other versions of the kernels a week ago or more."""
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder and time.time() - other.stat().st_mtime > _OLD:
            shutil.rmtree(other, ignore_errors=True)


os.environ.setdefault("NUMBA_CACHE_DIR", _cache_folder())

import numpy as np  # noqa: E402
from numba import config, njit  # noqa: E402  # reads NUMBA_CACHE_DIR when it is imported


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Nobody finds `module` meanwhile, unless it has been imported before."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # how the import system spells "there is none"
    try:
        yield
    finally:
        del sys.modules[module]


if not config.DISABLE_JIT:  # type: ignore[attr-defined]
    # The first kernel to be loaded would import this, and with it scipy.linalg, a quarter of a second: numba looks whether
    # inner products can use BLAS. Without, they are loops; what needs linear algebra imports it when it is compiled.
    with _without("scipy.linalg"):
        import numba.np.arraymath  # noqa: F401


def kernel(function: F) -> F:
    """Compile `function` at its first call, and keep what was compiled.

    As Python it must do without the warnings that NumPy has for numbers that wrap around, as hashes do.
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return np.errstate(over="ignore")(function)
    compiled: Any = njit(nogil=True, cache=True, boundscheck=False)(function)
    return cast(F, compiled)


def helper(function: F) -> F:
    """For functions that only kernels call: a fifth less to compile, and nothing of their own on disk."""
    options: Any = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    compiled: Any = njit(nogil=True, boundscheck=False, **options)(function)
    return cast(F, compiled)
