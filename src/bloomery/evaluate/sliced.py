"""Slices of a comparison: which the runs share, in what order they are told, and where the whole and its parts disagree."""

from collections.abc import Iterator, Sequence

from bloomery.evaluate.compared import Comparison
from bloomery.evaluate.lines import three
from bloomery.evaluate.pairing import Pair

SHOWN = 5  # of the worst, where there is room for a few


def columns_of(pair: Pair) -> tuple[list[str], list[str]]:
    """The columns that all runs of the pair were sliced by, and what must be said of those that cannot be compared."""
    runs = [*pair.reference.runs, *pair.other.runs]
    named = [name for name in runs[0].manifest["slices"] if all(name in run.manifest["slices"] for run in runs)]
    first = pair.of_reference[0]
    others = [*pair.of_reference[1:], *pair.of_other]
    same = [
        name for name in named if all(first[name].eq_missing(frame[name]).all() for frame in others if name in frame)
    ]
    said = [
        f"{name} is not the same for all items of {pair.reference.name} and {pair.other.name}, so its slices are not compared"
        for name in named
        if name not in same
    ]
    return same, said


def worst_first(rows: Sequence[Comparison]) -> list[Comparison]:
    """The largest loss first, as a part of the drop that matters, since values have different units; the not computable last."""
    return sorted(rows, key=lambda row: (bool(row.error), row.gain / (row.drop or 1.0)))


def surprises(whole: Sequence[Comparison], slices: Sequence[Comparison]) -> list[str]:
    """Where most slices of a column go one way and the whole goes the other: said, and explained."""
    return [line for row in whole for line in _of(row, slices)]


def _of(row: Comparison, slices: Sequence[Comparison]) -> Iterator[str]:
    mine = [one for one in slices if (one.metric, one.other) == (row.metric, row.other) and one.difference is not None]
    if not row.difference:
        return
    for column in dict.fromkeys(one.slice for one in mine):
        parts = [one for one in mine if one.slice == column]
        against = [one for one in parts if one.gain * row.gain < 0]
        if 2 * len(against) <= len(parts) or len(parts) < 2:
            continue
        way, other = ("up", "down") if row.difference > 0 else ("down", "up")
        said = f"{row.metric}: {row.other} is {way} by {three(abs(row.difference))} overall, yet {other} in "
        if len(against) == len(parts):
            yield (
                f"{said}every slice of {column}: the value is made of all items together and is no mean of its slices, so look "
                "at the slices"
            )
        else:
            most = max((one for one in parts if one not in against), key=lambda one: abs(one.difference or 0.0) * one.n)
            yield (
                f"{said}{len(against)} of {len(parts)} slices of {column}: {most.named}, {most.n:,} of {row.n:,} items, carries "
                "the whole"
            )
