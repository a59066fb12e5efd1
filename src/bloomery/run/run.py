"""Running the whole way: each stage in turn, those whose result is still right left as they are.

A run that is killed at any moment goes on where it was: stages appear whole or not at all, the ledger is written after each,
and what models answered is in their cache. The finished folder is the same, byte for byte, as that of a run that nobody
disturbed; times stand apart in ``timings.json``.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bloomery.contamination.result import ContaminationResult
from bloomery.engine import Progress, silent
from bloomery.errors import OutputError, RecipeError, did_you_mean
from bloomery.evaluate.result import Evaluated
from bloomery.recipe import Recipe
from bloomery.run.ledger import LEDGER, Ledger
from bloomery.run.result import Ran
from bloomery.run.steps import STEPS, Step, check
from bloomery.run.way import Way
from bloomery.store import locked, settle, write_atomic

__all__ = ["NAMES", "Report", "check_place", "first_of", "run", "told_of"]

NAMES = tuple(step.name for step in STEPS)
RECIPE = "recipe.yaml"
_LOCK = ".lock"
_LEFT = (_LOCK, f"{LEDGER}.partial")  # by a run that was killed as it began


class Report(NamedTuple):
    """A sentence about a stage, as it begins, ends or is left as it is."""

    stage: str
    state: str  #: cached, begins, done, skipped, stopped
    said: str


def run(
    plan: Recipe,
    folder: Path,
    *,
    since: str | None = None,
    model: str | None = None,
    ready: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    heard: Mapping[str, Any] | None = None,
    say: Callable[[Report], None] = lambda report: None,
) -> Ran:
    """Run the recipe in `folder`, from the stage `since` on even where nothing changed.

    `model` names what predictions are of, `ready` are models that can be asked as they are; `heard` goes to whoever asks models.
    Raises UsageError (and its kinds) for what the caller can mend, before anything is done as far as that can be told.
    """
    way = Way(plan, folder, model, ready or {})
    first = first_of(since)
    check(way)
    check_place(folder)
    _make(folder)
    with locked(folder / _LOCK) as alone:
        if not alone:
            raise OutputError(f"Another run is at work in {folder}", next="Wait for it, or choose another --out")
        for name in NAMES:
            settle(folder / name)
        ledger, told = Ledger(folder), recipe_told(plan)
        ledger.begin(sha256(told).hexdigest())
        write_atomic(folder / RECIPE, told)
        stopped, done = _stages(way, ledger, first, progress, heard or {}, say)
        ledger.end({name: ledger.stages[name] for name in done}, **_ending(way, done, stopped))
    return Ran(folder)


def _stages(
    way: Way,
    ledger: Ledger,
    first: int | None,
    progress: Progress,
    heard: Mapping[str, Any],
    say: Callable[[Report], None],
) -> tuple[str, list[str]]:
    """Do what is to do; why it stopped before the end, and the stages that stand."""
    done: list[str] = []
    for number, step in enumerate(STEPS):
        if skipped := step.skip(way):
            say(Report(step.name, "skipped", skipped))
            continue
        goes_in = step.goes_in(way)
        why = "asked for" if first is not None and number >= first else ledger.why_not(step.name, goes_in)
        if why:
            say(Report(step.name, "begins", why))
            _do(step, way, ledger, goes_in, progress, heard)
        said = f"{told_of(ledger.stages[step.name]['counts'])}; {ledger.timings[step.name]['seconds']:,.1f} s"
        say(Report(step.name, "done" if why else "cached", said))
        done.append(step.name)
        if stopped := step.stop(way):
            say(Report(step.name, "stopped", stopped))
            return stopped, done
    return "", done


def _do(
    step: Step,
    way: Way,
    ledger: Ledger,
    goes_in: Mapping[str, Any],
    progress: Progress,
    heard: Mapping[str, Any],
) -> None:
    started = time.perf_counter()
    step.do(way, progress, heard)
    ledger.done(step.name, goes_in, step.counts(way.place(step.name)), time.perf_counter() - started)


def _ending(way: Way, done: Sequence[str], stopped: str) -> dict[str, Any]:
    """What the ledger says of the end."""
    if "evaluate" in done:
        return {"ended": "evaluate", "stopped": stopped} | evaluation_told(way.place("evaluate"))
    failed = ContaminationResult(way.place("contamination")).failed
    return {"ended": done[-1], "stopped": stopped, "verdict": None, "exit_code": 100 if failed else 0}


def evaluation_told(folder: Path) -> dict[str, Any]:
    """What lists of runs say of an evaluation."""
    found = Evaluated(folder)
    line = next((one for one in found.lines if one.name not in ("missing", "empty", "refused")), None)
    return {
        "verdict": found.verdict["verdict"] if found.verdict else None,
        "exit_code": found.exit_code,
        "model": found.model,
        "value": [line.name, line.shown] if line else None,
    }


def recipe_told(plan: Recipe) -> bytes:
    """The recipe, every option written out, as YAML; cache and history are left out, since they decide nothing."""
    told = plan.model_dump(mode="json")
    for name in ("cache", "history"):
        told["evaluate"].pop(name)
    told |= {"split": plan.split_options.model_dump(mode="json")}
    told |= {"contamination": plan.contamination_options.model_dump(mode="json")}
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=10**9).encode()


def told_of(counts: Mapping[str, Any]) -> str:
    """Counts in words.

    >>> told_of({"kept": 1200, "verdict": "deploy"})
    '1,200 kept, verdict deploy'
    """
    return ", ".join(f"{n:,} {name}" if isinstance(n, int) else f"{name} {n}" for name, n in counts.items())


def first_of(since: str | None) -> int | None:
    """The number of the stage of that name. RecipeError where there is none."""
    if since is None:
        return None
    if since not in NAMES:
        raise RecipeError(
            f"There is no stage '{since}'", expected=f"one of {', '.join(NAMES)}", next=did_you_mean(since, NAMES)
        )
    return NAMES.index(since)


def check_place(folder: Path) -> None:
    """OutputError unless `folder` is that of a run, or free."""
    if not folder.is_dir() and folder.exists():
        found = ["a file"]
    elif folder.is_dir() and not (folder / LEDGER).exists():
        found = [one.name for one in folder.iterdir() if one.name not in _LEFT]
    else:
        found = []
    if found:
        raise OutputError(
            f"{folder} is not the folder of a run",
            expected="a new folder, or that of a run",
            found=found[0],
            next="Choose another --out",
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write to {folder}", found=error.strerror or str(error)) from error
