from collections import Counter

from bloomery.profile.labels import LONGEST_LABEL, MOST_LABELS, labels, summed
from tests.profile.batches import batch


def test_labels_are_counted_and_imbalance_is_most_over_least():
    counts = labels(batch(*([("prompt", "x"), ("label", name)] for name in ("a", "b", "a", "a "))))
    found = summed(counts)
    assert found.counts == {"a": 3, "b": 1} and found.distinct == 2 and found.total == 4
    assert found.imbalance == 3


def test_completions_are_labels_where_the_task_says_so():
    rows = [[("prompt", "x"), ("completion", name)] for name in ("yes", "no")]
    assert labels(batch(*rows, task="label")) == {"yes": 1, "no": 1}
    assert labels(batch(*rows)) == {}


def test_each_tag_of_a_token_row_counts():
    assert labels(batch([("prompt", "Fog ."), ("label", "B-X"), ("label", "O")])) == {"B-X": 1, "O": 1}


def test_labels_without_end_are_bounded_but_counted():
    found = summed(Counter({f"{i:05}": 1 for i in range(MOST_LABELS + 5)}))
    assert len(found.counts) == MOST_LABELS and found.distinct == MOST_LABELS + 5


def test_an_endless_label_is_cut():
    [label] = labels(batch([("label", "x" * 10_000)]))
    assert len(label) == LONGEST_LABEL


def test_no_labels():
    assert summed(Counter()) is None
