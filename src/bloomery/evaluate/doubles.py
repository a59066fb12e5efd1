"""Values that say the same of every item: one of them is compared where nobody names any, so that it is no test more."""

from collections.abc import Sequence

import numpy as np

from bloomery.evaluate.groups import Value
from bloomery.evaluate.tested import Sides


def without_doubles(
    values: Sequence[Value], made: Sequence[tuple[Value, Sides | None]]
) -> tuple[list[Value], list[str]]:
    """Those of `values` whose numbers of items are not those of an earlier one in every pair, and what must be said.

    `made` has what each value is in each pair.
    """
    kept, said = list[Value](), list[str]()
    for value in values:
        same = next((one for one in kept if _same(one, value, made)), None)
        if same is None:
            kept.append(value)
        else:
            said.append(
                f"{value.name} is the same as {same.name} for every item, so it is left out: one test more, and nothing new"
            )
    return kept, said


def _same(one: Value, other: Value, made: Sequence[tuple[Value, Sides | None]]) -> bool:
    first, second = ([sides for value, sides in made if value is wanted] for wanted in (one, other))
    return one.rises == other.rises and all(
        a is not None and b is not None and all(np.array_equal(x, y, equal_nan=True) for x, y in zip(a, b, strict=True))
        for a, b in zip(first, second, strict=True)
    )
