"""How many calls at a time, without a server."""

from bloomery.llm.pace import START, Pace


def rounds(pace: Pace, count: int, seconds: float = 0.1) -> list[int]:
    """The limit after each of so many rounds."""
    found = []
    for _ in range(count):
        for _ in range(pace.limit):
            pace.answered(seconds)
        found.append(pace.limit)
    return found


def test_it_doubles_until_the_first_trouble_and_adds_one_a_round_after_that() -> None:
    pace = Pace(100, timeout=120)
    assert rounds(pace, 3) == [2 * START, 4 * START, 8 * START]
    pace.refused(under_way=64)
    assert pace.limit == 32
    for _ in range(63):  # the others of the same moment
        pace.refused(under_way=1)
    assert pace.limit == 32
    assert rounds(pace, 3) == [33, 34, 35]


def test_it_stays_between_one_and_the_most() -> None:
    pace = Pace(10, timeout=120)
    assert rounds(pace, 4) == [10] * 4
    for _ in range(9):
        pace.refused(under_way=1)
    assert pace.limit == 1
    assert Pace(3, timeout=120).limit == 3


def test_a_server_that_lets_calls_queue_is_given_fewer_before_they_time_out() -> None:
    pace = Pace(64, timeout=10)
    assert rounds(pace, 2, 1.0) == [16, 32]
    assert rounds(pace, 2, 3.0) == [32, 32]  # more than a quarter of the time
    assert rounds(pace, 3, 6.0) == [24, 18, 13]  # more than half of it: three quarters each
    assert rounds(pace, 2, 1.0) == [14, 15]
