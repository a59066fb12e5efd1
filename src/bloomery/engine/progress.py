"""How a long step tells how far it is: one function, called often, that must be cheap.

Stages call it; who listens (a bar in the terminal, a notebook, nobody) is the caller's choice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Progress(Protocol):
    """Called after each batch; `done` and `total` are in the same unit (bytes while reading), `rows` is for people."""

    def __call__(self, stage: str, *, rows: int, done: int, total: int) -> None:
        """Say that `stage` has done `done` of `total` (0 when unknown) and seen `rows` rows."""


def silent(stage: str, *, rows: int, done: int, total: int) -> None:
    """Nobody listens."""


_listener: ContextVar[Progress] = ContextVar("listener", default=silent)


@contextmanager
def heard_by(progress: Progress) -> Iterator[None]:
    """Within the block, `tell` is heard, also on the threads of `bloomery.engine.ordered`."""
    token = _listener.set(progress)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(stage: str, *, rows: int, done: int, total: int) -> None:
    """For work deep within a stage that takes long by itself: whoever listens is told."""
    _listener.get()(stage, rows=rows, done=done, total=total)
