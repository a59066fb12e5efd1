"""Which predicted span answers which expected one.

Each span is used once. First the same span with the same type, then the same span, then spans that overlap: those of one type
first, then by how much they overlap, then from left to right. (Greedy: for spans that cross each other in threes the best
sum of overlaps could be larger.) What is left is missing or spurious (MUC-5, Chinchor & Sundheim 1993; SemEval 2013 task 9,
Segura-Bedmar et al. 2013).
"""

import numpy as np
import polars as pl

_SPAN = ("row", "start", "end")


def aligned(predicted: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """One row for each pair of spans that answer each other.

    Both frames have ``row, start, end, type`` (`bloomery.metrics.tags.SPANS_SCHEMA`), without duplicates, 0 <= start < end < 2³¹.
    Columns: ``row``, ``said`` and ``meant`` (places in the frames), ``overlap`` (length of what both cover), ``same_span`` and
    ``same_type`` (Boolean).
    """
    said, meant = predicted.with_row_index("said"), expected.with_row_index("meant")
    found = [said.join(meant, on=[*_SPAN, "type"])]
    said, meant = _left(said, meant, found[-1])
    ranked = [side.with_columns(rank=pl.int_range(pl.len()).over(_SPAN)) for side in (said, meant)]
    found.append(ranked[0].join(ranked[1], on=[*_SPAN, "rank"]))
    said, meant = _left(said, meant, found[-1])
    pairs = [one.select("row", "said", "meant") for one in (*found, _once(_overlapping(said, meant)))]
    return _described(pl.concat(pairs), predicted, expected)


def _left(said: pl.DataFrame, meant: pl.DataFrame, used: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return said.join(used, on="said", how="anti"), meant.join(used, on="meant", how="anti")


def _described(pairs: pl.DataFrame, predicted: pl.DataFrame, expected: pl.DataFrame) -> pl.DataFrame:
    """With what the two spans have in common."""
    one, other = predicted[pairs["said"]], expected[pairs["meant"]]
    last = np.minimum(one["end"].to_numpy(), other["end"].to_numpy())
    shared = pl.Series(last - np.maximum(one["start"].to_numpy(), other["start"].to_numpy()))
    span = (one["start"] == other["start"]) & (one["end"] == other["end"])
    columns = {"overlap": shared, "same_span": span, "same_type": one["type"] == other["type"]}
    return pairs.with_columns(**columns).sort("row", "meant")


def _overlapping(said: pl.DataFrame, meant: pl.DataFrame) -> pl.DataFrame:
    """All pairs that share a token, best first."""
    meant = meant.sort(_SPAN)
    row, start, end = (meant[name].to_numpy().astype(np.int64) for name in _SPAN)
    begin, stop = (said[name].to_numpy().astype(np.int64) for name in ("start", "end"))
    own = said["row"].to_numpy().astype(np.int64)
    base = max([1, *(int(array.max()) + 1 for array in (end, stop) if len(array))])
    reach = np.maximum.accumulate(row * base + end) if len(row) else row
    low = np.searchsorted(reach, own * base + begin, side="right")
    high = np.searchsorted(row * base + start, own * base + stop, side="left")
    low = np.maximum(low, np.searchsorted(row, own))  # nothing of an earlier row
    count = np.maximum(high - low, 0)
    left = np.repeat(np.arange(len(own)), count)
    right = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    overlap = np.minimum(stop[left], end[right]) - np.maximum(begin[left], start[right])
    one, other = said[left], meant[right]
    pairs = pl.DataFrame(
        {
            "row": one["row"],
            "said": one["said"],
            "meant": other["meant"],
            "other_type": one["type"] != other["type"],
            "overlap": overlap,
            "start": start[right],
            "begin": begin[left],
        }
    )
    best_first = ["row", "other_type", "overlap", "start", "begin", "meant", "said"]
    return pairs.filter(pl.col("overlap") > 0).sort(best_first, descending=[name == "overlap" for name in best_first])


def _once(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs of which neither span is in an earlier one."""
    said: set[int] = set()
    meant: set[int] = set()
    kept = []
    for place, (one, other) in enumerate(zip(pairs["said"].to_list(), pairs["meant"].to_list(), strict=True)):
        if one not in said and other not in meant:
            said.add(one)
            meant.add(other)
            kept.append(place)
    return pairs[kept]
