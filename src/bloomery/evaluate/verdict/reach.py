"""Reaching a verdict: the parts measure, the gates decide, and all of it is written.

The gates are read and hashed before a model is asked (`ruled`), so nobody can have seen results.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from bloomery.errors import RecipeError, UsageError, did_you_mean
from bloomery.evaluate.gates.decide import decide
from bloomery.evaluate.gates.gates import REQUIRED, Gate, gates_of, hash_of
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.every import PARTS
from bloomery.evaluate.verdict.verdict import Verdict, reasons_of, word_of


class Ruled(NamedTuple):
    """What was decided beforehand."""

    gates: list[Gate]
    waive: tuple[str, ...]
    certainty: float | None
    sha256: str


def ruled(options: Evaluate) -> Ruled | None:
    """The gates of the recipe; None where it has none, and so decides nothing. RecipeError for one that cannot be read."""
    if options.gates is None:
        return None
    for name in options.waive:
        if name not in REQUIRED:
            raise RecipeError(
                f"There is no required part '{name}' to waive",
                expected=f"one of {', '.join(REQUIRED)}",
                next=did_you_mean(name, REQUIRED),
            )
    certainty = None if options.certainty == "none" else float(options.certainty)
    gates = gates_of(options.gates, options.waive)
    return Ruled(gates, options.waive, certainty, hash_of(gates, options.waive, certainty))


def measured(case: Case, rules: Ruled) -> list[Found]:
    """What every part says that is not waived and has something to measure; one that fails is missing, not gone."""
    found = []
    for name, part in PARTS.items():
        if name in rules.waive:
            continue
        try:
            found.append(part(case))
        except UsageError as error:
            found.append(Found(name, missing=str(error)))
    return found


def reach(
    rules: Ruled, task: Sequence[Measure], found: Sequence[Found], baseline: Mapping[str, Measure], *, case: Case
) -> Verdict:
    """The verdict on what was measured."""
    measures = {one.name: one for one in (*task, *(each for part in found for each in part.measures))}
    base = {one.name: one for part in found for one in part.base}
    gates = decide(
        rules.gates,
        measures,
        {"base": base, "baseline": baseline},
        certainty=rules.certainty,
        seed=case.options.seed,
    )
    parts = {one.part: one for one in found}
    missing = {
        name: parts[name].missing if name in parts else "no such part ran"
        for name in REQUIRED
        if name != "task" and name not in rules.waive and (name not in parts or parts[name].missing)
    }
    return Verdict(
        word_of(gates, missing),
        reasons_of(gates, missing, rules.waive),
        tuple(gates),
        waived=rules.waive,
        missing=missing,
        not_measured=tuple(one for part in found for one in part.not_measured),
        certainty=rules.certainty,
        model=case.name,
        base=case.base.name if case.base else None,
        gates_sha256=rules.sha256,
    )
