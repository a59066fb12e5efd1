"""One check: something to be computed, what must come out, and where that is known from.

What is compared is taken apart into leaves (numbers, words, nothing): of named tuples, lists, arrays and dictionaries alike. A
number agrees within the tolerance, everything else only if it is equal. What must come out is never computed by what is
checked: it is a published table, arithmetic by hand (`by_hand`), or a count of cases that can be enumerated.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from bloomery.errors import BloomeryError

#: what rounding of 64-bit numbers may cost
EXACT = 1e-9


class Check(NamedTuple):
    """One line of the table."""

    covers: str
    """The function, class or metric it is about, as its module spells it: ``stats.proportion.wilson``."""
    what: str
    """What is computed, for a reader."""
    got: Callable[[], Any]
    """Computes it through the product's own function, looked up when it runs."""
    expected: Any
    source: str
    """A publication, or the arithmetic."""
    tolerance: float = EXACT
    needs: Sequence[str] = ()
    """What must be there for it to run (`bloomery.cli.selfcheck.needs`)."""


class Outcome(NamedTuple):
    """What became of a check."""

    check: Check
    got: Any
    status: str
    """``agrees``, ``differs``, or why it did not run."""


def digits(count: int) -> float:
    """The tolerance for a number published with so many decimals: half of the last one.

    >>> digits(3)
    0.0005000001
    """
    return 0.5 * 10.0**-count + 1e-10


def refusal(compute: Callable[[], Any]) -> str:
    """The type of the error that `compute` raises, or what it gives instead.

    >>> refusal(lambda: [][1]), refusal(lambda: 1)
    ('IndexError', '1')
    """
    try:
        return str(compute())
    except (ArithmeticError, BloomeryError, LookupError, ValueError) as error:
        return type(error).__name__


def agree(got: Any, expected: Any, tolerance: float) -> bool:
    """Whether `got` has the leaves that were expected.

    >>> agree((1.0, np.array([2.0])), [1, [2 + 1e-12]], 1e-9), agree([1.0], [1.0, 2.0], 1), agree(None, 0, 1)
    (True, False, False)
    """
    found, wanted = list(leaves(got)), list(leaves(expected))
    return len(found) == len(wanted) and all(_same(*pair, tolerance) for pair in zip(found, wanted, strict=True))


def leaves(value: Any) -> Iterator[Any]:
    """The numbers and words of a value, from left to right, with the keys of dictionaries among them."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield name
            yield from leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    else:
        yield value.item() if isinstance(value, np.generic) else value


def _same(got: Any, expected: Any, tolerance: float) -> bool:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (got, expected))
    if not numbers:
        return type(got) is type(expected) and bool(got == expected)
    return bool(got == expected or abs(got - expected) <= tolerance)
