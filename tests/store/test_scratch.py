"""Numbers that are too many for memory."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from bloomery.store import Scratch


def test_what_goes_in_comes_out_whatever_the_thread(tmp_path: Path) -> None:
    pieces = [np.arange(k, 3 * k, dtype=np.uint64) for k in range(50)]
    with Scratch(tmp_path) as scratch, ThreadPoolExecutor(4) as pool:
        places = list(pool.map(scratch.append, pieces))
        values = scratch.values()
        for place, piece in zip(places, pieces, strict=True):
            assert values[place : place + len(piece)].tolist() == piece.tolist()
        assert len(values) == sum(map(len, pieces))
        values[0] += 1
        assert scratch.values()[0] == values[0] - 1


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    with Scratch(tmp_path) as scratch:
        assert scratch.values().tolist() == []
        scratch.append(np.ones(10, dtype=np.uint64))
        assert not [file for file in tmp_path.iterdir() if file.stat().st_size]
    assert not list(tmp_path.iterdir())
