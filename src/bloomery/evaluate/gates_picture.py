"""Gates as intervals held against their thresholds, a picture for each kind of scale.

Shares stand together on 0 to 1, rates that must be small on a scale that ends soon after their limits, differences from another
model around 0, and any other number by itself, since seconds and money have no scale in common.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import floor, log10
from typing import Any, NamedTuple

from markupsafe import Markup

from bloomery.evaluate.figures import figure, signed
from bloomery.web import charts

#: a share whose limit is below this is looked at closely
_SMALL = 0.1

Gate = Mapping[str, Any]


class Picture(NamedTuple):
    """One of the pictures."""

    title: str
    chart: Markup


def pictures(gates: Sequence[Gate]) -> list[Picture]:
    """Pictures of the gates that have a value and a limit; those that have none are in the table alone."""
    kinds: dict[str, list[Gate]] = {"shares": [], "small": [], "differences": [], "other": []}
    for gate in gates:
        if gate["value"] is not None and gate["limit"] is not None:
            kinds[_kind(gate)].append(gate)
    found = []
    if kinds["shares"]:
        found.append(_picture("Shares, from 0 to 1", kinds["shares"], (0.0, 1.0)))
    if kinds["small"]:
        end = min(1.0, nice(max(max(_numbers(one)) for one in kinds["small"])))
        found.append(_picture("Rates that must be small", kinds["small"], (0.0, end)))
    if kinds["differences"]:
        far = nice(max(abs(x) for one in kinds["differences"] for x in _numbers(one)))
        found.append(_picture("Differences from another model, on the same items", kinds["differences"], (-far, far)))
    for one in kinds["other"]:
        low, high = min(_numbers(one)), max(_numbers(one))
        found.append(_picture(str(one["name"]), [one], (-nice(-low) if low < 0 else 0.0, nice(max(high, 0.0)))))
    return found


def nice(far: float) -> float:
    """The end of a scale that holds `far` with some room, and has few digits.

    >>> nice(0.01), nice(0.347), nice(2.3), nice(17), nice(0)
    (0.015, 0.4, 3.0, 20.0, 1.0)
    """
    if not far > 0:
        return 1.0
    size = 10.0 ** floor(log10(far))
    return float(f"{next(step for step in _STEPS if _ROOM * far <= step * size) * size:.6g}")


_STEPS = (1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15)
_ROOM = 1.1


def _kind(gate: Gate) -> str:
    if gate["other"] is not None:
        return "differences"
    numbers = _numbers(gate)
    if min(numbers) < 0 or max(numbers) > 1:
        return "other"
    return "small" if gate["limit"] < _SMALL and gate["threshold"].startswith("<") else "shares"


def _numbers(gate: Gate) -> list[float]:
    return [one for one in (gate["value"], gate["low"], gate["high"], gate["limit"]) if one is not None]


def _picture(title: str, gates: Iterable[Gate], scale: tuple[float, float]) -> Picture:
    rows = [_row(gate) for gate in gates]
    return Picture(title, charts.thresholds(rows, title=title, scale=scale))


def _row(gate: Gate) -> charts.Threshold:
    say = signed if gate["other"] is not None else figure
    ends = None if gate["low"] is None or gate["high"] is None else (gate["low"], gate["high"])
    sure = ends is not None and ends[0] < ends[1]
    interval = f" ({say(ends[0])} to {say(ends[1])})" if ends is not None and sure else ""
    above = gate["threshold"].lstrip().startswith((">", "≥"))
    told = f"{say(gate['value'])}{interval}, {'at least' if above else 'at most'} {say(gate['limit'])}"
    label = f"{gate['name']}{'' if gate['level'] == 'must' else ' (advice)'}"
    return charts.Threshold(label, gate["value"], ends if sure else None, gate["limit"], above, gate["state"], told)
