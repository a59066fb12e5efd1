"""From what was found to what to do: length bounds and a ``clean:`` section.

Bounds are percentiles, rounded outwards to figures people write: half a per cent of the rows at each end may fall
outside. A minimum is never above half the median, and a task whose answers are labels gets none: short is right there.
Below `ENOUGH` rows percentiles say nothing and the op's own defaults stand.
"""

from collections.abc import Mapping

import numpy as np

from bloomery.clean.length import LABEL_FORMATS, Length
from bloomery.profile.lengths import Sides
from bloomery.profile.result import Bounds, Entry

ENOUGH = 200
OUTSIDE = 0.5  # per cent of the rows, at each end
BOUNDED = ("prompt", "completion", "text")


def bounds(sides: Mapping[str, Sides], *, task: str, format_name: str) -> dict[str, Bounds]:
    """Suggested bounds by role, for the roles that the op ``length`` bounds."""
    labels = task == "label" or format_name in LABEL_FORMATS
    return {role: _bounds(role, sides[role], labels=labels) for role in BOUNDED if role in sides}


def _bounds(role: str, side: Sides, *, labels: bool) -> Bounds:
    low: int | None
    if len(side.weighted) < ENOUGH:
        low, high = getattr(Length(), role) or (None, None)
    else:
        least, middle = np.percentile(side.weighted, [OUTSIDE, 50])
        low = rounded_down(min(float(least), float(middle) / 2))
        high = rounded_up(float(np.percentile(side.longest, 100 - OUTSIDE)))
    if labels:
        low = 1 if role == "prompt" else None
    return Bounds(low, high)


def rounded_down(value: float) -> int:
    """To one leading digit, towards zero, at least 1.

    >>> [rounded_down(value) for value in (0.4, 8.9, 37, 219)]
    [1, 8, 30, 200]
    """
    whole = int(value)
    unit = int(10 ** (len(str(whole)) - 1))
    return max(whole // unit * unit, 1)


def rounded_up(value: float) -> int:
    """To two leading digits, away from zero.

    >>> [rounded_up(value) for value in (8.2, 99, 1234, 3900)]
    [9, 99, 1300, 3900]
    """
    whole = int(np.ceil(value))
    unit = int(10 ** max(len(str(whole)) - 2, 0))
    return -(-whole // unit) * unit


def clean_section(suggested: Mapping[str, Bounds]) -> list[Entry]:
    """The default order of ops, with the suggested bounds."""
    length = {role: list(found) for role, found in suggested.items()}
    return ["normalize", "pii", "exact", "near", {"length": length} if length else "length", "signals"]
