"""Deciding a gate by the value and its uncertainty.

A sampled value is decided at the recipe's certainty, one-sided: the gate passes if the bound is on the right side of the
threshold, fails if the other bound is on the wrong side, and is *undecided* between. Items without a score count as the worst for
passing and as the best for failing. A census has no bounds; ``certainty: none`` decides everything on the value.

A gate whose value is not there is *missing*: nothing of that name, an empty category, a base that was not asked. It never passes.
A wildcard is one gate for each value that fits, and missing where none does; a value with a gate of its own is left to that one.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, NamedTuple

from bloomery.errors import NotComputableError, nearest
from bloomery.evaluate.gates.bounds import Bounds, bounds, forget
from bloomery.evaluate.gates.difference import difference, seen
from bloomery.evaluate.gates.expression import Wanted
from bloomery.evaluate.gates.gates import Gate
from bloomery.evaluate.gates.match import fitting, of_task
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.gates.needed import needed
from bloomery.evaluate.gates.sentences import sentence, undecided
from bloomery.evaluate.lines import three
from bloomery.text.one_line import one_line

State = Literal["pass", "fail", "undecided", "missing"]

#: a drop below the base must be larger than this as well to count, where the gate says a part of the base's value
POINTS = 0.02
_NEAR = 1e-12
SHOWN = 12  # names in a sentence


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
    n: int = 0  #: items with a score, of both sides where it is a difference
    unscored: int = 0
    needed: int | None = None  #: items that would decide, if the value stays what it is
    method: str = ""
    measured: float | None = None  #: the measured value, where `value` is a difference
    margin: float | None = None  #: how far `value` is from `limit`; negative on the wrong side
    detectable: float | None = None  #: the smallest drop below the other that so many items show, with a power of 80 %

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
    why: Mapping[str, str] | None = None,
) -> list[Decided]:
    """Every gate, wildcards as one for each value that fits. `others` has the measures of ``base`` and ``baseline``.

    `why` says why these, or a part (by its name), were not measured.
    """
    named = {gate.name for gate in gates if "*" not in gate.name}
    world = _World(measures, others, why or {}, certainty, seed)
    found = [one for gate in gates for one in _each(gate, world, named)]
    forget()
    return found


class _World(NamedTuple):
    """What gates are decided on."""

    measures: Mapping[str, Measure]
    others: Mapping[str, Mapping[str, Measure]]
    why: Mapping[str, str]
    certainty: float | None
    seed: int


def _each(gate: Gate, world: _World, named: set[str]) -> list[Decided]:
    found = fitting(gate.name, world.measures)
    if not found:
        why = world.why.get(gate.part)
        said = one_line(f"{gate.name} was not measured: {why}") if why else _nothing(gate.name, world.measures)
        return [Decided(gate.name, str(gate.wanted), gate.level, "missing", said)]
    mine = [one for one in found if one.name == gate.name or one.name not in named]
    return [_one(gate, one, world) for one in mine]


def _nothing(name: str, measures: Mapping[str, Measure]) -> str:
    """That nothing fits a gate's name, and what there is."""
    near = nearest(name, measures)
    part = name.partition(".")[0]
    there = of_task(measures) if part == "task" else [one for one in measures if one.partition(".")[0] == part]
    there = [one for one in there if one != near]
    said = f"{name} was not measured"
    if near:
        said += f": did you mean {near}?"
    if there:
        shown = ", ".join(there[:SHOWN]) + (", …" if len(there) > SHOWN else "")
        said += f"{' There' if near else ': there'} is {shown}"
    elif part == "task" and not near:
        said += ": the test has no value"
    return one_line(said)


def _one(gate: Gate, measure: Measure, world: _World) -> Decided:
    wanted = gate.wanted
    head = (measure.name, str(wanted), gate.level)
    lost = _no_value(measure)
    if lost and not (measure.how == "least" and wanted.of is None):
        return Decided(*head, "missing", lost, n=measure.n, unscored=measure.unscored)
    beside, why = _beside(wanted, measure.name, world)
    if wanted.of is not None and beside is None:
        said = one_line(f"{measure.name} has nothing to be held against: {why}")
        return Decided(*head, "missing", said, measured=measure.value, n=measure.n, unscored=measure.unscored)
    try:
        if beside is None:
            known = _known(measure) if lost else measure
            found, other, limit = bounds(known, world.certainty, world.seed), None, wanted.number
        else:
            found, other = difference(measure, beside, world.certainty, world.seed), beside.value
            limit = margin(wanted, float(beside.value or 0.0))
    except NotComputableError as error:
        if lost:
            return Decided(*head, "missing", lost, n=measure.n, unscored=measure.unscored)
        said = one_line(
            f"{measure.name} is {three(measure.value)}, and how sure that is cannot be told: {error}"
        ).rstrip(".")
        return Decided(*head, "undecided", said, measure.value, n=measure.n, unscored=measure.unscored)
    state = state_of(wanted.op, limit, found.low, found.high)
    if lost and state != "fail":
        return Decided(*head, "missing", lost, n=measure.n, unscored=measure.unscored)
    return _told(head, state, measure, found, wanted, limit, other, world.certainty)


