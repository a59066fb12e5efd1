"""What `exact` remembers of rows of another dataset: their 128-bit identities (`bloomery.clean.reference`)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bloomery.clean.exact import Exact, State
from bloomery.clean.reference import U64, Hits, Ints
from bloomery.store import Arrays


class ExactReference:
    """The `Kind` of `exact`."""

    arrays: Mapping[str, npt.DTypeLike] = {"high": "<u8", "low": "<u8", "place": "<i8"}  # by high, low; each once

    def made_for(self, op: Exact) -> dict[str, Any]:
        """What makes two texts equal, and which texts."""
        return {"normalize": op.normalize, "fields": op.fields}

    def unfit(self, op: Exact, made_for: Mapping[str, Any]) -> str:
        """Another of these."""
        return ", ".join(f"{name}: {value}" for name, value in self.made_for(op).items() if value != made_for[name])

    def segment(self, op: Exact, state: State, rows: Ints, before: Arrays | None) -> tuple[Arrays, Ints]:
        """The first row of each identity."""
        if before:
            rows = rows[~self.there(op, state, before)[rows]]
        order = np.lexsort((rows, state.low[rows], state.high[rows]))
        high, low = state.high[rows][order], state.low[rows][order]
        first = np.append(True, (high[1:] != high[:-1]) | (low[1:] != low[:-1]))[: len(order)]
        chosen = np.sort(rows[order[first]])
        high, low, place = state.high[chosen], state.low[chosen], np.arange(len(chosen))
        if before:
            high, low = np.concatenate([before["high"], high]), np.concatenate([before["low"], low])
            place = np.concatenate([before["place"], place + len(before["place"])])
        by = np.lexsort((low, high))
        return {"high": high[by], "low": low[by], "place": place[by].astype(np.int64)}, chosen

    def sound(self, segment: Arrays) -> bool:
        """Counts."""
        return len({len(array) for array in segment.values()}) == 1

    def size(self, state: State) -> Ints:
        """Two numbers a row, and its place."""
        return np.full(len(state.high), 3, dtype=np.int64)

    def filled(self, segment: Arrays) -> int:
        """Numbers in it."""
        return 3 * len(segment["high"])

    def there(self, op: Exact, state: State, segment: Arrays) -> npt.NDArray[np.bool_]:
        """Rows of the same identity."""
        del op
        return _places(state.high, state.low, segment) >= 0

    def hits(self, op: Exact, state: State, segments: Sequence[Arrays]) -> list[Hits]:
        """Rows of the same identity."""
        del op
        found = []
        for segment in segments:
            place = _places(state.high, state.low, segment)
            lost = np.flatnonzero(place >= 0)
            found.append(Hits(state.standing.n[lost], place[lost], np.ones(len(lost))))
        return found


def _places(high: U64, low: U64, segment: Arrays) -> Ints:
    """Where the row of each identity stands, -1 where there is none. One identity in 10¹² shares its first half."""
    found = np.full(len(high), -1, dtype=np.int64)
    at, last = np.searchsorted(segment["high"], high), len(segment["high"]) - 1
    left = np.flatnonzero(at <= last)
    while len(left):
        left = left[segment["high"][at[left]] == high[left]]
        same = segment["low"][at[left]] == low[left]
        found[left[same]] = segment["place"][at[left[same]]]
        left = left[~same]
        at[left] += 1
        left = left[at[left] <= last]
    return found
