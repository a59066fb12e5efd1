"""Gates, and suites, that were changed after results existed.

A folder that is run again knows under which gates it was decided before, and what was changed before that; the history knows
under which gates the same answers were decided in other folders. Every change stays in the verdict: a second hides no first.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

Change = dict[str, Any]


def earlier(folder: Path) -> dict[str, Any]:
    """The verdict that stands in a folder that will be replaced; {} where there is none."""
    path = folder / "verdict.json"
    try:
        found = msgspec.json.decode(path.read_bytes())
    except OSError:
        return {}
    except msgspec.DecodeError:
        return {"unreadable": True}
    return found if isinstance(found, dict) else {"unreadable": True}


def changes(
    before: Mapping[str, Any],
    rules: Mapping[str, Any],
    hashes: Mapping[str, str],
    others: Iterable[Mapping[str, Any]] = (),
) -> tuple[Change, ...]:
    """What is not as it was: by the verdict that stood there `before`, and by the rules under which the same answers were decided
    in other folders, oldest first.
    """
    found = list(before.get("changed") or [])
    if before.get("unreadable"):
        found.append({"what": "the verdict", "was": "in a file that cannot be read", "now": "decided again"})
    if before.get("rules"):
        found += between(before["rules"], rules)
        found += _suites(before.get("hashes") or {}, hashes)
    chain = [*others, rules]
    for one, following in pairwise(chain):
        found += between(one, following)
    return tuple(msgspec.json.decode(one) for one in dict.fromkeys(msgspec.json.encode(one) for one in found))


def between(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """The differences of two sets of rules.

    >>> one = {"gates": {"task.f1": ">= 0.8 (must)"}, "waive": [], "certainty": 0.95}
    >>> between(one, one | {"waive": ["safety"]})
    [{'what': 'waived parts', 'was': 'none', 'now': 'safety'}]
    """
    before, after = was.get("gates") or {}, now.get("gates") or {}
    found = [
        {"what": name, "was": before.get(name, "no gate"), "now": after.get(name, "no gate")}
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    ]
    for key, what in (("waive", "waived parts"), ("certainty", "certainty")):
        if was.get(key) != now.get(key):
            found.append({"what": what, "was": _said(was.get(key)), "now": _said(now.get(key))})
    return found


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _suites(was: Mapping[str, str], now: Mapping[str, str]) -> list[Change]:
    """Suites, and the test, that are not those of before."""
    names = [name for name in was if name == "test" or name.startswith("suite ")]
    return [
        {"what": "the test" if name == "test" else name, "was": was[name][:12], "now": now.get(name, "not there")[:12]}
        for name in names
        if was[name] != now.get(name)
    ]
