"""Stored sets are found as counting out every pair finds them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.kernels.postings import postings, search, sound, verified
from bloomery.text.fingerprint import mix
from bloomery.text.similar import Sets
from tests import reference

MEMBERS = st.lists(st.frozensets(st.integers(0, 24), max_size=14), max_size=12)
THRESHOLDS = st.sampled_from([0.2, 0.5, 0.75, 0.8, 1.0])


def sets_of(members: list[frozenset[int]]) -> Sets:
    """Each number as one that looks random; an odd one is marked."""
    mixed = (mix(np.arange(25, dtype=np.uint64)) & ~np.uint64(1)) | (np.arange(25, dtype=np.uint64) & np.uint64(1))
    values = np.array([mixed[k] for one in members for k in sorted(one)], dtype=np.uint64)
    ends = np.cumsum([0, *map(len, members)]).astype(np.int64)
    return Sets(values, ends[:-1], ends[1:])


def similar(a: frozenset[int], b: frozenset[int], threshold: float, marked: float) -> bool:
    mine, theirs = (frozenset(k for k in one if k % 2) for one in (a, b))
    if marked and (bool(mine) != bool(theirs) or (mine and reference.jaccard(mine, theirs) < marked)):
        return False
    return reference.jaccard(a, b) >= threshold


@settings(deadline=None)
@given(MEMBERS, MEMBERS, THRESHOLDS, THRESHOLDS, st.sampled_from([0.0, 0.6]), st.data())
def test_as_every_pair_counted_out(
    old: list[frozenset[int]],
    new: list[frozenset[int]],
    least: float,
    threshold: float,
    marked: float,
    data: st.DataObject,
) -> None:
    """Postings for one threshold serve higher ones; blocks are passed over."""
    threshold = max(least, threshold)
    blocks = [data.draw(st.lists(st.integers(0, 3), min_size=len(some), max_size=len(some))) for some in (old, new)]
    own = np.array(blocks[1], dtype=np.uint64) if data.draw(st.booleans()) else None
    stored, asked = sets_of(old), sets_of(new)
    made = postings(stored, np.array(blocks[0], dtype=np.uint64), least, threads=1)
    assert sound(made, len(old))
    found = search(
        made, asked, lambda a, b: verified(asked, stored, a, b, threshold, marked), threshold, blocks=own, threads=2
    )
    expected = {
        (i, j): reference.jaccard(a, b)
        for i, a in enumerate(new)
        for j, b in enumerate(old)
        if a and b and (own is None or blocks[1][i] != blocks[0][j]) and similar(a, b, threshold, marked)
    }
    pairs = zip(found.a.tolist(), found.b.tolist(), found.similarity.tolist(), strict=True)
    assert {(i, j): s for i, j, s in pairs} == expected
    assert len(found.a) == len(expected)


def test_more_candidates_than_a_buffer_holds() -> None:
    """600 sets that each share all but one member with 600 others: 360,000 pairs at 9 / 11 or above."""
    base = mix(np.arange(10, dtype=np.uint64))
    rows = [np.append(base[1:], mix(np.array([100 + k], dtype=np.uint64))) for k in range(600)]
    sets = Sets(np.concatenate(rows), np.arange(0, 6000, 10), np.arange(10, 6010, 10))
    made = postings(sets, np.zeros(600, dtype=np.uint64), 0.8, threads=1)
    found = search(made, sets, lambda a, b: verified(sets, sets, a, b, 0.8, 0.0), 0.8, threads=1)
    assert len(found.a) == 600 * 600
    assert set(found.similarity.tolist()) == {1.0, 9 / 11}
