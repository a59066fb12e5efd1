"""What duplicate removal remembers of rows that are not in the input, and how it asks for them.

A *segment* holds many of these rows as arrays: of `near` their shingles and the postings of these, of `exact` their
identities. It holds no text. One segment is searched at a time, and may lie on disk (`bloomery.store.arrays`).

A `Kind` is that for one op. What a row is compared by is what the op observes of rows of the input, and the comparison is the
op's own, so it makes no difference whether a row is old or new.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bloomery.schema import DatasetOp
from bloomery.store import Arrays

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]


class Hits(NamedTuple):
    """Rows of the input that a segment has a duplicate of, at most one line a row."""

    n: U64
    place: Ints  # of the row in the segment that is most similar; the first of equally similar ones
    score: npt.NDArray[np.float64]


class Kind(Protocol):
    """How the rows of one op are remembered."""

    #: names and types of the arrays of a segment
    arrays: Mapping[str, npt.DTypeLike]

    def made_for(self, op: Any) -> dict[str, Any]:
        """The options that what is remembered depends on, as JSON."""
        ...

    def unfit(self, op: Any, made_for: Mapping[str, Any]) -> str:
        """What keeps `op` from asking rows remembered for such options; empty if nothing does."""
        ...

    def segment(self, op: Any, state: Any, rows: Ints, before: Arrays | None) -> tuple[Arrays, Ints]:
        """The given rows of a state behind those of `before`, and which of them are new: each row is remembered once."""
        ...

    def sound(self, segment: Arrays) -> bool:
        """Whether the arrays of a segment fit one another."""
        ...

    def size(self, state: Any) -> Ints:
        """How much of a segment each row of a state fills: numbers."""
        ...

    def filled(self, segment: Arrays) -> int:
        """How much of the segment is filled: numbers."""
        ...

    def there(self, op: Any, state: Any, segment: Arrays) -> npt.NDArray[np.bool_]:
        """Which rows of a state the segment has itself, as far as the op can tell."""
        ...

    def hits(self, op: Any, state: Any, segments: Sequence[Arrays]) -> list[Hits]:
        """The rows of a state that have a duplicate in each segment."""
        ...


class Remembered(NamedTuple):
    """An op of the recipe that can be asked about rows of another dataset."""

    step: int
    op: DatasetOp
    kind: Kind


def best_of(hits: Sequence[Hits]) -> tuple[U64, Ints, Ints, npt.NDArray[np.float64]]:
    """Of the hits of several segments the best for each row, the earliest of equally good ones: n, segment, place, score."""
    n, place, score = (np.concatenate(column) for column in zip(_NONE, *hits, strict=True))
    segment = np.repeat(np.arange(len(hits)), [len(one.n) for one in hits])
    order = np.lexsort((segment, -score, n))
    first = np.unique(n[order], return_index=True)[1]
    chosen = order[first]
    return n[chosen], segment[chosen], place[chosen], score[chosen]


_NONE = Hits(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), np.zeros(0))
