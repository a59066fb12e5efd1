"""A decided gate in words that a manager can read.

task.accuracy is 0.812, at most 0.833 at 95 % certainty: below the 0.85 that is wanted
regression.reasoning is 0.710 and 0.740 for the base, lower by 0.030 and by 0.052 at most (95 %): a drop of 0.037 is allowed
"""

from collections.abc import Callable

from bloomery.evaluate.gates.bounds import Bounds
from bloomery.evaluate.gates.expression import Wanted
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.lines import three
from bloomery.text.counted import counted


def sentence(
    state: str,
    measure: Measure,
    found: Bounds,
    wanted: Wanted,
    limit: float,
    *,
    other: float | None,
    certainty: float | None,
) -> str:
    """Value, bound and threshold; what of the state follows from them."""
    up = wanted.op == ">="
    if other is None:
        return _of_value(state, measure, found, limit, up=up, certainty=certainty)
    return _of_difference(state, measure, found, wanted, limit, other, certainty)


def _of_value(state: str, measure: Measure, found: Bounds, limit: float, *, up: bool, certainty: float | None) -> str:
    whose = f" ({found.of})" if found.of else ""
    value = f"{measure.name} is {three(found.value)}{whose}"
    side = "below" if up else "above"
    apart, near = found.low != found.high, three(limit)
    sure = "" if certainty is None or not apart else f" at {percent(certainty)} certainty"
    if state == "fail":
        bound = found.high if up else found.low
        told = f", {'at most' if up else 'at least'} {three(bound)}{sure}" if apart else counting(measure, found)
        return f"{value}{told}: {side} the {near} that is wanted"
    if state == "pass":
        bound = found.low if up else found.high
        told = f", {'at least' if up else 'at most'} {three(bound)}{sure}" if apart else counting(measure, found)
        return f"{value}{told}: {near} {'at least' if up else 'at most'} is wanted"
    wish = f"{near} {'at least' if up else 'at most'} is wanted"
    if found.low is None and found.high is None:
        return f"{value}: {wish}"
    return f"{value}, {_between(found.low, found.high)}{sure}: {wish}"


def _of_difference(
    state: str, measure: Measure, found: Bounds, wanted: Wanted, limit: float, other: float, certainty: float | None
) -> str:
    value = f"{measure.name} is {three(measure.value)}, {three(other)} for the {wanted.of}: {signed(found.value)}"
    apart = found.low != found.high
    sure = "" if certainty is None or not apart else f" at {percent(certainty)} certainty"
    up = wanted.op == ">="
    if apart and state in ("pass", "fail"):
        low = up is (state == "pass")
        value += f", {'at least' if low else 'at most'} {signed(found.low if low else found.high)}{sure}"
    elif apart or found.low is None:
        value += (
            "" if found.low is None and found.high is None else f", {_between(found.low, found.high, signed)}{sure}"
        )
    return f"{value}; {signed(limit)} {'or more' if up else 'or less'} is wanted ({wanted})"


def _between(low: float | None, high: float | None, tell: Callable[[float | None], str] = three) -> str:
    return f"between {tell(low) or 'anything'} and {tell(high) or 'anything'}"


def counting(measure: Measure, found: Bounds) -> str:
    """What a census was of."""
    return f", counted over {counted(found.n, 'item')}" if measure.how == "census" and found.n else ""


def undecided(found: Bounds, limit: float, needed: int | None, *, blocked: bool) -> str:
    """Why a gate cannot be decided, and what would."""
    if blocked:
        said = f"undecided because {counted(found.unscored, 'item is', 'items are')} unscored"
        if None in (found.low, found.high):
            return f"{said}, and what they could make of it is not known"
        return f"{said}, which count as the worst for a pass and as the best for a fail"
    unscored = f", and {counted(found.unscored, 'item')} unscored" if found.unscored else ""
    if found.value == limit:
        return f"undecided: the value is the threshold itself, so no number of items would decide{unscored}"
    more = f"; {needed:,} would decide if the value stays" if needed else ""
    return f"undecided: {counted(found.n, 'item is', 'items are')} too few to tell{more}{unscored}"


def signed(number: float | None) -> str:
    """A difference with its sign.

    >>> signed(0.05), signed(-0.05), signed(0.0)
    ('+0.050', '−0.050', '0.000')
    """
    if number is None:
        return ""
    said = three(abs(number))
    return f"{'+' if number > 0 else '−'}{said}" if said.strip("0.") else said


def percent(share: float) -> str:
    """A share as people say it.

    >>> percent(0.95), percent(0.999)
    ('95 %', '99.9 %')
    """
    return f"{100 * share:g} %"
