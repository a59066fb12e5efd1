"""`near` where rows are crowds: what it drops must be what it drops from all pairs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.clean import crowd
from bloomery.clean.near import Near
from bloomery.kernels import hubs, meet
from tests.clean.duplicates import Row, batch, found

FRAME = [
    a + b for a in ("bal", "cor", "dun", "fer", "gol", "hin") for b in ("ka", "le", "mo", "nu", "pi", "ra", "se", "to")
]
WORDS = st.sampled_from(["alpha", "beta", "gamma", "the", "7", "8", "not", "foo_bar"])


@contextmanager
def crowded(most: int = 0, **sizes: int) -> Iterator[None]:
    """Every list with more than `most` pairs is a crowd; other sizes as in the module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meet, "_CROWDED", most)
        for name, size in sizes.items():
            patch.setattr(hubs if name in ("_FRAME", "_PAIRS") else crowd, name, size)
        yield


def decided(op: Near, rows: Sequence[Row], deaths: Sequence[Sequence[int]] = ([],)) -> list[pl.DataFrame]:
    """What one state decides, one after the other, with these rows dead."""
    state, decisions = op.merge([op.observe(batch(rows))]), []
    for dead in deaths:
        alive = np.ones(len(rows), dtype=bool)
        alive[list(dead)] = False
        decisions.append(op.decide(state, alive))
    return decisions


def drops(decision: pl.DataFrame) -> list[tuple]:
    return decision.filter(pl.col("action") == "drop").select("n", "against", "score").rows()


def template(*filling: str, length: int) -> str:
    """A text of so many words, in which the filling stands at the beginning, in the middle, and then at the end."""
    frame, half = FRAME[: length - len(filling)], length // 2
    first, *rest = filling
    middle = rest[:1]
    return " ".join([*frame[:2], first, *frame[2:half], *middle, *frame[half:], *rest[1:]])


ROWS = st.lists(
    st.one_of(
        st.lists(WORDS, max_size=12).map(" ".join),
        st.builds(
            lambda filling, length: template(*filling, length=length),
            st.lists(WORDS, min_size=1, max_size=4),
            st.integers(18, 48),
        ),
        st.builds(
            lambda filling, more: f"{template(*filling, length=48)} {' '.join(FRAME[:24][::-1])} {more}",
            st.lists(WORDS, min_size=1, max_size=2),
            WORDS,
        ),
    ).map(lambda text: [("text", text)]),
    max_size=14,
)
OPS = st.builds(
    Near,
    threshold=st.sampled_from([0.3, 0.5, 0.8]),
    width=st.integers(1, 3),
    twins=st.booleans(),
    keep=st.sampled_from([(), ("longest",)]),
    short=st.sampled_from([None, 0.6, 0.75, 0.92]),
    method=st.sampled_from(["exact", "exact", "minhash"]),
)
DEATHS = st.lists(st.sets(st.integers(0, 13)), min_size=1, max_size=4)


@settings(deadline=None)
@given(ROWS, OPS, DEATHS, st.sampled_from([0, 1, 3]), st.sampled_from([1, 2, 8]))
def test_drops_are_those_of_all_pairs(rows: list[Row], op: Near, deaths: list[set[int]], most: int, least: int) -> None:
    gone = [sorted(n for n in dead if n < len(rows)) for dead in deaths]
    whole = decided(op, rows, gone)
    with crowded(most, _LEAST=least, _ROOM=0, _FRAME=2, _PAIRS=1):
        assert [drops(one) for one in decided(op, rows, gone)] == [drops(one) for one in whole]


@settings(deadline=None)
@given(ROWS, OPS, DEATHS)
def test_rows_that_need_not_see_all_are_dropped_for_a_kept_one(
    rows: list[Row], op: Near, deaths: list[set[int]]
) -> None:
    gone = [sorted(n for n in dead if n < len(rows)) for dead in deaths]
    whole = decided(op, rows, gone)
    with crowded(_LEAST=1, ENOUGH=1):
        some = decided(op, rows, gone)
    for one, other in zip(some, whole, strict=True):
        lost = {n: score for n, _, score in drops(other)}
        assert [n for n, _, _ in drops(one)] == list(lost)
        assert all(against not in lost for _, against, _ in drops(one))
        assert all(min(op.threshold, op.short or 1) - 1e-12 <= score <= lost[n] for n, _, score in drops(one))


@settings(deadline=None)
@given(ROWS, OPS)
def test_twins_are_kept_rows_that_have_one(rows: list[Row], op: Near) -> None:
    [whole] = decided(op, rows)
    with crowded():
        [some] = decided(op, rows)
    expected = {n: score for n, score, action in whole.select("n", "score", "action").rows() if action == "keep"}
    told = some.filter(pl.col("action") == "keep").select("n", "against", "score").rows()
    assert all(n in expected and score <= expected[n] for n, _, score in told)
    assert not {against for _, against, _ in told} & {n for n, _, _ in drops(some)}


@settings(deadline=None)
@given(ROWS, OPS, st.lists(st.integers(0, 4), max_size=4), st.booleans())
def test_batches_and_their_order_do_not_matter(rows: list[Row], op: Near, sizes: list[int], backwards: bool) -> None:
    with crowded(ENOUGH=2):
        whole = found(op, rows)
    with crowded(ENOUGH=2, _FRAME=1, _PAIRS=1):
        assert found(op, rows, sizes=sizes, backwards=backwards) == whole


@pytest.mark.parametrize("method", ["exact", "minhash"])
def test_three_thousand_fillings_of_one_template_with_another_name_in_each(method: str) -> None:
    """98 words; a name in the middle and one at the end: 92 of 96 runs are common, J = 92 / 100, 4.5·10⁶ pairs are similar.

    By MinHash one is found with a chance of 0.97.
    """
    frame = " ".join(FRAME)
    names = [a + b + c for a in FRAME for b in FRAME[:8] for c in FRAME[8:16]][:3000]
    rows: list[Row] = [[("text", f"{frame} {name} {' '.join(FRAME[::-1])} {name}")] for name in names]
    op = Near(keep=(), method=method)
    state = op.merge([op.observe(batch(rows))])
    alive = np.ones(len(rows), dtype=bool)
    first, second = op.decide(state, alive), op.decide(state, np.arange(len(rows)) > 1)
    assert state.graph is not None
    assert len(state.graph.similar.a) < 100_000
    if method == "exact":
        assert (first["against"].to_list(), second["against"].to_list()) == ([0] * 2999, [2] * 2997)
    else:
        assert 2_900 < len(first) < 3_000


@pytest.mark.parametrize("filling", ["{} costs {}", "{} {}"])
def test_three_thousand_twins(filling: str) -> None:
    """Another number in each, or another word at two places: all stay and are told, and hardly any pairs are."""
    frame = " ".join(FRAME)
    names = [a + b + c for a in FRAME for b in FRAME[:8] for c in FRAME[8:16]][:3000]
    twice = "costs" not in filling
    rows: list[Row] = [
        [("text", filling.format(f"{name} {frame}", name if twice else k))] for k, name in enumerate(names)
    ]
    op = Near(keep=())
    state = op.merge([op.observe(batch(rows))])
    decision = op.decide(state, np.ones(len(rows), dtype=bool))
    assert set(decision["action"]) == {"keep"}
    assert len(decision) == 2999
    assert state.graph is not None
    assert len(state.graph.similar.a) + len(state.graph.guarded.a) < 100_000
