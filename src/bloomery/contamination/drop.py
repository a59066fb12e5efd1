"""Training rows that hold a contaminated item: a decision to drop each, and the training data without them.

The rows stream past once, and what is in a row is known when it passes, so both files are written on the way, in the order of the
rows; nothing of them stays in memory. A row is dropped for a tier that counts: its runs of words are compared as 64-bit
numbers here, of which two different runs are the same with a chance of 2**-63.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from bloomery.contamination.index import EQUAL, Hits
from bloomery.contamination.items import NEAR, Items
from bloomery.schema import Batch
from bloomery.store import Decision, digest, dump

COUNTS = ("verbatim", "question", NEAR)  # in the order in which a row is said to hold an item
BY = "bloomery contamination"


class Dropping:
    """The files ``decisions.jsonl`` and ``train.jsonl`` of a folder, while they are written."""

    def __init__(self, folder: Path, items: Items) -> None:
        self.dropped = self.kept = 0
        self._files = (folder / "decisions.jsonl").open("wb"), (folder / "train.jsonl").open("wb")
        self._first = {target: item.id for item in reversed(items.items) for target in item.targets.values()}
        tiers = [COUNTS.index(t.tier) if t.tier in COUNTS else len(COUNTS) for t in items.targets]
        self._tier = np.array(tiers, dtype=np.int64)
        self._short = np.array([target.short for target in items.targets], dtype=np.bool_)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def take(self, batch: Batch, hits: Hits) -> None:
        """Decide on the rows of a batch."""
        counts = (self._tier[hits.target] < len(COUNTS)) & (~self._short[hits.target] | (hits.overlap >= EQUAL))
        some = hits.at(np.flatnonzero(counts))
        some = some.at(np.lexsort((some.target, self._tier[some.target], some.row)))
        some = some.at(np.unique(some.row, return_index=True)[1])
        held = dict(zip(some.row.tolist(), some.target.tolist(), strict=True))
        decisions, kept = [], []
        for row, (row_id, raw) in enumerate(batch.rows.select("id", "raw").iter_rows()):
            if row not in held:
                kept.append(raw)
                continue
            tier, test = COUNTS[self._tier[held[row]]], self._first[held[row]]
            reason = f"holds the test item {test} ({tier})"
            decisions.append(
                Decision(id=row_id, digest=digest(raw), action="drop", op="contamination", reason=reason, by=BY, at="")
            )
        self._files[0].write(dump(decisions))
        self._files[1].write(b"".join(raw + b"\n" for raw in kept))
        self.dropped, self.kept = self.dropped + len(decisions), self.kept + len(kept)
