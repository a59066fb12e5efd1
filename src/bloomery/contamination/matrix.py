"""Benchmark by source: how much of each benchmark is in each source of training data.

What counts in a source is decided as over all of them, on 64-bit numbers: words are compared for the one row that is shown.
"""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.contamination.items import Item
from bloomery.contamination.sought import Sought
from bloomery.contamination.summary import Outcome


def benchmarks(sought: Sought, outcomes: Sequence[Outcome], in_source: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    """A line a benchmark; `in_source` says of each source which targets are in it in a way that counts.

    ``by_source`` are the contaminated items of each, in the order of the sources; one item may be in several.
    """
    lines = []
    for one in sought.benchmarks:
        mine = [outcomes[place] for place in one.items]
        unchecked = sum(not outcome.looked_for for outcome in mine) + one.unreadable
        rows, contaminated = len(mine) + one.unreadable, sum(outcome.contaminated for outcome in mine)
        items = [sought.items[place] for place in one.items if outcomes[place].contaminated]
        lines.append(
            {
                "name": one.name,
                "licence": one.licence,
                "version": one.version,
                "test_rows": rows,
                "unchecked": unchecked,
                "contaminated": contaminated,
                "ratio": contaminated / (rows - unchecked) if rows > unchecked else None,
                "by_source": [_among(items, source) for source in in_source],
            }
        )
    return lines


def short_names(paths: Sequence[str]) -> list[str]:
    """The names of files without their folders, where that still tells them apart.

    >>> short_names(["raw/a.jsonl", "raw/b.jsonl"]), short_names(["x/a.jsonl", "y/a.jsonl"])
    (['a.jsonl', 'b.jsonl'], ['x/a.jsonl', 'y/a.jsonl'])
    """
    names = [PurePath(path).name for path in paths]
    return names if len(set(names)) == len(names) else list(paths)


def _among(items: Sequence[Item], source: npt.NDArray[np.bool_]) -> int:
    return sum(any(source[target] for target in item.targets.values()) for item in items)
