"""Naming some of what is left out."""

from collections.abc import Sequence

#: how many are named
SHOWN = 5


def named(first: Sequence[str], count: int) -> str:
    """The first of so many.

    >>> named(["a", "b"], 2), named(["a", "b"], 7)
    ('a, b', 'a, b, …')
    """
    return ", ".join(first) + (", …" if count > len(first) else "")
