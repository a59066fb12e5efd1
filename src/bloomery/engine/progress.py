"""How a long step tells how far it is: one function, called often, that must be cheap.

Stages call it; who listens (a bar in the terminal, a notebook, nobody) is the caller's choice.
"""

from typing import Protocol


class Progress(Protocol):
    """Called after each batch; `done` and `total` are in the same unit (bytes while reading), `rows` is for people."""

    def __call__(self, stage: str, *, rows: int, done: int, total: int) -> None:
        """Say that `stage` has done `done` of `total` (0 when unknown) and seen `rows` rows."""


def silent(stage: str, *, rows: int, done: int, total: int) -> None:
    """Nobody listens."""
