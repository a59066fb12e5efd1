"""``unscored.rate``: the largest share of unscored items over the task and every suite."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.gates.numbers import without_score

#: metrics that tell something beside the answers: what an item cost may be unknown without its being unscored, and probes
#: (`bloomery.evaluate.parts.rates`) decide nothing by default
_BESIDE = frozenset({"cost", "health", "diversity", "flagged"})
#: parts that only advise: what the base was shown more of, and texts that did not fit its window, block no verdict
_ADVICE = frozenset({"less", "perplexity", "calibration"})

NAME = "unscored.rate"


def unscored_rate(measures: Iterable[Measure]) -> Measure:
    """The rate of the test or suite where it is largest; of no item without a value, so that the gate is missing.

    An item is unscored where the call failed, and where a share or a mean has no number for it.
    """
    suites: dict[tuple[str, int], tuple[NDArray[np.bool_], NDArray[np.bool_]]] = {}
    for one in _sampled(measures):
        rows = one.rows
        if rows is None or one.slice:  # a slice is of the same items as the whole
            continue
        height = rows.answers.height
        asked, lost = suites.setdefault(
            (one.part, id(rows.answers)), (np.zeros(height, dtype=np.bool_), np.zeros(height, dtype=np.bool_))
        )
        asked[rows.at] = True
        lost[rows.at] |= without_score(one)
    rates = [(part, int(asked.sum()), int(lost.sum())) for (part, _), (asked, lost) in suites.items() if asked.any()]
    if not rates:
        return Measure(NAME, None, how="census", rises=False, why="no item was scored")
    part, n, lost_ = max(rates, key=lambda one: one[2] / one[1])
    return Measure(NAME, lost_ / n, n=n, how="census", rises=False, why=f"{lost_:,} of {n:,} items of {part}")


def _sampled(measures: Iterable[Measure]) -> Iterable[Measure]:
    """Those of items, the members of the worst of several among them."""
    for one in measures:
        if one.how == "least":
            yield from _sampled(one.members)
        elif one.part not in _ADVICE and one.rows is not None and one.rows.metric.name() not in _BESIDE:
            yield one
