"""``parts.json``: what the parts of an evaluation found, as plain data; the report is made from it and the other files alone.

parts       each part: why it is missing, what it left open, its notes, and its tables (`bloomery.evaluate.verdict_report`)
measures    each value of the parts, and those of the whole test: value, items with and without a score, ends
pairs       values of base or baseline and model with their paired difference
flips       items that came out differently, some with their texts
"""

from collections.abc import Iterator, Sequence
from typing import Any

from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Found
from bloomery.evaluate.side_by_side import Others, flips, pairs

FILE = "parts.json"


def parts_told(
    task: Sequence[Measure],
    found: Sequence[Found],
    others: Others,
    *,
    certainty: float | None,
    seed: int,
) -> dict[str, Any]:
    """What parts.json holds."""
    whole = [one for one in task if "[" not in one.name]
    every = [*whole, *(one for part in found for one in part.measures)]
    main = [*_main(whole), *(one for part in found for one in part.measures)]
    return {
        "certainty": certainty,
        "parts": [_part(one) for one in found],
        "measures": [_measure(one) for one in every],
        "pairs": pairs(main, others, certainty, seed),
        "flips": flips(main, others),
    }


def _main(task: Sequence[Measure]) -> Iterator[Measure]:
    """The values that stand for their metrics: the one that the item scores are called after, and ``f1.macro``."""
    for one in task:
        if one.rows is not None and one.bare in (next(iter(one.rows.metric.names)), "f1.macro"):
            yield one


def _part(found: Found) -> dict[str, Any]:
    return {
        "part": found.part,
        "missing": found.missing,
        "not_measured": list(found.not_measured),
        "notes": list(found.notes),
        "told": found.told,
    }


def _measure(one: Measure) -> dict[str, Any]:
    return {
        "part": one.part,
        "name": one.name,
        "value": one.value,
        "n": one.n,
        "unscored": one.unscored,
        "how": one.how,
        "rises": one.rises,
        "ends": list(one.ends),
        "why": one.why,
    }
