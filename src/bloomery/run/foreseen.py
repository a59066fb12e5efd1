"""What a run would do: each stage with its reason, its rows, how long it took last time, and what models would be asked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bloomery.errors import UsageError
from bloomery.evaluate.forecast import Forecast, forecast
from bloomery.recipe import Recipe
from bloomery.run.ledger import Ledger
from bloomery.run.run import check_place, first_of, told_of
from bloomery.run.steps import STEPS, Step, check
from bloomery.run.way import Way

__all__ = ["Foreseen", "foresee"]


class Foreseen(NamedTuple):
    """A stage, before it runs."""

    stage: str
    state: str  #: cached, to do, perhaps (it depends on what the stages before it make), skipped
    why: str
    takes: str  #: what goes in
    rows: str  #: what came out last time
    seconds: float | None  #: last time
    calls: Forecast | None = None  #: of models, where the test is there already


def foresee(
    plan: Recipe,
    folder: Path,
    *,
    since: str | None = None,
    model: str | None = None,
    ready: Mapping[str, Any] | None = None,
) -> list[Foreseen]:
    """What `bloomery.run.run.run` would do; nothing is written and no model is asked. Raises what that would raise at once."""
    way, first = Way(plan, folder, model, ready or {}), first_of(since)
    check(way)
    check_place(folder)
    ledger = Ledger(folder)
    found: list[Foreseen] = []
    for number, step in enumerate(STEPS):
        skipped = step.skip(way)
        before = [one.state for one in found]
        forced = first is not None and number >= first
        state, why = ("skipped", skipped) if skipped else _state(step, way, ledger, forced, before)
        known = ledger.stages.get(step.name, {}) if state != "skipped" else {}
        seconds = ledger.timings.get(step.name, {}).get("seconds") if known else None
        calls = _calls(way) if step.name == "evaluate" and state in ("to do", "perhaps") else None
        found.append(
            Foreseen(step.name, state, why, _takes(step.name, way), told_of(known.get("counts", {})), seconds, calls)
        )
    return found


def _state(step: Step, way: Way, ledger: Ledger, forced: bool, before: list[str]) -> tuple[str, str]:
    if forced:
        return "to do", "asked for"
    if step.name not in ("profile", "clean") and not {"to do", "perhaps"}.isdisjoint(before[1:]):
        if step.name not in ledger.stages:
            return "to do", "it has not been done"
        return "perhaps", "unless what comes before it stays the same"
    why = ledger.why_not(step.name, step.goes_in(way))
    return ("to do", why) if why else ("cached", "nothing that goes in has changed")


def _takes(stage: str, way: Way) -> str:
    """What goes into a stage, in words."""
    raw = ", ".join(source.path for source in way.plan.data)
    section = way.section
    takes = {
        "profile": raw,
        "clean": raw,
        "split": way.clean_rows.path,
        "contamination": f"{way.part('train').path}, {section.test}",
        "train": way.train[0].path,
        "evaluate": f"{section.test}, {section.predictions or section.model or ''}".rstrip(", "),
    }
    return takes[stage]


def _calls(way: Way) -> Forecast | None:
    """What models would be asked; None where the test is not there yet, or cannot be read."""
    if not Path(way.test.path).exists():
        return None
    try:
        return forecast(way.test, way.section, way.models, name=way.name, cache=way.plan.evaluate.cache)
    except UsageError:
        return None
