"""Deciding a gate by the value and its uncertainty.

A sampled value is decided at the recipe's certainty, one-sided: the gate passes if the bound is on the right side of the
threshold, fails if the other bound is on the wrong side, and is *undecided* between. Items without a score count as the worst for
passing and as the best for failing. A census has no bounds; ``certainty: none`` decides everything on the value.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bloomery.errors import NotComputableError, nearest
from bloomery.evaluate.gates.bounds import Bounds, bounds, difference
from bloomery.evaluate.gates.gates import Gate
from bloomery.evaluate.gates.measure import Measure

State = Literal["pass", "fail", "undecided", "missing"]

#: a drop below the base must be larger than this as well to count, where the gate says a part of the base's value
POINTS = 0.02


@dataclass(frozen=True)
class Decided:
    """A gate and what came of it."""

    name: str
    threshold: str
    level: str
    state: State
    reason: str
    value: float | None = None  #: the measured value, or the difference to the base or baseline
    other: float | None = None  #: the base's or baseline's value
    low: float | None = None
    high: float | None = None
    limit: float | None = None  #: what `value` is held against, as a number
    n: int = 0
    unscored: int = 0
    needed: int | None = None  #: items that would decide, if the value stays what it is
    method: str = ""

    def told(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def decide(
    gates: Sequence[Gate],
    measures: Mapping[str, Measure],
    others: Mapping[str, Mapping[str, Measure]],
    *,
    certainty: float | None,
    seed: int = 0,
) -> list[Decided]:
    """Every gate, wildcards as one for each value that fits. `others` has the measures of ``base`` and ``baseline``."""
    return [one for gate in gates for one in _each(gate, measures, others, certainty, seed)]


def _each(
    gate: Gate,
    measures: Mapping[str, Measure],
    others: Mapping[str, Mapping[str, Measure]],
    certainty: float | None,
    seed: int,
) -> list[Decided]:
    names = [name for name in measures if fits(gate.name, name)]
    if not names:
        near = nearest(gate.name, measures)
        said = f"nothing of that name was measured{f'; did you mean {near}?' if near else ''}"
        return [Decided(gate.name, str(gate.wanted), gate.level, "missing", said)]
    return [_one(gate, measures[name], others, certainty, seed) for name in names]


def fits(wanted: str, name: str) -> bool:
    """Whether a measure is one that a gate's name is about.

    >>> fits("regression.*", "regression.reasoning"), fits("regression.*", "regression.min"), fits("task.f1", "task.f1.macro")
    (True, False, False)
    """
    if "*" not in wanted:
        return wanted == name
    before, _, after = wanted.partition("*")
    inside = name[len(before) : len(name) - len(after)]
    return name.startswith(before) and name.endswith(after) and bool(inside) and inside not in ("min", "overall")


def _one(
    gate: Gate,
    measure: Measure,
    others: Mapping[str, Mapping[str, Measure]],
    certainty: float | None,
    seed: int,
) -> Decided:
    wanted = gate.wanted
    head = (measure.name, str(wanted), gate.level)
    if measure.value is None:
        return Decided(*head, "missing", f"there is no value: {measure.why or 'it is not defined'}", n=measure.n)
    try:
        if wanted.of is None:
            found, other, limit, value = bounds(measure, certainty, seed), None, wanted.number, measure.value
        else:
            beside = others.get(wanted.of, {}).get(measure.name)
            if beside is None or beside.value is None:
                return Decided(*head, "missing", f"there is no {wanted.of} to hold it against", measure.value)
            found, other = difference(measure, beside, certainty, seed), beside.value
            limit, value = _margin(wanted, beside.value), found.value
    except NotComputableError as error:
        return Decided(*head, "undecided", str(error), measure.value, n=measure.n, unscored=measure.unscored)
    state = _state(wanted.op, limit, found)
    needed = _needed(found, limit) if state == "undecided" else None
    reason = _reason(state, measure, found, wanted.op, limit, needed)
    return Decided(
        *head,
        state,
        reason,
        value,
        other,
        found.low,
        found.high,
        limit,
        found.n,
        measure.unscored,
        needed,
        found.method,
    )


def _margin(wanted: Any, other: float) -> float:
    if not wanted.relative:
        return float(wanted.number)
    size = max(abs(wanted.number) * abs(other), POINTS if wanted.number < 0 else 0.0)
    return math.copysign(size, wanted.number)


def _state(op: str, limit: float, found: Bounds) -> State:
    worst, best = (found.low, found.high) if op == ">=" else (found.high, found.low)
    sign = 1 if op == ">=" else -1
    if worst is not None and sign * worst >= sign * limit:
        return "pass"
    if best is not None and sign * best < sign * limit:
        return "fail"
    return "undecided"


def _needed(found: Bounds, limit: float) -> int | None:
    """Items at which the bound, whose distance shrinks with the root of n, would reach the limit."""
    gap = abs(found.value - limit)
    bound = found.low if found.value > limit else found.high
    if not gap or bound is None or not found.n:
        return None
    return math.ceil(found.n * ((found.value - bound) / gap) ** 2)


def _reason(state: State, measure: Measure, found: Bounds, op: str, limit: float, needed: int | None) -> str:
    if state == "undecided":
        more = f"; {needed:,} items would decide if the value stays" if needed else ""
        return f"{found.n:,} items are too few to tell{more}"
    return "the bound is on the right side" if state == "pass" else "the bound is on the wrong side"
