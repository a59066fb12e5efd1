"""What is told deep within a stage reaches whoever listens, also from worker threads, and nobody after the block."""

from bloomery.engine import heard_by, ordered, tell


def test_those_who_listen_are_told_from_worker_threads_too() -> None:
    heard = []

    def listen(stage: str, *, rows: int, done: int, total: int) -> None:
        heard.append((stage, rows, done, total))

    def work(item: int) -> int:
        tell("working", rows=item, done=item, total=3)
        return item

    with heard_by(listen):
        assert list(ordered(work, range(3), workers=2)) == [0, 1, 2]
    assert list(ordered(work, range(3), workers=2)) == [0, 1, 2]
    assert sorted(heard) == [("working", k, k, 3) for k in range(3)]
