"""Items that came out differently: better in one model, worse in the other."""

from typing import NamedTuple

import numpy as np

from bloomery.evaluate.groups import Value
from bloomery.evaluate.pairing import Pair
from bloomery.evaluate.tested import Sides


class Flips(NamedTuple):
    """Ids of items, those of the largest change first, in the order of the test where they changed as much."""

    lost: list[str]  #: worse in the other model than in the reference
    gained: list[str]
    same: int


def flips(pair: Pair, value: Value, sides: Sides) -> Flips:
    """What changed, by the mean over trainings; unscored items are in none of the three."""
    change = (sides.other.mean(axis=0) - sides.reference.mean(axis=0)) * (1 if value.rises else -1)
    known = np.isfinite(change)
    order = np.argsort(np.where(known, -np.abs(change), 0), kind="stable")
    names = pair.items.to_list()
    return Flips(
        [names[at] for at in order if known[at] and change[at] < 0],
        [names[at] for at in order if known[at] and change[at] > 0],
        int(np.count_nonzero(change[known] == 0)),
    )
