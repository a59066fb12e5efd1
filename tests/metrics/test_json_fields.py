"""JSON fields with their arithmetic."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import DataError
from bloomery.metrics.json_fields import JsonFields
from tests.metrics.answers import answers


def values(said: Any, meant: Any, **options: Any) -> dict[str, float | None]:
    """Of lists of values, or texts as they are."""
    texts = [[one if isinstance(one, str) else json.dumps(one) for one in side] for side in (said, meant)]
    metric = JsonFields(**options)
    return metric.total(metric.items(answers(*texts)))


def test_fields_by_name() -> None:
    found = values(
        [{"name": "Ann", "age": 3}, {"name": "Bob"}, {"name": "Cid", "age": 5, "extra": 1}],
        [{"name": "Ann", "age": 4}, {"name": "Bob", "age": 7}, {"name": "Cyd", "age": 5}],
    )
    # name: 3 said, 3 meant, 2 right. age: 2 said, 3 meant, 1 right. extra: 1 said, never meant
    assert (found["field_precision.name"], found["field_recall.name"]) == (2 / 3, 2 / 3)
    assert (found["field_precision.age"], found["field_recall.age"], found["field_f1.age"]) == (1 / 2, 1 / 3, 0.4)
    assert (found["field_precision.micro"], found["field_recall.micro"]) == (3 / 6, 3 / 6)
    assert found["field_f1.macro"] == pytest.approx((2 / 3 + 0.4) / 2, abs=1e-12)
    assert found["field_support.age"] == 3.0
    assert "field_f1.extra" not in found
    assert (found["json_valid"], found["json_only"], found["json_exact_match"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(("said", "right"), [("true", 1), ('"true"', 0), ("1", 0), ("null", 0), ("false", 0)])
def test_false_in_quotes_is_truthy(said: str, right: int) -> None:
    assert values([f'{{"a": {said}}}'], [{"a": True}])["field_f1.a"] == right


def test_numbers_are_numbers() -> None:
    assert values(['{"a": 1.0, "b": "1"}'], [{"a": 1, "b": 1}])["field_f1.micro"] == 0.5


def test_nested_paths_and_ordered_lists() -> None:
    meant = {"who": {"a.b": "x"}, "items": [{"price": 1}, {"price": 2}], "none": [], "any": {}}
    same = values([meant], [meant])
    assert same["json_exact_match"] == 1.0
    assert {name: same[name] for name in same if "support" in name} == {
        r"field_support.who.a\.b": 1.0,
        "field_support.items[].price": 2.0,
        "field_support.none": 1.0,
        "field_support.any": 1.0,
    }
    swapped = values([meant | {"items": [{"price": 2}, {"price": 1}]}], [meant])
    assert (swapped["field_f1.items[].price"], swapped["field_f1.micro"]) == (0.0, 3 / 5)


def test_lists_as_sets() -> None:
    said, meant = (
        {"tags": ["b", "a", "a"], "items": [{"q": 2, "p": 1}]},
        {"tags": ["a", "b"], "items": [{"p": 1, "q": 2.0}]},
    )
    assert values([said], [meant])["field_f1.micro"] < 1
    assert values([said], [meant], lists="set")["json_exact_match"] == 1.0
    found = values([{"tags": ["a", "c", "d"]}], [{"tags": ["a", "b"]}], lists="set")
    assert (found["field_precision.tags[]"], found["field_recall.tags[]"]) == (1 / 3, 1 / 2)


def test_a_key_with_a_dot_is_not_a_path() -> None:
    assert values([{"a.b": 1}], [{"a": {"b": 1}}])["field_f1.micro"] == 0.0
    assert values([{"a[0]": 1}], [{"a": [1]}])["field_f1.micro"] == 0.0
    assert values([{"a\\": {"b": 1}}], [{"a\\.b": 1}])["field_f1.micro"] == 0.0


def test_null_can_count_as_absent() -> None:
    assert values([{"a": None}], [{}])["field_f1.micro"] == 0.0
    assert values([{"a": None, "b": 1}], [{"b": 1}], null_is_absent=True)["json_exact_match"] == 1.0


def test_strings_can_be_compared_by_key() -> None:
    assert values([{"a": "ANN  x"}], [{"a": "Ann x"}])["field_f1.a"] == 0.0
    assert values([{"a": "ANN  x"}], [{"a": "Ann x"}], normalise=True)["field_f1.a"] == 1.0


def test_an_answer_that_is_no_json_is_marked_and_finds_nothing() -> None:
    told = ['{"a": 1}', 'So: {"a": 1}', "a is 1", "[1]", ""]
    items = JsonFields().items(answers(told, ['{"a": 1}'] * 5))
    assert items["unparsed"].to_list() == [False, False, True, True, True]
    found = JsonFields().total(items)
    assert (found["json_valid"], found["json_only"], found["json_exact_match"]) == (2 / 5, 1 / 5, 2 / 5)
    assert (found["field_precision.a"], found["field_recall.a"]) == (1.0, 2 / 5)
    assert values(told, ['{"a": 1}'] * 5, where="whole")["json_valid"] == 1 / 5


def test_an_unparsed_answer_is_not_an_exact_match_of_nothing() -> None:
    items = JsonFields(null_is_absent=True).items(answers(["??", "{}"], ['{"a": null}', '{"a": null}']))
    assert items.select("score", "exact").rows() == [(0.0, False), (1.0, True)]


def test_a_reference_that_is_no_json_is_an_error() -> None:
    with pytest.raises(DataError, match=r"reference of test:1 .*JSON"):
        JsonFields().items(answers(["{}"], ["a: 1"]))


def test_the_best_of_several_references_counts() -> None:
    items = JsonFields().items(answers(['{"a": 1}'], [['{"a": 2}', '{"a": 1}']]))
    assert items["score"].to_list() == [1.0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.[", max_size=2), inner, max_size=3),
    max_leaves=6,
)


def leaves(value: Any, place: tuple[Any, ...] = ()) -> set[Any]:
    """By the definition: (path, type, value) of each leaf."""
    if isinstance(value, dict) and value:
        return set().union(*(leaves(inner, (*place, "key", key)) for key, inner in value.items()))
    if isinstance(value, list) and value:
        return set().union(*(leaves(inner, (*place, "entry", number)) for number, inner in enumerate(value)))
    return {(place, type(value).__name__, repr(value))}


@settings(max_examples=50)
@given(st.lists(st.tuples(JSON, JSON), min_size=1, max_size=5))
def test_equals_the_definition(told: list[tuple[Any, Any]]) -> None:
    items = JsonFields().items(
        answers([json.dumps(said) for said, _ in told], [json.dumps(meant) for _, meant in told])
    )
    for item, (said, meant) in zip(items.iter_rows(named=True), told, strict=True):
        own, expected = (leaves(said) if type(said) is type(meant) else set()), leaves(meant)
        assert item["unparsed"] == (type(said) is not type(meant))
        assert (item["predicted"], item["expected"]) == (len(own), len(expected))
        assert item["right"] == item["found"] == len(own & expected)
        assert item["exact"] == (own == expected)
