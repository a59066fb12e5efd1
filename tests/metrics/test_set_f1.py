"""Set F1 with its arithmetic, and by the definition for any sets."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import DataError
from bloomery.metrics.set_f1 import SetF1
from tests.metrics.answers import answers


def scores(predictions: list[str], references: list[Any], **options: Any) -> list[float]:
    return SetF1(**options).items(answers(predictions, references))["score"].to_list()


def test_mean_of_f1_or_f1_of_means() -> None:
    # item 1: 1 of 1 said, 1 of 1 meant: F1 = 1. item 2: 1 of 9 said, 1 of 1 meant: F1 = 2 / 10 = .2
    metric = SetF1(read="separated")
    items = metric.items(answers(["a", "a,b,c,d,e,f,g,h,i"], ["a", "a"]))
    found = metric.total(items)
    assert found["set_f1.mean"] == pytest.approx((1 + 0.2) / 2, abs=1e-12)
    assert found["set_f1.micro"] == pytest.approx(2 * 2 / (10 + 2), abs=1e-12)  # .333
    assert (found["set_precision.micro"], found["set_recall.micro"], found["set_exact_match"]) == (0.2, 1.0, 0.5)
    # the F1 of mean precision (5/9) and mean recall (1) would be .714, which is neither


def test_both_sets_empty_is_one_and_one_empty_is_zero() -> None:
    metric = SetF1()
    items = metric.items(answers(["", " \n-\n", "a", ""], ["", "", "", "a"]))
    assert items["score"].to_list() == [1.0, 1.0, 0.0, 0.0]
    empty = metric.total(items[:2])
    assert (empty["set_f1.micro"], empty["set_f1.mean"], empty["set_exact_match"]) == (None, 1.0, 1.0)


def test_order_case_bullets_and_repetition_do_not_count() -> None:
    assert scores(["- Blue \n2. red\n*  RED\n\n"], ["red\nblue"]) == [1.0]
    assert scores(["-5\n3.5"], ["5\n3.5"]) == [0.5]  # these are no bullets


def test_json_lists() -> None:
    told = ['Here: ["b", "a"]. Bye', '```json\n["a"]\n```', "a, b", "[]", '[1.0, true, "x"]', '{"a": ["a"]}']
    metric = SetF1(read="json")
    items = metric.items(answers(told, ['["a","b"]'] * 3 + ["[]", '[1, "true", "X"]', '["a"]']))
    # 1.0 is 1, and true is not "true": 2 of 3 and 3
    assert items["score"].to_list() == [1.0, pytest.approx(2 / 3), 0.0, 1.0, pytest.approx(2 / 3), 0.0]
    assert items["unparsed"].to_list() == [False, False, True, False, False, True]
    with pytest.raises(DataError, match="reference of test:1"):
        metric.items(answers(["[]"], ["a, b"]))


def test_the_best_of_several_references_counts() -> None:
    metric = SetF1(read="separated", separator=";")
    items = metric.items(answers(["a; b"], [["a", "c;b;a", "b;a"]]))
    assert items.row(0, named=True) == {
        "score": 1.0, "unparsed": False, "right": 2.0, "found": 2.0, "predicted": 2.0, "expected": 2.0,
    }  # fmt: skip


WORDS = st.frozensets(st.sampled_from("abcdef"))


@settings(max_examples=50)
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=6))
def test_equals_the_definition(sets: list[tuple[frozenset[str], frozenset[str]]]) -> None:
    metric = SetF1()
    items = metric.items(answers(["\n".join(said) for said, _ in sets], ["\n".join(meant) for _, meant in sets]))
    own = [2 * len(said & meant) / (len(said) + len(meant)) if said or meant else 1.0 for said, meant in sets]
    assert items["score"].to_list() == pytest.approx(own, abs=1e-12)
    both, all_ = sum(len(said & meant) for said, meant in sets), sum(len(said) + len(meant) for said, meant in sets)
    found = metric.total(items)
    assert found["set_f1.micro"] == (pytest.approx(2 * both / all_, abs=1e-12) if all_ else None)
    assert found["set_f1.mean"] == pytest.approx(sum(own) / len(own), abs=1e-12)
