"""Threads for kernels, which hold no interpreter lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise, starmap
from typing import TypeVar

R = TypeVar("R")


def cores() -> int:
    """Processors this process may use, at least 1."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def shared_out(work: Callable[[int, int], R], count: int, frame: int, *, threads: int) -> list[R]:
    """``work(first, last)`` on frames of at most `frame` of `count` things, on `threads` threads; results in order.

    >>> shared_out(lambda first, last: list(range(first, last)), 5, 2, threads=2)
    [[0, 1], [2, 3], [4]]
    """
    frames = list(pairwise([*range(0, count, frame), count]))
    if threads == 1 or len(frames) < 2:
        return list(starmap(work, frames))
    with ThreadPoolExecutor(min(threads, len(frames)), thread_name_prefix="bloomery") as pool:
        return list(pool.map(lambda pair: work(*pair), frames))
