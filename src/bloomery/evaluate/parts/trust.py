"""The part ``trust``: how far the judge whose scores stand in this evaluation was found to agree with people.

``judge.trust`` comes from a folder of ``bloomery judge calibrate`` (``evaluate: {trust: DIR}``). Every score of a judge says
what made it: the rubric or protocol with its digest, and a digest of the model's whole identity. A calibration counts only if it
is of exactly that; of another judge, or of the same one with another prompt, it says nothing. Where trust is unknown there is no
value, and no gate passes.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bloomery.errors import DataError
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found
from bloomery.judge.result import JudgedRun
from bloomery.metrics.judged import Judged

NAME = "judge.trust"
_NEXT = "calibrate it with bloomery judge calibrate, and name the folder: evaluate: {trust: DIR}"


class _Trusted(NamedTuple):
    """A judge whose scores are used, and what is known of it."""

    rater: str
    version: str
    value: float | None
    why: str


def trust(case: Case) -> Found:
    """``judge.trust``: of several judges the least; without a value where one of them is not known."""
    used = list(dict.fromkeys(one for metric in _judged(case) for one in metric.judges()))
    if case.options.trust is None:
        why = f"the judge was never put beside people; {_NEXT}"
        return Found("trust", (_measure([_Trusted(*one, None, why) for one in used]),)) if used else Found("trust")
    calibrated = _calibrated(case.options.trust)
    if not used:
        why = "no metric of this evaluation is a judge's: metrics: [{judged: {scores: DIR}}]"
        return Found("trust", (Measure(NAME, None, why=why),), notes=(f"{case.options.trust} is not used: {why}",))
    found = [_found(rater, version, calibrated, case.options.trust) for rater, version in used]
    rows = [[one.rater, one.version, "unknown" if one.value is None else one.value, one.why] for one in found]
    title = f"Judges, as calibrated in {case.options.trust}"
    table = {"title": title, "head": ["judge", "made by", "trust", "why"], "rows": rows, "note": ""}
    return Found("trust", (_measure(found),), told={"tables": [table]})


def _judged(case: Case) -> list[Judged]:
    return [sheet.metric for sheet in case.scored.sheets if isinstance(sheet.metric, Judged)]


def _measure(found: list[_Trusted]) -> Measure:
    lost = next((one for one in found if one.value is None), None)
    if lost is not None:
        return Measure(NAME, None, why=lost.why)
    return Measure(NAME, min(one.value for one in found if one.value is not None))


def _calibrated(folder: str) -> list[Mapping[str, Any]]:
    """The judges of a calibration; DataError where the folder is none."""
    run = JudgedRun(folder)
    try:
        told = run.told
    except (OSError, ValueError):
        told = {}
    if told.get("verb") != "judge calibrate":
        raise DataError(
            f"{folder} is no calibration", expected="a folder that bloomery judge calibrate wrote", next=f"Else {_NEXT}"
        )
    found: list[Mapping[str, Any]] = told["judges"]
    return found


def _found(rater: str, version: str, calibrated: list[Mapping[str, Any]], folder: str) -> _Trusted:
    same = [one for one in calibrated if one["version"] == version and one["rater"] == rater]
    if same:
        worst = min(same, key=lambda one: (one["trust"]["value"] is not None, one["trust"]["value"] or 0.0))
        return _Trusted(rater, version, worst["trust"]["value"], worst["trust"]["why"])
    known = "; ".join(f"{one['rater']} ({one['version']})" for one in calibrated) or "none"
    why = f"{folder} is the calibration of another judge: {known}; the scores here are by {rater} ({version})"
    return _Trusted(rater, version, None, why)
