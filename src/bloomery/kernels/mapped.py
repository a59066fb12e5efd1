"""Memory that is a file: large arrays of NumPy that the system can write out when memory runs short.

`in_files` hands NumPy functions to get and give back memory (its NEP 49). Small arrays come from the C library as ever. A large
one is a file of its own that has no name, mapped and shared, so that its pages can be written out and dropped. Room on the disk
is reserved when the array is made: where there is none, or where a folder cannot have such files, the array is in memory after
all. Arrays stay good after the block, and take their file with them when they go. A megabyte costs about a millisecond more.

In front of each array stand its size and whether it is a file, in `_HEAD` bytes, so that arrays are aligned as NumPy wants.
Linux only; elsewhere, and where kernels run as Python, nothing happens.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numba import cfunc, types
from numba.core import config
from numba.extending import intrinsic

from bloomery.kernels.jit import helper

_HEAD = np.uintp(64)
_SET_HANDLER = 304  # its place in NumPy's table of functions, which is part of the stable interface
_NAME = b"mem_handler"
_ALIVE: list[Any] = []  # arrays may live as long as the process, and so what gives their memory back

_int, _word = types.intc, types.uintp
_malloc: Any = types.ExternalFunction("malloc", _word(_word))
_calloc: Any = types.ExternalFunction("calloc", _word(_word, _word))
_free: Any = types.ExternalFunction("free", types.void(_word))
_memcpy: Any = types.ExternalFunction("memcpy", _word(_word, _word, _word))
_open: Any = types.ExternalFunction("open", _int(_word, _int, _int))
_reserve: Any = types.ExternalFunction("posix_fallocate", _int(_int, _word, _word))
_mmap: Any = types.ExternalFunction("mmap", _word(_word, _word, _int, _int, _int, _word))
_munmap: Any = types.ExternalFunction("munmap", _int(_word, _word))
_close: Any = types.ExternalFunction("close", _int(_int))

_OPEN = getattr(os, "O_TMPFILE", 0) | os.O_RDWR | getattr(os, "O_CLOEXEC", 0)
_READ_WRITE, _SHARED, _OWNER = 3, 1, 0o600
_NONE, _ONE, _WORD, _FAILED = np.uintp(0), np.uintp(1), np.uintp(8), np.uintp(2**64 - 1)


def _store(_: Any, address: Any, value: Any) -> Any:
    """A number into memory."""

    def build(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        to = builder.inttoptr(given[0], given[1].type.as_pointer())
        builder.store(given[1], to)
        return given[1]

    return _word(_word, _word), build


def _load(_: Any, address: Any) -> Any:
    """The number that stands in memory."""

    def build(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.load(builder.inttoptr(given[0], given[0].type.as_pointer()))

    return _word(_word), build


_put: Any = intrinsic(_store)
_get: Any = intrinsic(_load)


@helper
def _file(folder: Any, size: Any) -> Any:
    """A mapped file of that size, of zeros; 0 where there can be none."""
    file = _open(folder, _OPEN, _OWNER)
    if file < 0:
        return _NONE
    at = _FAILED
    if _reserve(file, _NONE, size) == 0:
        at = _mmap(_NONE, size, _READ_WRITE, _SHARED, file, _NONE)
    _close(file)
    return _NONE if at == _FAILED else at


@helper
def _new(context: Any, size: Any, zeros: Any) -> Any:
    """Memory of that size, 0 where there is none; `context` is a `_Context`."""
    whole = size + _HEAD
    at = _file(context + _WORD, whole) if size >= _get(context) else _NONE
    mapped = at != _NONE
    if not mapped:
        at = _calloc(whole, _ONE) if zeros else _malloc(whole)
    if at == _NONE:
        return _NONE
    _put(at, size)
    _put(at + _WORD, _ONE if mapped else _NONE)
    return at + _HEAD


@helper
def _gone(at: Any) -> None:
    if at == _NONE:
        return
    head = at - _HEAD
    if _get(head + _WORD) == _ONE:
        _munmap(head, _get(head) + _HEAD)
    else:
        _free(head)


@helper
def _longer(context: Any, at: Any, size: Any) -> Any:
    new = _new(context, size, False)
    if at != _NONE and new != _NONE:
        _memcpy(new, at, min(size, _get(at - _HEAD)))
        _gone(at)
    return new


class _Context(ctypes.Structure):
    """What the functions are told: the size from which an array is a file, and the folder."""

    _fields_ = [("least", ctypes.c_size_t), ("folder", ctypes.c_char * 4_096)]


class _Allocator(ctypes.Structure):
    """NumPy's PyDataMemAllocator."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("context", "malloc", "calloc", "realloc", "free")]


class _Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler."""

    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("allocator", _Allocator)]


@lru_cache(maxsize=1)
def _functions() -> list[Any]:
    """malloc, calloc, realloc and free as NumPy calls them."""

    def new(context: Any, size: Any) -> Any:
        return _new(context, size, False)

    def zeros(context: Any, count: Any, size: Any) -> Any:
        return _new(context, count * size, True)

    def longer(context: Any, at: Any, size: Any) -> Any:
        return _longer(context, at, size)

    def gone(_context: Any, at: Any, _size: Any) -> None:
        _gone(at)

    kinds = (_word(_word, _word), _word(_word, _word, _word), _word(_word, _word, _word), types.void(*[_word] * 3))
    return [cfunc(kind, cache=True)(one) for kind, one in zip(kinds, (new, zeros, longer, gone), strict=True)]


@lru_cache(maxsize=1)
def _table() -> Any:
    """NumPy's table of C functions."""
    module: Any = np._core._multiarray_umath  # type: ignore[attr-defined]
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.cast(pointer(module._ARRAY_API, None), ctypes.POINTER(ctypes.c_void_p))


@contextmanager
def in_files(folder: Path, *, least: int = 1 << 20) -> Iterator[None]:
    """NumPy's arrays of `least` bytes or more that this thread makes meanwhile are files in `folder`."""
    name = os.fsencode(folder)
    if not sys.platform.startswith("linux") or config.DISABLE_JIT or len(name) >= 4_096:  # type: ignore[attr-defined]
        yield
        return
    context = _Context(least, name)
    handler = _Handler(b"bloomery", 1, _Allocator(ctypes.addressof(context), *(one.address for one in _functions())))
    _ALIVE.append((context, handler))
    capsule = ctypes.pythonapi.PyCapsule_New
    capsule.restype, capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    use = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_table()[_SET_HANDLER])
    before = use(capsule(ctypes.addressof(handler), _NAME, None))
    try:
        yield
    finally:
        use(before)
