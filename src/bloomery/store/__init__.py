"""Run folders and their files."""

from bloomery.store.arrays import Arrays, read_arrays, write_arrays
from bloomery.store.decisions import Decision, digest, dump, load
from bloomery.store.folder import MARKER, building, check_free, kept_aside, private, remove, settle, write_atomic
from bloomery.store.lock import locked
from bloomery.store.scratch import Scratch

__all__ = [
    "MARKER",
    "Arrays",
    "Decision",
    "Scratch",
    "building",
    "check_free",
    "digest",
    "dump",
    "kept_aside",
    "load",
    "locked",
    "private",
    "read_arrays",
    "remove",
    "settle",
    "write_arrays",
    "write_atomic",
]
