"""The local engine keeps order, bounds what is in flight, and passes errors on."""

import threading
import time
from collections.abc import Iterator

import pytest

from bloomery.engine import cores, ordered


def test_results_come_in_input_order_although_later_items_finish_first() -> None:
    def slow_first(x: int) -> int:
        time.sleep(0.05 if x == 0 else 0)
        return x

    assert list(ordered(slow_first, range(20), workers=4)) == list(range(20))


def test_reading_never_runs_far_ahead_of_the_work() -> None:
    started, finished, ahead = 0, 0, []
    lock = threading.Lock()

    def items() -> Iterator[int]:
        nonlocal started
        for x in range(50):
            started += 1
            ahead.append(started - finished)
            yield x

    def work(x: int) -> int:
        nonlocal finished
        time.sleep(0.002)
        with lock:
            finished += 1
        return x

    assert sum(1 for _ in ordered(work, items(), workers=2)) == 50
    assert max(ahead) <= 2 + 3


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_in_the_work_is_raised_where_the_results_are_taken(workers: int) -> None:
    def fail(x: int) -> int:
        if x == 3:
            raise ValueError("three")
        return x

    taken = []
    with pytest.raises(ValueError, match="three"):
        for result in ordered(fail, range(100), workers=workers):
            taken.append(result)  # noqa: PERF402
    assert taken == [0, 1, 2]


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1
