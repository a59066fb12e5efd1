"""A measured number: with its interval and the items it is of, or with the reason why there is none."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.interval import Interval
from bloomery.stats.mean import mean
from bloomery.stats.proportion import wilson


class Number(NamedTuple):
    """A value with its interval and the items it is of, or why there is none."""

    value: float | None
    interval: Interval | None = None
    items: int = 0
    why: str | None = None

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "value": self.value,
            "interval": None if self.interval is None else list(self.interval),
            "items": self.items,
            "why": self.why,
        }


def measured(make: Callable[[], Number]) -> Number:
    """A number, or the reason why there is none."""
    try:
        return make()
    except NotComputableError as error:
        return Number(None, None, 0, str(error))


def share_with_interval(shares: Sequence[float]) -> Number:
    """The mean of shares in 0..1, one an item: Wilson's interval where they are 0 or 1, else Student's, cut to [0, 1]."""
    if not shares:
        return Number(None, None, 0, "no item has the labels that this needs")
    values = np.asarray(shares, dtype=np.float64)
    n, value = len(values), float(values.mean())
    if np.isin(values, (0.0, 1.0)).all():
        return Number(value, wilson(int(values.sum()), n), n)
    try:
        low, high = mean(values).interval
    except NotComputableError:  # they are all alike
        low, high = wilson(round(value * n), n)
    return Number(value, Interval(max(0.0, low), min(1.0, high)), n)
