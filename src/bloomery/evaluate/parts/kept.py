"""What a finished evaluation's model answered to the suites, scored again from the answers that it kept."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from bloomery.errors import DataError, NotComputableError, UsageError
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.suite import by_category, changed, suites_of, taken_together
from bloomery.metrics.score import score
from bloomery.suites.passed import Passed


def of_suites(folder: Path, options: Evaluate) -> tuple[dict[str, Measure], dict[str, str]]:
    """The measures by name, and for each part that has none why: a suite that has changed since, or files that are gone."""
    found: dict[str, Measure] = {}
    why: dict[str, str] = {}
    for part, names in (("regression", options.suites.regression), ("safety", options.suites.safety)):
        try:
            found |= _of_part(folder, part, names)
        except (UsageError, NotComputableError, OSError, pl.exceptions.PolarsError) as error:
            why[part] = str(error)
    return found, why


def _of_part(folder: Path, part: str, names: Sequence[str]) -> dict[str, Measure]:
    suites = suites_of(names)
    other = changed(folder, part, suites)
    if other:
        raise DataError(other)
    answers = pl.read_parquet(folder / "parts" / part / "model" / "answers.parquet")
    items = taken_together(suites)
    asked = items.select("item", "prompt", "check").join(
        answers, on=["item", "prompt", "check"], how="anti", nulls_equal=True
    )
    if asked.height or answers.height != items.height:
        raise DataError(f"The answers of {folder} to {part} are not to the items of the suites")
    scored = score(answers, [Passed()], slices=["category"], run=str(folder), group=part, prompt="prompt")
    return {one.name: one for one in by_category(part, answers, scored).values()}
