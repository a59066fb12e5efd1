"""What terminal, Markdown and JUnit say alike of a verdict, as verdict.json holds it."""

from collections.abc import Mapping
from typing import Any

from bloomery.evaluate.gates.sentences import percent, signed
from bloomery.evaluate.lines import three
from bloomery.text.counted import counted

Told = Mapping[str, Any]

WORDS = {"deploy": "deploy", "no_deploy": "do not deploy", "inconclusive": "inconclusive"}
HEAD = ("gate", "", "is", "bounds", "wanted", "items", "would decide")
_SHORT = {"pass": "pass", "fail": "FAIL", "undecided": "undecided", "missing": "missing"}


def title(told: Told) -> str:
    """The verdict in a line.

    >>> title({"verdict": "no_deploy", "model": "tuned", "base": "small", "certainty": 0.95})
    'do not deploy: tuned (base small), decided at 95 % certainty'
    """
    base = f" (base {told['base']})" if told.get("base") else ""
    sure = (
        "decided on the values alone"
        if told["certainty"] is None
        else f"decided at {percent(told['certainty'])} certainty"
    )
    return f"{WORDS.get(told['verdict'], told['verdict'])}: {told['model']}{base}, {sure}"


def cells(gate: Told) -> tuple[str, ...]:
    """A gate as a row below `HEAD`."""
    tell = signed if gate["other"] is not None else three
    apart = gate["low"] != gate["high"]
    ends = f"{tell(gate['low']) or 'any'} to {tell(gate['high']) or 'any'}" if apart else ""
    advice = " (advice)" if gate["level"] == "advise" else ""
    unscored = f" + {gate['unscored']:,} unscored" if gate["unscored"] else ""
    return (
        gate["name"],
        f"{_SHORT.get(gate['state'], gate['state'])}{advice}",
        tell(gate["value"]),
        ends,
        gate["threshold"],
        f"{gate['n']:,}{unscored}" if gate["n"] or unscored else "",
        f"{gate['needed']:,}" if gate["needed"] else "",
    )


def beside(told: Told) -> list[str]:
    """What stands below the gates: what is left open, what the recipe wants less of, looks."""
    said = [f"not measured: {one}" for one in told["not_measured"]]
    said += [f"less than the default: {one}" for one in told.get("loosened", ())]
    looks = told.get("looks")
    if looks is not None and looks > 1:
        said.append(
            f"this test has been looked at {looks:,} times, with different answers: the more often, the less a pass says"
        )
    return said + [str(one) for one in told.get("notes", ())]


def counts(told: Told) -> str:
    """How many gates are in which state.

    >>> counts({"gates": [{"state": "pass"}, {"state": "fail"}, {"state": "pass"}]})
    '3 gates: 2 pass, 1 fail'
    """
    states = [gate["state"] for gate in told["gates"]]
    each = ", ".join(f"{states.count(one):,} {one}" for one in _SHORT if one in states)
    return f"{counted(len(states), 'gate')}{': ' if each else ''}{each}"
