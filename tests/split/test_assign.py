import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.split.assign import assign

SHARES = np.array([0.7, 0.1, 0.2])


def place(unit: list[int], label: list[int], seed: int = 0, shares: np.ndarray = SHARES) -> np.ndarray:
    """The split of each row; one label a row."""
    units = np.unique(np.array(unit), return_inverse=True)[1]
    chosen = assign(units, np.arange(len(unit)), np.array(label), shares=shares, seed=seed)
    return chosen[units]


def test_rows_of_one_label_follow_the_ratio_exactly() -> None:
    split = place(list(range(1_000)), [0] * 1_000)
    assert np.bincount(split).tolist() == [700, 100, 200]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(0, 5))
def test_every_label_is_within_a_row_of_its_share_and_in_every_split(sizes: list[int], seed: int) -> None:
    label = np.repeat(np.arange(len(sizes)), sizes)
    split = place(list(range(len(label))), label.tolist(), seed)
    for code, size in enumerate(sizes):
        counts = np.bincount(split[label == code], minlength=3)
        assert (counts > 0).sum() == min(3, size)
        # rounding moves at most one row a split; putting one row into each empty split takes at most two from another
        assert (np.abs(counts - SHARES * size) <= 3).all()


def test_the_total_does_not_drift_with_many_small_labels() -> None:
    # 200 labels of 12 rows: 8.4 / 1.2 / 2.4 each; rounding each down and giving the rest to train would be 9 / 1 / 2
    split = place(list(range(2_400)), np.repeat(np.arange(200), 12).tolist())
    assert np.abs(np.bincount(split) - SHARES * 2_400).max() <= 2


def test_a_label_with_three_rows_is_in_all_three_splits() -> None:
    split = place(list(range(103)), [0] * 100 + [1] * 3)
    assert sorted(split[100:].tolist()) == [0, 1, 2]


def test_a_label_with_one_row_goes_to_training_and_with_two_to_training_and_test() -> None:
    split = place(list(range(103)), [0] * 100 + [1] + [2] * 2)
    assert split[100] == 0 and sorted(split[101:].tolist()) == [0, 2]


def test_big_units_do_not_break_the_ratio() -> None:
    unit = np.repeat(np.arange(60), [40] * 5 + [10] * 15 + [5] * 40)
    split = place(unit.tolist(), [0] * len(unit))
    # 550 rows; the smallest unit is 5 rows, so every share can be met within one of them
    assert np.abs(np.bincount(split, minlength=3) - SHARES * len(unit)).max() <= 5


def test_units_with_a_rare_label_are_spread_although_they_are_big() -> None:
    # three units of 10 rows, of which one row has label 1
    unit = np.concatenate([np.repeat(np.arange(3), 10), np.arange(3, 303)])
    label = np.concatenate([np.tile([1] + [0] * 9, 3), np.zeros(300, dtype=int)])
    split = place(unit.tolist(), label.tolist())
    assert sorted(split[label == 1].tolist()) == [0, 1, 2]
    assert np.abs(np.bincount(split) - SHARES * 330).max() <= 1


def test_several_labels_a_row_are_all_stratified() -> None:
    row = np.repeat(np.arange(1_000), 2)
    label = np.stack([np.arange(1_000) % 3, 3 + np.arange(1_000) % 7], axis=1).reshape(-1)
    split = assign(np.arange(1_000), row, label, shares=SHARES, seed=1)
    for code in range(10):
        counts = np.bincount(split[row[label == code]], minlength=3)
        assert np.abs(counts - SHARES * (label == code).sum()).max() <= 3


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 3)), min_size=3, max_size=60), st.integers(0, 3))
def test_the_same_seed_gives_the_same_split(rows: list[tuple[int, int]], seed: int) -> None:
    unit, label = [u for u, _ in rows], [k for _, k in rows]
    first, again = place(unit, label, seed), place(unit, label, seed)
    assert first.tolist() == again.tolist()
    assert all(len(set(first[np.array(unit) == u])) == 1 for u in set(unit))


def test_another_seed_gives_another_split() -> None:
    assert place(list(range(100)), [0] * 100, 1).tolist() != place(list(range(100)), [0] * 100, 2).tolist()


def test_a_split_drawn_once_is_drawn_for_ever() -> None:
    # splitmix64 of seed and row number; if this changes, every user's split changes
    assert place(list(range(10)), [0] * 10, 7, np.array([0.5, 0.5])).tolist() == [1, 0, 0, 0, 1, 1, 1, 0, 0, 1]
