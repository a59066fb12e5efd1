"""The demo: generate raw data, clean it, split it, look for leaks, and hold the result against the truth.

Everything lands in one folder::

    demo-run/
      raw/ truth.json     what was generated (`bloomery.cli.demo.generate`)
      recipe.yaml         the recipe of the run: three sources and their priorities; run it again, change it
      clean/              the cleaned data, the ledger, the report
      splits/             train, validation, test
      leaks/              test items found in the cleaned data

The sources are listed lowest priority first, so that the order of the files cannot pass for their priority.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

import polars as pl
import yaml

from bloomery import api
from bloomery.clean.result import CleanResult
from bloomery.cli.demo.generate import TRUTH, generate
from bloomery.cli.demo.items import BENCHMARK, SOURCES
from bloomery.cli.demo.score import Leaks, Table, score
from bloomery.cli.demo.truth import Truth
from bloomery.contamination.result import ContaminationResult
from bloomery.engine import Progress, silent
from bloomery.split.result import SplitResult
from bloomery.store import check_free

RECIPE = "recipe.yaml"


class DemoResult(NamedTuple):
    """What the demo made."""

    folder: Path
    truth: Truth
    clean: CleanResult
    split: SplitResult
    leaks: ContaminationResult
    table: Table


def demo(out: str | Path, *, seed: int = 7, replace: bool = False, progress: Progress = silent) -> DemoResult:
    """Run the demo in the new folder `out`; `replace` puts it in the place of an earlier demo.

    Raises OutputError if `out` exists and is not an earlier demo that may be replaced.
    """
    folder = Path(out)
    if replace and (folder / TRUTH).is_file():
        shutil.rmtree(folder)
    check_free(folder)
    truth = generate(folder, seed=seed)
    write_recipe(folder)
    cleaned = api.clean(out=folder / "clean", recipe=folder / RECIPE, progress=progress)
    split = api.split(cleaned.data, out=folder / "splits", progress=progress)
    leaks = api.contamination(cleaned.data, folder / BENCHMARK, out=folder / "leaks", progress=progress)
    table = score(truth, cleaned.ledger, quarantined(cleaned), flagged(leaks), root=folder.as_posix())
    return DemoResult(folder, truth, cleaned, split, leaks, table)


def write_recipe(folder: Path) -> Path:
    """The recipe that cleans the demo's raw data; paths as seen from the current folder."""
    data = [
        {"path": (folder / path).as_posix(), "priority": priority}
        | ({"columns": {"prompt": "question", "completion": "answer"}} if path.endswith(".csv") else {})
        for path, priority in reversed(SOURCES.values())
    ]
    path = folder / RECIPE
    path.write_text(yaml.safe_dump({"data": data, "format": "completion"}, sort_keys=False), encoding="utf-8")
    return path


def quarantined(run: CleanResult) -> set[str]:
    """Ids of the records that could not be read."""
    return set(run.rows.filter(pl.col("fate") == "quarantined")["id"])


def flagged(check: ContaminationResult) -> Leaks:
    """The flagged test items of a check."""
    evidence = check.evidence
    return Leaks(
        set(evidence.filter(pl.col("contaminated"))["test"]),
        set(evidence.filter(~pl.col("contaminated"))["test"]),
    )
