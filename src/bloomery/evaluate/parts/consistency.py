"""Test items said a little differently, and whether the model answers them as before.

The same answer is: of options the same option; of labels the same label, as the metric reads it; of anything else the same score.
Two answers in which nothing can be read are the same. An item is unscored where an answer is missing, before or after.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from bloomery.evaluate.parts.asking import Further, drawn
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.parts.choices import Choices, choices, chosen, moved, right_option
from bloomery.evaluate.parts.kinds import Kind
from bloomery.evaluate.parts.perturb import Perturbed, perturbed
from bloomery.evaluate.turns import last_said, with_last_said
from bloomery.metrics.score import Sheet

#: labels that are kept as they stand in a prompt; of more different references, only the item's own
LABELS = 100


class Asked(NamedTuple):
    """Changed items."""

    kind: Kind
    rows: list[int]  #: of the test
    texts: list[str]  #: as they are asked
    orders: list[tuple[int, ...] | None]
    frame: pl.DataFrame  #: as the test has them, with the changed texts and the references that go with them


def perturbed_items(case: Case, kind: Kind, most: int) -> Asked:
    """At most so many items with a change of this kind, drawn by the seed; the same for each kind, where they can be changed."""
    seed, frame = case.options.seed, case.tests.frame
    said, references = last_said(frame), frame["references"].to_list()
    labels = sorted({one for some in references for one in some if one})
    kept = labels if len(labels) <= LABELS else []
    found: list[tuple[int, Perturbed]] = []
    for row in drawn(range(frame.height), most, seed) if kind != "options" else range(frame.height):
        made = perturbed(kind, said[row], item=frame["item"][row], seed=seed, keep=[*kept, *references[row]])
        if made is not None and (made.order is None or _fit(references[row], said[row])):
            found.append((row, made))
    found = drawn(found, most, seed)
    rows, made_ = [row for row, _ in found], [one for _, one in found]
    some = with_last_said(frame[rows], [one.text for one in made_])
    told = [_moved(references[row], said[row], one.order) for row, one in found]
    some = some.with_columns(pl.Series("references", told, dtype=pl.List(pl.String)))
    return Asked(kind, rows, [one.text for one in made_], [one.order for one in made_], some)


def _fit(references: Sequence[str], text: str) -> bool:
    """Whether the references are among the options, so that they can go with them."""
    options = choices(text)
    return options is not None and right_option(references, options) is not None


def _moved(references: Sequence[str], text: str, order: tuple[int, ...] | None) -> list[str]:
    options = choices(text) if order is not None else None
    if options is None or order is None:
        return list(references)
    return [moved(one, options, order) for one in references]


def consistent(case: Case, asked: Asked, further: Further) -> list[bool | None]:
    """For each changed item whether it is answered as before; None where that cannot be told."""
    before = case.answers["prediction"][asked.rows] if asked.rows else pl.Series([], dtype=pl.String)
    after = further.answers["prediction"]
    if asked.kind == "options":
        return _same_option(case, asked, before.to_list(), after.to_list())
    if not further.scored.sheets:
        return [None] * len(asked.rows)
    metric = further.scored.sheets[0].metric
    sheet = next(one for one in case.scored.sheets if one.metric == metric)
    one = _read(sheet, asked.rows)
    other = _read(further.scored.sheets[0], range(len(asked.rows)))
    return [None if a is None or b is None else a == b for a, b in zip(one, other, strict=True)]


def _same_option(
    case: Case, asked: Asked, before: Sequence[str | None], after: Sequence[str | None]
) -> list[bool | None]:
    said = last_said(case.tests.frame)
    options = [choices(said[row]) for row in asked.rows]
    known = [one for one in options if one is not None]
    assert len(known) == len(options)
    orders = [order or () for order in asked.orders]
    first = chosen(before, known)
    then = chosen(after, [_turned(one, order) for one, order in zip(known, orders, strict=True)])
    back = [None if b is None else order[b] for b, order in zip(then, orders, strict=True)]
    there = [one is not None and other is not None for one, other in zip(before, after, strict=True)]
    return [a == b if answered else None for a, b, answered in zip(first, back, there, strict=True)]


def _turned(one: Choices, order: Sequence[int]) -> Choices:
    return one._replace(texts=tuple(one.texts[place] for place in order))


def _read(sheet: Sheet, rows: Sequence[int]) -> list[str | float | None]:
    """What a metric read in the answers to these rows: the label where it reads labels ("" for none), else the score."""
    column = "predicted" if "predicted" in sheet.items.columns else "score"
    values = sheet.items[column].cast(pl.String if column == "predicted" else pl.Float64).to_list()
    found: list[str | float | None] = []
    for row in rows:
        place = int(sheet.place[row])
        value = None if place < 0 else values[place]
        found.append("" if place >= 0 and value is None and column == "predicted" else value)
    return found