def _told(
    head: tuple[str, str, str],
    state: State,
    measure: Measure,
    found: Bounds,
    wanted: Wanted,
    limit: float,
    other: float | None,
    certainty: float | None,
) -> Decided:
    up = wanted.op == ">="
    reason = sentence(state, measure, found, wanted, limit, other=other, certainty=certainty)
    more = None
    if state == "undecided":
        blocked = bool(found.unscored) and state_of(wanted.op, limit, *found.alone) != "undecided"
        more = None if blocked or certainty is None else needed(found, limit, certainty, rises=up)
        reason += "; " + undecided(found, limit, more, blocked=blocked)
    drop = None if other is None or certainty is None else seen(found, certainty)
    if drop is not None:
        reason += f"; {found.n:,} items show a drop of {drop:.3f} or more"
    if measure.why:
        reason += f" ({measure.why})"
    return Decided(
        *head,
        state,
        one_line(reason),
        found.value,
        other,
        found.low,
        found.high,
        limit,
        found.n,
        found.unscored,
        more,
        found.method,
        measure.value if other is not None else None,
        (found.value - limit) * (1 if up else -1),
        drop,
    )


def _no_value(measure: Measure) -> str:
    """Why a measure cannot decide anything; "" if it can."""
    if measure.value is None:
        return one_line(f"{measure.name} has no value: {measure.why or 'it is not defined'}")
    if not math.isfinite(measure.value):
        return one_line(f"{measure.name} has no value: it came out as {measure.value}")
    if measure.how == "sampled" and not measure.n:
        return one_line(f"{measure.name} has no value: it is of no item")
    return ""


def _known(measure: Measure) -> Measure:
    """The worst of those members that have a value: enough to fail, never to pass."""
    members = tuple(one for one in measure.members if not _no_value(one))
    values = [one.value for one in members if one.value is not None]
    if not values:
        raise NotComputableError(measure.why or "none has a value")
    return replace(measure, value=min(values) if measure.rises else max(values), members=members)


def _beside(wanted: Wanted, name: str, world: _World) -> tuple[Measure | None, str]:
    """What a value is held against; or why there is nothing."""
    if wanted.of is None:
        return None, ""
    found = world.others.get(wanted.of, {}).get(name)
    if found is not None and not _no_value(found):
        return found, ""
    if found is not None:
        return None, f"of the {wanted.of} {_no_value(found)}"
    part = name.partition(".")[0]
    why = world.why.get(wanted.of) or world.why.get(f"{wanted.of} {part}")
    return None, why or f"the {wanted.of} has no {name}"


def margin(wanted: Wanted, other: float) -> float:
    """What the difference to the other's value is held against: a relative drop is 2 points at least, so that values near 0
    do not decide by a single item.

    >>> from bloomery.evaluate.gates.expression import wanted as read
    >>> margin(read(">= base - 5%", gate=""), 0.5), margin(read(">= base - 5%", gate=""), 0.1)
    (-0.025, -0.02)
    """
    if not wanted.relative:
        return float(wanted.number)
    drops = wanted.number < 0 if wanted.op == ">=" else wanted.number > 0
    size = max(abs(wanted.number) * abs(other), POINTS if drops else 0.0)
    return math.copysign(size, wanted.number)


def state_of(op: str, limit: float, low: float | None, high: float | None) -> State:
    """What bounds say about a threshold.

    >>> state_of(">=", 0.85, 0.86, 0.9), state_of(">=", 0.85, 0.8, 0.9), state_of("<=", 0.01, 0.02, 0.03)
    ('pass', 'undecided', 'fail')
    """
    worst, best = (low, high) if op == ">=" else (high, low)
    sign = 1 if op == ">=" else -1
    if worst is not None and sign * worst >= sign * limit - _NEAR:
        return "pass"
    if best is not None and sign * best < sign * limit - _NEAR:
        return "fail"
    return "undecided"
