"""The local engine: one function over a stream of batches, on several threads, results in input order.

The items are produced on the caller's thread (reading holds the interpreter lock most of the time); `fn` runs on worker
threads, where Polars and hashing release that lock. At most ``workers + 2`` items are in flight, so memory is bounded by
a few batches whatever the size of the input. Order of results never depends on timing, so neither does any output.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from bloomery.kernels.threads import cores

T = TypeVar("T")
R = TypeVar("R")


def ordered(fn: Callable[[T], R], items: Iterable[T], *, workers: int | None = None) -> Iterator[R]:
    """``map(fn, items)`` on `workers` threads (default: one a core), in order, with bounded look-ahead.

    An exception in `fn` or in `items` is raised here, after the calls under way have ended.

    >>> list(ordered(lambda x: x * x, range(5), workers=2))
    [0, 1, 4, 9, 16]
    """
    workers = workers or cores()
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="bloomery") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(copy_context().run, fn, item))
                while waiting and (len(waiting) > workers + 1 or waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
