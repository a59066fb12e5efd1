"""Training rows that hold a contaminated item: a decision to drop each, and the training data without them.

The rows stream past once, and what is in a row is known when it passes, so both files are written on the way, in the order of the
rows; nothing of them stays in memory. A row is dropped for a tier that counts: its runs of words are compared as 64-bit
numbers here, of which two different runs are the same with a chance of 2**-63.
"""

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from bloomery.contamination.index import Hits
from bloomery.contamination.items import NEAR
from bloomery.contamination.sought import Sought
from bloomery.schema import Batch
from bloomery.store import Decision, digest, dump

COUNTS = ("verbatim", "question", NEAR)  # in the order in which a row is said to hold an item
BY = "bloomery contamination"


class Dropping:
    """The files ``decisions.jsonl`` and ``train.jsonl`` of a folder, while they are written."""

    def __init__(self, folder: Path, sought: Sought) -> None:
        self.dropped = self.kept = 0
        self._files = (folder / "decisions.jsonl").open("wb"), (folder / "train.jsonl").open("wb")
        self._first = {target: item.id for item in reversed(sought.items) for target in item.targets.values()}
        tiers = [COUNTS.index(t.tier) if t.tier in COUNTS else len(COUNTS) for t in sought.targets]
        self._tier = np.array(tiers, dtype=np.int64)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def take(self, batch: Batch, some: Hits) -> None:
        """Decide on the rows of a batch; `some` are the hits that count."""
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
