"""Stars by cosine: the same as by all pairs, counted one by one, at any block size; twins; hostile crowds in bounded memory."""

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.text import cosine as module
from bloomery.text.cosine import Guard, Side, cosine, quantised, similar_rows
from bloomery.text.similar import Pairs, stars


def side(vectors: np.ndarray, counts: np.ndarray | None = None) -> Side:
    whole = quantised(vectors.astype(np.float32))
    return Side(lambda rows: whole[rows], np.ones(len(whole), dtype=bool) if counts is None else counts)


def free(n: int) -> Guard:
    return Guard(np.zeros(n, dtype=np.uint64), lambda a, b: np.zeros(len(a), dtype=bool))


def slow(one: list[int], other: list[int]) -> float:
    dot = sum(x * y for x, y in zip(one, other, strict=True))
    return round(dot / math.sqrt(sum(x * x for x in one)) / math.sqrt(sum(y * y for y in other)), 6)


def crowd(n: int, dimensions: int, seed: int) -> np.ndarray:
    """Around a few centres, so that many pairs are near any threshold."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(max(1, n // 6), dimensions))
    return centres[rng.integers(0, len(centres), n)] + rng.normal(scale=0.35, size=(n, dimensions))


@pytest.mark.parametrize(("block", "others"), [(1024, 4096), (7, 3), (1, 1)])
@pytest.mark.parametrize("seed", range(4))
def test_the_same_stars_as_from_all_pairs(seed: int, block: int, others: int, monkeypatch: pytest.MonkeyPatch) -> None:
    n, threshold = 120, 0.8
    rng = np.random.default_rng(seed)
    sides = [side(crowd(n, 12, seed)), side(np.ones((n, 5)) + rng.normal(scale=0.3, size=(n, 5)))]
    terms = rng.integers(0, 2, n).astype(np.uint64)
    kind = rng.integers(0, 2, n)
    order = rng.permutation(n)[: n - 5]
    ranks = np.full(n, n)
    ranks[order] = np.arange(len(order))
    whole = [one.take(np.arange(n)).tolist() for one in sides]
    score = {
        (a, b): min(slow(one[a], one[b]) for one in whole)
        for a, b in itertools.combinations(range(n), 2)
        if terms[a] == terms[b] and ranks[a] < n and ranks[b] < n
    }
    close = {pair: s for pair, s in score.items() if s >= threshold}
    same = {pair: s for pair, s in close.items() if kind[pair[0]] == kind[pair[1]]}
    a, b = (np.array([pair[k] for pair in same], dtype=np.int64) for k in (0, 1))
    wanted = stars(Pairs(a, b, np.array(list(same.values()))), ranks, ranks < n)
    monkeypatch.setattr(module, "_BLOCK", block)
    monkeypatch.setattr(module, "_OTHERS", others)
    monkeypatch.setattr(module, "_PAIRS", block)
    found = similar_rows(sides, order, Guard(terms, lambda a, b: kind[a] != kind[b]), threshold)
    assert found.against.tolist() == wanted.against.tolist()
    assert found.similarity == pytest.approx(wanted.similarity, abs=1e-9)
    assert len(same) > 10
    kept = [row for row in order.tolist() if found.against[row] < 0]
    for place, row in enumerate(kept):
        first = [o for o in kept[:place] if (min(o, row), max(o, row)) in close]
        assert found.twin[row] == (first[0] if first else -1)
        if first:
            assert found.twin_similarity[row] == close[min(first[0], row), max(first[0], row)]


@given(st.lists(st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3), min_size=1, max_size=8))
def test_cosine_is_that_of_whole_numbers(rows: list[list[float]]) -> None:
    one = side(np.array(rows))
    whole = one.take(np.arange(len(rows))).tolist()
    a, b = (np.array(k) for k in zip(*itertools.product(range(len(rows)), repeat=2), strict=True))
    wanted = [slow(whole[x], whole[y]) if any(whole[x]) and any(whole[y]) else 0.0 for x, y in zip(a, b, strict=True)]
    assert cosine([one], a, b).tolist() == pytest.approx(wanted, abs=1e-9)


def test_equal_vectors_are_duplicates_at_1() -> None:
    vectors = np.repeat(crowd(6, 384, 1), 2, axis=0)
    found = similar_rows([side(vectors)], np.arange(12), free(12), 1.0)
    assert np.flatnonzero(found.against >= 0).tolist() == [1, 3, 5, 7, 9, 11]
    assert set(found.similarity[1::2].tolist()) == {1.0}


def test_of_two_alike_one_stays_and_chains_do_not_delete() -> None:
    """Neighbours are 20 degrees apart, cos 0.94; over one another 40, cos 0.77."""
    angles = np.radians([0, 20, 40])
    found = similar_rows([side(np.stack([np.cos(angles), np.sin(angles)], axis=1))], np.arange(3), free(3), 0.9)
    assert found.against.tolist() == [-1, 0, -1]


def test_a_side_that_does_not_count_is_alike() -> None:
    vectors, counts = np.eye(2), np.array([False, False])
    sides = [side(np.ones((2, 2))), side(vectors, counts)]
    assert similar_rows(sides, np.arange(2), free(2), 0.9).against.tolist() == [-1, 0]
    assert similar_rows([sides[0], side(vectors)], np.arange(2), free(2), 0.9).against.tolist() == [-1, -1]


@pytest.mark.parametrize("twins", [False, True])
def test_a_crowd_of_one_direction_takes_bounded_memory(twins: bool) -> None:
    """10,000 rows that are all alike are 50 million pairs; listed, they would take gigabytes."""
    n = 10_000
    vectors = np.ones((n, 8)) + np.random.default_rng(0).normal(scale=0.01, size=(n, 8))
    tracemalloc.start()
    found = similar_rows([side(vectors)], np.arange(n), Guard(free(n).terms, lambda a, b: np.full(len(a), twins)), 0.9)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.against >= 0).sum() == (0 if twins else n - 1)
    assert (found.twin >= 0).sum() == (n - 1 if twins else 0)
    assert peak < 300e6
