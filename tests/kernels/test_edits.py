"""Edits between sequences, and sequences as sets that keep count."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bloomery.kernels.edits import edits, occurrences
from tests.reference import edits as slow_edits

SEQUENCES = st.lists(st.lists(st.integers(0, 4), max_size=10), min_size=1, max_size=6)


def packed(sequences):
    ends = np.cumsum([0, *map(len, sequences)]).astype(np.int64)
    values = np.array([2 * value for sequence in sequences for value in sequence], dtype=np.uint64)
    return values, ends[:-1], ends[1:]


@given(SEQUENCES, st.integers(0, 12))
def test_as_the_whole_table_up_to_the_limit(sequences, limit):
    a, b = (column.ravel() for column in np.indices((len(sequences), len(sequences))))
    found = edits(*packed(sequences), a, b, np.full(len(a), limit))
    wanted = [min(slow_edits(sequences[i], sequences[j]), limit + 1) for i, j in zip(a, b, strict=True)]
    assert found.tolist() == wanted


@given(SEQUENCES)
def test_sets_share_as_many_members_as_multisets(sequences):
    values, starts, ends = occurrences(*packed(sequences))
    sets = [set(values[start:end].tolist()) for start, end in zip(starts, ends, strict=True)]
    assert [len(one) for one in sets] == [len(sequence) for sequence in sequences]
    for i, one in enumerate(sequences):
        for j, other in enumerate(sequences):
            assert len(sets[i] & sets[j]) == (Counter(one) & Counter(other)).total()
