"""How much a judge differs from itself when it is asked the same again."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.judge.replies import Reply


class Noise(NamedTuple):
    """A judge's replies to the same questions."""

    rater: str
    questions: int  #: with two readings at least
    spread: float  #: standard deviation within a question, pooled: √(Σ (x − x̄)² / Σ (k − 1))
    changed: float  #: share of these questions with two readings that differ
    crossed: float | None  #: share of these that lie on both sides of the threshold


def noise(replies: Sequence[Reply], name: str, *, threshold: float | None = None) -> list[Noise]:
    """The noise of each judge in the value `name` (``overall``, ``win``); NotComputableError where nothing was asked twice."""
    found = []
    for rater in dict.fromkeys(one.rater for one in replies):
        groups: dict[tuple[str, int, str, str], list[float]] = {}
        for one in replies:
            if one.rater == rater and one.reading.values is not None:
                key = (one.key.item, one.key.turn, one.key.order, one.key.models)
                groups.setdefault(key, []).append(one.reading.values[name])
        twice = [np.array(values) for values in groups.values() if len(values) > 1]
        if not twice:
            continue
        freedom = sum(len(values) - 1 for values in twice)
        spread = float(np.sqrt(sum(((values - values.mean()) ** 2).sum() for values in twice) / freedom))
        changed = float(np.mean([np.ptp(values) > 0 for values in twice]))
        crossed = (
            None
            if threshold is None
            else float(np.mean([values.min() < threshold <= values.max() for values in twice]))
        )
        found.append(Noise(rater, len(twice), spread, changed, crossed))
    if not found:
        raise NotComputableError("Noise needs repeats: no question has two readings")
    return found
