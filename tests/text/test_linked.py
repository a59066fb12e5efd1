import numpy as np
import pytest
from hypothesis import given, settings

from bloomery.kernels import hubs, meet
from bloomery.text import linked as module
from bloomery.text.linked import linked
from bloomery.text.similar import Sets, components
from tests.reference import components as slow_components
from tests.reference import pairs as slow_pairs
from tests.text.test_similar import SETS, THRESHOLDS, packed


@pytest.mark.parametrize("most", [0, 1, 4])
@settings(deadline=None)
@given(sets=SETS, threshold=THRESHOLDS)
def test_components_are_those_of_all_pairs(most: int, sets: list[frozenset[int]], threshold: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meet, "_CROWDED", most)
        for where, name, size in (
            (hubs, "_FRAME", 2),
            (hubs, "_PAIRS", 1),
            (module, "_ROOM", 0),
            (module, "_LEAST", 1),
        ):
            patch.setattr(where, name, size)
        found = linked(packed(sets), threshold)
    edges = slow_pairs(sets, threshold)
    listed = dict(zip(zip(found.a.tolist(), found.b.tolist(), strict=True), found.similarity.tolist(), strict=True))
    assert listed.items() <= edges.items()
    assert components(found, len(sets)).tolist() == slow_components(list(edges), len(sets))


def test_ten_thousand_sets_that_share_a_template() -> None:
    """Two templates of 30 members, one more in each set, J = 30 / 32: 2.5·10⁷ pairs."""
    own = np.arange(10_000, dtype=np.uint64)
    frames = np.arange(1, 31, dtype=np.uint64) + np.where(own % 2, 100, 200).astype(np.uint64)[:, None]
    values = (np.hstack([frames, own[:, None] + np.uint64(1000)]) * np.uint64(0x9E3779B97F4A7C1F)) << np.uint64(1)
    ends = np.arange(10_001) * 31
    found = linked(Sets(values.ravel(), ends[:-1], ends[1:]), 0.8)
    assert len(found.a) < 200_000
    assert components(found, 10_000).tolist() == [0, 1] * 5_000
