"""Rows of another dataset are compared as rows of the input are: against near and exact over both together."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.clean.against import KINDS
from bloomery.clean.exact import Exact
from bloomery.clean.near import Near
from bloomery.clean.reference import best_of
from bloomery.schema import DatasetOp
from bloomery.store import read_arrays, write_arrays
from tests.clean.duplicates import Row, batch, chat, found

VOCABULARY = ["alpha", "beta", "gamma", "delta", "7", "8", "not"]
ROW = st.lists(st.sampled_from(VOCABULARY), max_size=12).map(lambda words: [("text", " ".join(words))])
CHAT = st.tuples(*[st.lists(st.sampled_from(VOCABULARY), max_size=12)] * 2).map(
    lambda said: chat(" ".join(said[0]), " ".join(said[1]))
)
ROWS = st.lists(ROW | CHAT, max_size=8)
OPS = st.builds(
    Near,
    threshold=st.sampled_from([0.3, 0.5, 0.8]),
    answer=st.sampled_from([0, 0.6, 1]),
    width=st.integers(1, 3),
    twins=st.booleans(),
    keep=st.just(()),
    short=st.sampled_from([None, None, 0.6, 0.75, 0.92]),
) | st.builds(Exact, keep=st.just(()))


def state(op: DatasetOp, rows: Sequence[Row]):
    return op.merge([op.observe(batch(rows))])


def met(
    op: DatasetOp, old: Sequence[Row], new: Sequence[Row], cuts: Sequence[int] = ()
) -> dict[int, tuple[int, float]]:
    """New row -> the old row that it is dropped for, and the score; old rows in segments that end at the cuts."""
    kind = KINDS[type(op)]
    segments, numbers = [], []
    ends = [0, *sorted(min(cut, len(old)) for cut in cuts), len(old)]
    for first, last in pairwise(ends):
        some = state(op, old[first:last])
        arrays, chosen = kind.segment(op, some, np.arange(len(some.standing.n)), None)
        assert kind.sound(arrays)
        segments.append(arrays)
        numbers.append(some.standing.n[chosen].astype(int) + first)
    n, segment, place, score = best_of(kind.hits(op, state(op, new), segments))
    return {int(row): (int(numbers[s][p]), float(sc)) for row, s, p, sc in zip(n, segment, place, score, strict=True)}


def expected(op: DatasetOp, old: Sequence[Row], new: Sequence[Row]) -> dict[int, tuple[int, float]]:
    """The op itself on each pair of an old and a new row, the old one first."""
    best: dict[int, tuple[int, float]] = {}
    for n, row in enumerate(new):
        for place, other in enumerate(old):
            lost = found(op, [other, row]).dropped
            if 1 in lost and (n not in best or lost[1][1] > best[n][1]):
                best[n] = (place, lost[1][1])
    return best


@settings(deadline=None, max_examples=60)
@given(ROWS, ROWS, OPS, st.lists(st.integers(0, 8), max_size=2))
def test_as_the_op_itself_on_each_pair(old: list[Row], new: list[Row], op: DatasetOp, cuts: list[int]) -> None:
    assert met(op, old, new, cuts) == expected(op, old, new)


@settings(deadline=None, max_examples=60)
@given(ROWS, ROWS, OPS)
def test_as_the_op_over_both_where_all_old_rows_are_kept(old: list[Row], new: list[Row], op: DatasetOp) -> None:
    lost = found(op, old).dropped
    old = [row for n, row in enumerate(old) if n not in lost]
    together = {n - len(old) for n in found(op, [*old, *new]).dropped}
    mine = set(met(op, old, new))
    assert together == mine | set(found(op, new, dead=sorted(mine)).dropped)


@settings(deadline=None, max_examples=40)
@given(ROWS, ROWS, ROWS, OPS)
def test_a_segment_that_grew_is_as_one_made_at_once(
    one: list[Row], more: list[Row], new: list[Row], op: DatasetOp
) -> None:
    kind = KINDS[type(op)]
    first, second, whole = state(op, one), state(op, more), state(op, [*one, *more])
    every = [np.arange(len(some.standing.n)) for some in (first, second, whole)]
    before, _ = kind.segment(op, first, every[0], None)
    grown, added = kind.segment(op, second, every[1], before)
    at_once, _ = kind.segment(op, whole, every[2], None)
    assert {name: array.tolist() for name, array in grown.items()} == {n: a.tolist() for n, a in at_once.items()}
    assert not kind.there(op, second, before)[added].any()
    [a], [b] = (kind.hits(op, state(op, new), [segment]) for segment in (grown, at_once))
    assert [column.tolist() for column in a] == [column.tolist() for column in b]


@pytest.mark.parametrize("op", [Near(), Exact()])
def test_from_disk_as_from_memory(op: DatasetOp, tmp_path: Path) -> None:
    kind = KINDS[type(op)]
    rows = [chat(f"please tell me about case number {k} of the year", "there is nothing to tell") for k in range(20)]
    old, new = state(op, rows[:15]), state(op, rows[5:])
    arrays, _ = kind.segment(op, old, np.arange(15), None)
    write_arrays(tmp_path / "one", arrays)
    mapped = read_arrays(tmp_path / "one", kind.arrays)
    assert kind.sound(mapped)
    [a], [b] = (kind.hits(op, new, [segment]) for segment in (arrays, mapped))
    assert [column.tolist() for column in a] == [column.tolist() for column in b]
    assert len(a.n) == 10


def test_ten_thousand_fillings_of_one_template_are_passed_over() -> None:
    """All of them share most of their runs with the new row; as one block they cost a step a list."""
    words = " ".join(a + b for a in ("bal", "cor", "dun") for b in ("ka", "le", "mo", "nu", "pi", "ra", "se"))
    old = [[("text", f"{words} costs {k} dollars")] for k in range(10_000)]
    new = [[("text", f"{words} costs {k} dollars")] for k in (-1, 77)] + [[("text", f"{words} costs 99 dollars more")]]
    assert met(Near(short=None), old, new) == {1: (77, 1.0), 2: (99, 22 / 23)}


def test_rows_without_words_meet_nothing() -> None:
    nothing: list[Row] = [[], [("text", " ")], [("label", "x")]]
    assert met(Near(), nothing, nothing) == {}
    assert met(Near(), [], nothing) == {}
    assert met(Exact(), nothing, nothing) == {2: (2, 1.0)}
