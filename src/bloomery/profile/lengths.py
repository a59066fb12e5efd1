"""How long the texts are, per role, exactly: every length is kept as a small number, four bytes each.

Shown are plain characters and words; the suggested bounds rest on characters as the op ``length`` counts them, where a
Han sign stands for several letters (`bloomery.clean.measure`).
"""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.clean.measure import measure
from bloomery.clean.summary import LENGTH_EDGES
from bloomery.profile.result import Spread
from bloomery.schema import Batch

ROLES = ("system", "prompt", "completion", "rejected", "reasoning", "text")
KINDS = ("characters", "words", "weighted", "longest")

Floats = npt.NDArray[np.float32]


class Sides(NamedTuple):
    """What bounds are suggested from: the weighted length of a whole side, and of its longest turn; one per row."""

    weighted: Floats
    longest: Floats


class Lengths:
    """Collects lengths batch by batch; `spreads` and `sides` read them out."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Floats]] = defaultdict(list)

    def add(self, batch: Batch) -> None:
        """Count the texts of a batch."""
        parts = batch.parts.filter(pl.col("role").is_in(ROLES))
        measured = parts.select(
            "n",
            "role",
            characters=measure(parts["text"], scripts=False),
            words=measure(parts["text"], "words"),
            weighted=measure(parts["text"]),
        )
        rows = measured.group_by("n", "role", maintain_order=True).agg(
            pl.col("characters", "words", "weighted").sum(), longest=pl.col("weighted").max()
        )
        for (role,), mine in rows.group_by("role"):
            for kind in KINDS:
                self._found[str(role), kind].append(mine[kind].cast(pl.Float32).to_numpy())

    def spreads(self) -> list[Spread]:
        """One per role and unit, in the order of `ROLES`."""
        return [
            _spread(role, unit, np.concatenate(self._found[role, unit]))
            for role in ROLES
            for unit in ("characters", "words")
            if (role, unit) in self._found
        ]

    def sides(self) -> dict[str, Sides]:
        """The lengths that bounds follow from, by role."""
        return {
            role: Sides(np.concatenate(self._found[role, "weighted"]), np.concatenate(self._found[role, "longest"]))
            for role in ROLES
            if (role, "weighted") in self._found
        }


def _spread(role: str, unit: str, lengths: Floats) -> Spread:
    least, p5, p50, p95, most = (float(value) for value in np.percentile(lengths, [0, 5, 50, 95, 100], method="lower"))
    bins = np.searchsorted(LENGTH_EDGES, np.minimum(lengths, 1e8), side="right") - 1
    histogram = np.bincount(bins, minlength=len(LENGTH_EDGES) - 1).tolist()
    return Spread(role, unit, len(lengths), least, p5, p50, p95, most, histogram)
