"""What a test of this size could have seen, and how many items it would take to see the drop that matters."""

from typing import NamedTuple

from bloomery.errors import NotComputableError
from bloomery.evaluate.groups import Value
from bloomery.evaluate.tested import Tested
from bloomery.stats.designs import Design, PairedMeans, PairedProportions
from bloomery.stats.power import detectable_effect, sample_size


class Needed(NamedTuple):
    """Items that the drop needs, the smallest drop that these items show; None where that cannot be told, and why."""

    n: int | None
    detectable: float | None
    why: str


def unit_of(value: Value, reference: float) -> float:
    """What a drop is a share of: the value's range, or the reference's value where the range has no end."""
    low, high = value.bounds
    return abs(reference) if low is None or high is None else high - low


def needed(tested: Tested, n: int, drop: float, *, power: float, alpha: float) -> Needed:
    """From what was observed: the discordance of two shares, or the spread of the differences of items."""
    try:
        design = _design(tested, n)
        return Needed(_size(design, drop, power, alpha), _smallest(design, n, power, alpha), "")
    except NotComputableError as error:
        return Needed(None, None, str(error))


def _design(tested: Tested, n: int) -> Design:
    if tested.discordant is not None:
        if not sum(tested.discordant):
            raise NotComputableError("No item came out differently, so how many will is not known.")
        return PairedProportions(sum(tested.discordant) / n)
    if not tested.sd:
        raise NotComputableError(tested.unplanned or "How far the difference of an item spreads is not known.")
    return PairedMeans(tested.sd)


def _size(design: Design, drop: float, power: float, alpha: float) -> int | None:
    """None for a drop that is wider than any there can be."""
    return sample_size(design, -drop, power=power, alpha=alpha) if drop <= design.widest(-1) else None


def _smallest(design: Design, n: int, power: float, alpha: float) -> float | None:
    try:
        return -detectable_effect(design, n, power=power, alpha=alpha, direction=-1)
    except NotComputableError:
        return None
