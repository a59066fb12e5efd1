import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.kernels import lists, meet, minhash
from bloomery.kernels.join import join
from bloomery.kernels.minhash import Bands, bands, candidates
from bloomery.kernels.sets import Sets

SETS = st.lists(st.frozensets(st.integers(0, 12), max_size=12), max_size=16)
THRESHOLDS = st.sampled_from([0.05, 0.3, 0.5, 2 / 3, 0.8, 0.9, 1.0])


def packed(sets: list[frozenset[int]]) -> Sets:
    """Sets of numbers spread over 64 bits, every third of them marked."""
    values = [(v * 0x9E3779B97F4A7C1F * 2 & 2**64 - 1) | (v % 3 == 0) for one in sets for v in one]
    ends = np.cumsum([0, *map(len, sets)]).astype(np.int64)
    return Sets(np.array(values, dtype=np.uint64), ends[:-1], ends[1:])


def drawn(pairs: int, common: int, own: int, seed: int = 0) -> Sets:
    """Pairs of random sets (2i, 2i + 1), of `common` members of both and `own` of each."""
    size = common + 2 * own
    numbers = np.random.default_rng(seed).integers(0, 2**64, (pairs, size), dtype=np.uint64)
    rows = np.concatenate([numbers[:, : common + own], numbers[:, :common], numbers[:, common + own :]], axis=1)
    ends = np.arange(2 * pairs + 1, dtype=np.int64) * (common + own)
    return Sets(rows.ravel(), ends[:-1], ends[1:])


def listed(found) -> dict[tuple[int, int], float]:
    return dict(zip(zip(found.a.tolist(), found.b.tolist(), strict=True), found.similarity.tolist(), strict=True))


@pytest.mark.parametrize(
    ("threshold", "b", "r"),
    [
        (0.1, 64, 2),
        (0.3, 37, 3),
        (0.5, 25, 5),
        (0.6, 18, 7),
        (0.7, 14, 9),
        (0.75, 11, 11),
        (0.8, 9, 13),
        (0.85, 8, 16),
        (0.9, 5, 25),
        (0.95, 3, 42),
    ],
)
def test_bands_and_rows_are_those_of_datasketch(threshold: float, b: int, r: int) -> None:
    """Read off datasketch 2.0.0, ``_optimal_param(threshold, 128, 0.5, 0.5)``."""
    assert bands(threshold) == (b, r)


@settings(deadline=None)
@given(SETS, THRESHOLDS, st.sampled_from([0.0, 0.3, 0.8]), st.data())
def test_every_pair_is_one_of_the_exact_join(
    sets: list[frozenset[int]], threshold: float, marked: float, data: st.DataObject
) -> None:
    some = np.array([data.draw(st.integers(0, 4)) for _ in sets], dtype=np.int64)
    blocks = data.draw(st.sampled_from([None, some]))
    exact = listed(join(packed(sets), threshold, marked=marked, blocks=blocks))
    found = listed(candidates(packed(sets), threshold, marked=marked, blocks=blocks))
    assert found.items() <= exact.items()
    assert {pair for pair, s in exact.items() if s == 1} <= found.keys()


@pytest.mark.parametrize(("threshold", "common", "own"), [(0.8, 80, 10), (0.8, 90, 5), (0.5, 50, 25), (0.5, 70, 15)])
def test_recall_is_near_the_theory(threshold: float, common: int, own: int) -> None:
    """J = common / (common + 2·own); n pairs, each found with chance p: 4 standard deviations of the mean."""
    n, p = 5_000, bands(threshold).chance(common / (common + 2 * own))
    found = listed(candidates(drawn(n, common, own), threshold))
    assert set(found) <= {(2 * i, 2 * i + 1) for i in range(n)}
    assert len(found) / n == pytest.approx(p, abs=4 * (p * (1 - p) / n) ** 0.5)


def test_pairs_below_the_threshold_are_not_found() -> None:
    """J = 79 / 101 = 0.78 meets with a chance of 0.3."""
    assert len(candidates(drawn(1_000, 79, 11), 0.8).a) == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_frames_buffers_and_threads_do_not_matter(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sets = drawn(500, 90, 5)
    twice = sets.take(np.tile(np.arange(len(sets.starts)), 3))
    expected = listed(candidates(twice, 0.8))
    monkeypatch.setattr(minhash, "FRAME", 7)
    for module, name in ((meet, "_PAIRS"), (meet, "_HELD"), (meet, "_FRAME"), (lists, "ROOM")):
        monkeypatch.setattr(module, name, 1)
    assert listed(candidates(twice, 0.8, threads=threads)) == expected


def test_a_chance_is_that_of_one_band_in_b() -> None:
    """1 − (1 − ½²)³ = 37 / 64."""
    assert Bands(3, 2).chance(0.5) == 37 / 64
