import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bloomery.split.latest import latest


def test_the_latest_rows_are_taken() -> None:
    found = latest(np.arange(10), np.arange(10.0), rows=2)
    assert np.flatnonzero(found.taken).tolist() == [8, 9] and found.since == 8 and found.moved == 0


def test_older_rows_of_a_late_unit_move_into_the_test() -> None:
    # rows 0 and 9 are one unit: the test of 2 rows is that unit, row 0 is moved
    unit = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0])
    found = latest(unit, np.arange(10.0), rows=2)
    assert np.flatnonzero(found.taken[unit]).tolist() == [0, 9] and found.since == 9 and found.moved == 1


def test_rows_without_a_time_are_the_oldest() -> None:
    found = latest(np.arange(4), np.array([-np.inf, 1, -np.inf, 2]), rows=1)
    assert np.flatnonzero(found.taken).tolist() == [3]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), min_size=2, max_size=40), st.integers(1, 20))
def test_nothing_left_is_later_than_what_was_taken(rows: list[tuple[int, int]], wanted: int) -> None:
    unit = np.unique([u for u, _ in rows], return_inverse=True)[1]
    time = np.array([float(t) for _, t in rows])
    if unit.max() == 0:
        return
    found = latest(unit, time, rows=wanted)
    taken = found.taken[unit]
    assert taken.any() and not taken.all()
    assert time[~taken].max() <= found.since
    assert found.moved == (time[taken] < found.since).sum()
