"""What a first run needs late is compiled while it does what comes early: by a second process, into the same folder.

The compiler works on one kernel at a time in a process, so two processes halve the wait on two cores. If the second one is
not done in time, nothing is lost but its work.
"""

import subprocess
import sys

import numpy as np
import polars as pl

from bloomery.kernels.edits import edits, occurrences, slots
from bloomery.kernels.jit import compiled_before
from bloomery.kernels.join import join
from bloomery.kernels.likeness import Remembered, Spoken
from bloomery.kernels.sets import Sets
from bloomery.kernels.views import views
from bloomery.kernels.words import known_words, words


def start() -> None:
    """Begin, if nothing has been compiled on this machine yet."""
    if not compiled_before():
        none = subprocess.DEVNULL
        subprocess.Popen([sys.executable, "-m", __name__], stdin=none, stdout=none, stderr=none)  # noqa: S603


def compile_late() -> None:
    """Tokens, likeness and the join, on one row."""
    known, table = known_words(["one"]), np.zeros(0x110000, dtype=np.uint8)
    found = words(views(pl.Series(["a b c d"])), table, known, buffer=np.empty(8, dtype=np.uint64))
    one = np.zeros(1, dtype=np.uint64)
    parts = np.array([0, 1], dtype=np.int64)
    told = Remembered(1)
    spoken = Spoken(found.values, found.offsets, parts, one, np.ones(1, dtype=np.bool_), one)
    told.tell(spoken, 0, 3, answer=8, longest=60, common=known)
    sets = Sets(np.arange(8, dtype=np.uint64), np.array([0, 0], dtype=np.int64), np.array([8, 8], dtype=np.int64))
    pairs = join(sets, 0.8, marked=0.6, blocks=np.arange(2))
    occurrences(*sets)
    edits(*sets, pairs.a, pairs.b, np.ones(len(pairs.a), dtype=np.int64))
    slots(*sets, pairs.a, pairs.b)


if __name__ == "__main__":
    compile_late()
