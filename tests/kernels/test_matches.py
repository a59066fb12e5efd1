"""Targets in rows, against loops over tuples."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.kernels import matches
from bloomery.kernels.matches import Fields, Grams, Kinds, Rows
from bloomery.kernels.shingles import shingles

N = 4
KINDS = Kinds(asking=1, saying=2, prompts=1, row=3, asked=101, said=102, all=103)
TOKENS = st.lists(st.integers(1, 3), max_size=12)


def flat(runs: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    values = np.array([token for run in runs for token in run], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return values, np.cumsum([0, *map(len, runs)]).astype(np.int64)


def built(targets: list[list[int]], threshold: float) -> matches.Table:
    values, offsets = flat(targets)
    sets, ends = shingles(values, offsets, N)
    many = np.diff(ends)
    lengths = np.diff(offsets)
    grams = Grams(
        sets,
        np.repeat(np.arange(len(targets)), many),
        np.repeat(1 / many, many),
        np.repeat(lengths >= N, many),
    )
    asked = Fields(
        matches.fields(values, offsets, np.full(len(targets), KINDS.asked)),
        np.arange(len(targets)),
        matches.field_ends(values, offsets),
    )
    short = matches.leads(*flat([run for run in targets if len(run) < N]), min(map(len, targets)))
    most = np.where(lengths < N, 2.0, 1.0)
    return matches.table(grams, asked, most, short, n=N, threshold=threshold)


def share(target: list[int], row: list[int]) -> float:
    width = min(N, len(target))
    mine, held = ({tuple(run[k : k + width]) for k in range(len(run) - width + 1)} for run in (target, row))
    return round(len(mine & held) / len(mine), 9)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(TOKENS.filter(len), min_size=1, max_size=6),
    st.lists(st.tuples(TOKENS, TOKENS), max_size=6),
    st.sampled_from([0.0, 0.5, 0.8, 0.95]),
)
def test_hits_are_those_of_sets(
    targets: list[list[int]], pairs: list[tuple[list[int], list[int]]], threshold: float
) -> None:
    values, offsets = flat([part for pair in pairs for part in pair])
    roles = np.array([1, 2] * len(pairs), dtype=np.int64)
    rows = Rows(values, offsets, roles, np.arange(len(pairs) + 1) * 2)
    found = matches.find(rows, built(targets, threshold), KINDS)
    expected = {}
    for r, (prompt, answer) in enumerate(pairs):
        for t, target in enumerate(targets):
            most = 2.0 if len(target) < N else 1.0
            overlap = most if target == prompt else share(target, prompt + answer)
            if overlap > threshold:
                expected[t, r] = overlap
    assert dict(
        zip(zip(found.target.tolist(), found.row.tolist(), strict=True), found.overlap.tolist(), strict=True)
    ) == (expected)


def test_more_hits_than_a_buffer_holds() -> None:
    targets = [[1, 2, 3, 1, k % 3 + 1, k % 2 + 1] for k in range(6)]
    values, offsets = flat([[1, 2, 3, 1, 1, 1]] * 40_000)
    rows = Rows(values, offsets, np.ones(40_000, dtype=np.int64), np.arange(40_001))
    found = matches.find(rows, built(targets, 0.3), KINDS)
    assert len(found.row) >= 80_000 and len(set(zip(found.row.tolist(), found.target.tolist(), strict=True))) == len(
        found.row
    )
