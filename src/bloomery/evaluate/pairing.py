"""Two models on the same items: what both were asked, in one order, and what only one of them was asked."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from bloomery.errors import DataError
from bloomery.evaluate.groups import Group
from bloomery.evaluate.result import Evaluated
from bloomery.text.counted import counted


class Pair(NamedTuple):
    """The answers of two models to the items that all of their runs have, all frames in the same order."""

    reference: Group
    other: Group
    of_reference: tuple[pl.DataFrame, ...]  #: a frame a run
    of_other: tuple[pl.DataFrame, ...]
    only_reference: int  #: items that a run of the other does not have
    only_other: int

    @property
    def items(self) -> pl.Series:
        """The ids of the items."""
        return self.of_reference[0]["item"]


def paired(reference: Group, other: Group) -> Pair:
    """The pair; DataError where the two have no item in common, or the same item is not the same question."""
    runs = [*reference.runs, *other.runs]
    shared = runs[0].answers.select("item")
    for run in runs[1:]:
        shared = shared.join(run.answers.select("item"), on="item", how="semi", maintain_order="left")
    if shared.is_empty():
        raise DataError(
            f"{reference.name} and {other.name} have no test item in common",
            expected="runs on the same test",
            found=f"items such as '{runs[0].answers['item'][0]}' and '{runs[-1].answers['item'][0]}'",
        )
    frames = [shared.join(run.answers, on="item", how="left", maintain_order="left") for run in runs]
    for run, frame in zip(runs[1:], frames[1:], strict=True):
        _check_same(frames[0], frame, runs[0], run)
    here = len(reference.runs)
    return Pair(
        reference,
        other,
        tuple(frames[:here]),
        tuple(frames[here:]),
        _all(reference.runs) - len(shared),
        _all(other.runs) - len(shared),
    )


def note(pair: Pair) -> list[str]:
    """What must be said where not all items are compared."""
    said = []
    for name, left in ((pair.reference.name, pair.only_reference), (pair.other.name, pair.only_other)):
        if left:
            said.append(
                f"{counted(left, 'item is', 'items are')} in {name} but not in every run compared with it; "
                f"{pair.reference.name} and {pair.other.name} are compared on {counted(len(pair.items), 'item')}"
            )
    return said


def _all(runs: Sequence[Evaluated]) -> int:
    """How many items the runs have together."""
    return pl.concat([run.answers["item"] for run in runs]).n_unique()


def _check_same(first: pl.DataFrame, second: pl.DataFrame, one: Evaluated, other: Evaluated) -> None:
    for column in ("prompt", "references"):
        same = first[column].eq_missing(second[column])
        if not same.all():
            at = int((~same).arg_max() or 0)
            raise DataError(
                f"{one.folder} and {other.folder} are not of the same test",
                expected=f"the same {column} of the same item",
                found=f"another in {(~same).sum():,} items, first in item '{first['item'][at]}'",
                next="Evaluate both on one test file",
            )
