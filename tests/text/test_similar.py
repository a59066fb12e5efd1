import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.kernels import join, lists, meet, prefix
from bloomery.text.similar import Pairs, Sets, components, pairs, similarity, stars
from tests.reference import components as slow_components
from tests.reference import jaccard
from tests.reference import pairs as slow_pairs
from tests.reference import stars as slow_stars

SETS = st.lists(st.frozensets(st.integers(0, 12), max_size=12), max_size=16)
THRESHOLDS = st.sampled_from([0.05, 0.3, 0.5, 0.55, 2 / 3, 0.7, 0.8, 0.9, 1.0])


def packed(sets: list[frozenset[int]], marks: list[frozenset[int]] | None = None) -> Sets:
    """Sets of even numbers, spread over 64 bits for some and packed together for others; odd where they are marked."""
    values = [
        (value * (0x9E3779B97F4A7C1F if value % 2 else 1) * 2 & 2**64 - 1) | (marks is not None and value in marks[i])
        for i, s in enumerate(sets)
        for value in s
    ]
    ends = np.cumsum([0, *map(len, sets)]).astype(np.int64)
    return Sets(np.array(values, dtype=np.uint64), ends[:-1], ends[1:])


def found(
    sets: list[frozenset[int]], threshold: float, blocks: list[int] | None = None
) -> dict[tuple[int, int], float]:
    result = pairs(packed(sets), threshold, blocks=None if blocks is None else np.array(blocks, dtype=np.int64))
    listed = list(zip(result.a.tolist(), result.b.tolist(), strict=True))
    assert listed == sorted(set(listed))
    return dict(zip(listed, result.similarity.tolist(), strict=True))


@settings(deadline=None)
@given(SETS, THRESHOLDS)
def test_exactly_the_pairs_of_the_reference(sets: list[frozenset[int]], threshold: float) -> None:
    assert found(sets, threshold) == slow_pairs(sets, threshold)


@settings(deadline=None)
@given(SETS, THRESHOLDS, st.data())
def test_blocks_leave_out_their_own_pairs_and_no_others(
    sets: list[frozenset[int]], threshold: float, data: st.DataObject
) -> None:
    blocks = [data.draw(st.integers(0, 4)) for _ in sets]
    expected = {(i, j): s for (i, j), s in slow_pairs(sets, threshold).items() if blocks[i] != blocks[j]}
    assert found(sets, threshold, blocks) == expected


@given(SETS, THRESHOLDS, THRESHOLDS, st.frozensets(st.integers(0, 12)))
def test_marked_members_must_be_similar_by_themselves(
    sets: list[frozenset[int]], threshold: float, second: float, marks: frozenset[int]
) -> None:
    result = pairs(packed(sets, [marks] * len(sets)), threshold, marked=second)
    marked = [s & marks for s in sets]
    alike = slow_pairs(marked, second).keys()
    both = {
        (i, j): s
        for (i, j), s in slow_pairs(sets, threshold).items()
        if (i, j) in alike or not (marked[i] or marked[j])
    }
    listed = zip(result.a.tolist(), result.b.tolist(), strict=True)
    assert dict(zip(listed, result.similarity.tolist(), strict=True)) == both


@pytest.mark.parametrize("threads", [1, 2, 5])
@given(sets=SETS)
def test_frames_buffers_and_threads_do_not_matter(threads: int, sets: list[frozenset[int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefix, "FRAME", 3)
        patch.setattr(prefix, "LARGE", 4)
        for module, name in ((meet, "_PAIRS"), (meet, "_HELD"), (meet, "_FRAME"), (lists, "ROOM")):
            patch.setattr(module, name, 1)
        result = join.join(packed(sets), 0.5, threads=threads)
    listed = list(zip(result.a.tolist(), result.b.tolist(), strict=True))
    assert dict(zip(listed, result.similarity.tolist(), strict=True)) == slow_pairs(sets, 0.5)
    assert listed == sorted(listed)


@given(SETS)
def test_similarity_of_given_pairs(sets: list[frozenset[int]]) -> None:
    a, b = (np.array(column, dtype=np.int64) for column in np.indices((len(sets), len(sets))).reshape(2, -1))
    expected = [jaccard(sets[i], sets[j]) for i, j in zip(a, b, strict=True)]
    assert similarity(packed(sets), a, b).tolist() == expected


@settings(deadline=None)
@given(SETS, THRESHOLDS, st.data())
def test_stars_as_the_reference(sets: list[frozenset[int]], threshold: float, data: st.DataObject) -> None:
    rank = data.draw(st.permutations(range(len(sets))))
    alive = [data.draw(st.booleans()) for _ in sets]
    result = stars(pairs(packed(sets), threshold), np.array(rank, dtype=np.int64), np.array(alive, dtype=bool))
    dropped = {
        row: (against, similarity)
        for row, (against, similarity) in enumerate(
            zip(result.against.tolist(), result.similarity.tolist(), strict=True)
        )
        if against >= 0
    }
    assert dropped == slow_stars(slow_pairs(sets, threshold), rank, alive)


@settings(deadline=None)
@given(st.integers(1, 30), st.data())
def test_components_as_the_reference(n: int, data: st.DataObject) -> None:
    rows = st.integers(0, n - 1)
    edges = [(min(e), max(e)) for e in data.draw(st.lists(st.tuples(rows, rows), max_size=40)) if e[0] != e[1]]
    similar_ = Pairs(*(np.array([e[k] for e in edges], dtype=np.int64) for k in (0, 1)), np.ones(len(edges)))
    assert components(similar_, n).tolist() == slow_components(edges, n)


def test_a_chain_keeps_every_second_row() -> None:
    """Neighbours share 8 of 10: J = 0.8; two steps share 7 of 11: J = 0.64."""
    chain = [frozenset(range(i, i + 9)) for i in range(5)]
    result = stars(pairs(packed(chain), 0.8), np.arange(5), np.ones(5, dtype=bool))
    assert result.against.tolist() == [-1, 0, -1, 2, -1]
    assert components(pairs(packed(chain), 0.8), 5).tolist() == [0] * 5


def test_mutual_twins_leave_one() -> None:
    result = stars(pairs(packed([frozenset({1, 2}), frozenset({1, 2})]), 0.8), np.array([1, 0]), np.ones(2, dtype=bool))
    assert result.against.tolist() == [1, -1]


def test_empty_sets_are_similar_to_nothing() -> None:
    assert found([frozenset(), frozenset(), frozenset({1})], 0.05) == {}
    assert found([], 0.8) == {}


def test_one_member_in_every_set_makes_no_pairs() -> None:
    """20,000 sets that share one member: 2·10⁸ pairs would meet in its list, but no prefix of 3 reaches it."""
    rows = 20_000
    sets = [frozenset({10**9, *range(i * 10, i * 10 + 10)}) for i in range(rows)]
    assert found(sets, 0.8) == {}


def test_one_template_for_all_makes_no_pairs_in_a_block() -> None:
    """20,000 fillings of one template, J = 30 / 32: one block, so none of the 2·10⁸ pairs is looked at."""
    sets = [frozenset({*range(10**6, 10**6 + 30), i}) for i in range(20_000)]
    assert found(sets, 0.8, [0] * len(sets)) == {}
    assert len(found([*sets, frozenset(range(10**6, 10**6 + 31))], 0.8, [0] * len(sets) + [1])) == len(sets)
