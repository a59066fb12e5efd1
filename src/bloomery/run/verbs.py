"""What the verbs do with a recipe that is loaded: the Python interface calls these, and so do the stages of `bloomery run`.

What a verb runs is imported when it is called: nobody waits for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bloomery.clean.ops import build, compared_with, with_judge
from bloomery.clean.people import decisions_in
from bloomery.clean.reference_index import Index, refuse_again
from bloomery.engine import Progress, silent
from bloomery.errors import DataError
from bloomery.formats.read import Reader
from bloomery.formats.source import Source
from bloomery.recipe import Recipe

if TYPE_CHECKING:
    from bloomery.clean.result import CleanResult
    from bloomery.contamination.result import ContaminationResult
    from bloomery.evaluate.options import Evaluate
    from bloomery.evaluate.result import Evaluated
    from bloomery.split.result import SplitResult


def cleaned(
    plan: Recipe,
    folder: Path,
    *,
    to: str = "jsonl",
    keep_private: bool = True,
    replace: bool = False,
    decisions: str | Path | None = None,
    against: Sequence[str] = (),
    index: str | Path | None = None,
    with_scores: bool = False,
    progress: Progress = silent,
) -> CleanResult:
    """Clean the recipe's data into `folder`; see `bloomery.api.clean`."""
    from bloomery.clean import run as cleaning

    entries = with_judge(plan.clean, plan.models, with_scores=with_scores)
    built = build(compared_with(entries, list(against)) if against else entries)
    reader = reader_of(plan)
    kept_in = str(index) if index is not None else plan.index
    if kept_in and replace:
        refuse_again(folder, kept_in)
    return cleaning.run(
        reader,
        built,
        out=folder,
        recipe=cleaning.resolved(reader, built, seed=plan.seed, index=kept_in, merge=plan.merge),
        decisions=decisions_in((plan.decisions, decisions), folder if replace else None),
        to=to,
        keep_private=keep_private,
        replace=replace,
        index=Index(kept_in) if kept_in else None,
        merge=plan.merge,
        progress=progress,
    )


def split_up(
    plan: Recipe, sources: Sequence[Source], folder: str | Path, *, progress: Progress = silent
) -> SplitResult:
    """Split `sources` into `folder`; the recipe's seed counts where the section has none."""
    from bloomery.split.run import split

    return split(list(sources), out=folder, format=plan.format, progress=progress, options=plan.split_options)


def looked_through(
    plan: Recipe,
    train: Sequence[Source],
    test: Sequence[Source],
    folder: str | Path,
    *,
    progress: Progress = silent,
) -> ContaminationResult:
    """Look for items of `test` in `train`; the recipe's seed counts where the section has none."""
    from bloomery.contamination.run import check

    return check(list(train), list(test), out=folder, options=plan.contamination_options, progress=progress)


def evaluated(
    plan: Recipe,
    folder: str | Path,
    *,
    model: str | None = None,
    training_seed: int | None = None,
    ready: Mapping[str, Any] | None = None,
    read_as: Mapping[str, Any] | None = None,
    replace: bool = False,
    heard: Mapping[str, Any] | None = None,
) -> Evaluated:
    """Evaluate as the recipe says; `model` is a name where there are predictions, see `bloomery.api.evaluate`."""
    from bloomery.evaluate.run import evaluate, test_of

    section = plan.evaluate
    given = section.predictions
    return evaluate(
        None if given is None else Source(path=given),
        test=test_of(section, read_as or {}),
        out=folder,
        options=section,
        model=model or section.model,
        training_seed=training_seed,
        models=opened(wanted(section), plan, ready or {}),
        contamination=plan.contamination_options,
        replace=replace,
        **(heard or {}),
    )


def wanted(section: Evaluate) -> list[str]:
    """The models of the recipe that an evaluation asks; with predictions the one that is evaluated is not asked."""
    asked = section.model if section.predictions is None else None
    return [name for name in (asked, section.base, section.teacher, section.suites.judge) if name]


def opened(names: Sequence[str], plan: Recipe, ready: Mapping[str, Any]) -> dict[str, Any]:
    """The models of these names, ready to be asked."""
    from bloomery.llm.names import open_models

    each = list(dict.fromkeys(names))
    return dict(zip(each, open_models(each, plan.models, ready), strict=True)) if each else {}


def reader_of(plan: Recipe) -> Reader:
    """A reader over the recipe's data. DataError if it names none."""
    if not plan.data:
        raise nothing()
    return Reader(list(plan.data), format=plan.format)


def nothing() -> DataError:
    """For where nothing was named."""
    return DataError("There is nothing to read", expected="a path, or a recipe with data:", next="Name a file")
