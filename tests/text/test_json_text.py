"""Where the JSON value is in a text, and what is none."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.text.json_text import NOTHING, canonical, value_in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        (' \n{"a": 1}\n', {"a": 1}),
        ('Use {braces} so: {"a": {"b": "}"}} and {more}.', {"a": {"b": "}"}}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('First {"a": 1}, no: {"a": 2}.', {"a": 2}),
        ('It\'s "{" then {"a": "x{"}', {"a": "x{"}),
        ('{"outer": {"a": 1}', NOTHING),  # cut off
        ('{"x": NaN, "y": {"a": 1}}', NOTHING),
        ('{"x": {"a": 1}, oops} {"a": 2}', {"a": 2}),
        ('[1, {"a": 1}, oops', NOTHING),
        ('{ {"a": 1} }', {"a": 1}),
        ('{"a": 1, "a": 2} {"a": 3}', {"a": 3}),
        ('[1, {"a": 1}]', NOTHING),  # a list, though an object is inside
        ('See [1]. {"a": 1} [2]', {"a": 1}),
        ('{"a": 1,}', NOTHING),
        ("{'a': 1}", NOTHING),
        ('{"a": NaN}', NOTHING),
        ('{"a": Infinity}', NOTHING),
        ('{"a": 1, "a": 2}', NOTHING),
        ('{"a": "\\ud800"}', NOTHING),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": 1} // note', {"a": 1}),
        ('{"a": 1', NOTHING),
        ("", NOTHING),
        ("null", NOTHING),
    ],
)
def test_first_brace_to_last_brace(text: str, value: Any) -> None:
    assert value_in(text, dict) is value or value_in(text, dict) == value


def test_where_it_may_stand() -> None:
    whole, fence, text = '{"a": 1}', '```json\n{"a": 1}\n```', 'So: {"a": 1}'
    assert [value_in(one, dict, "whole") is not NOTHING for one in (whole, fence, text)] == [True, False, False]
    assert [value_in(one, dict, "fence") is not NOTHING for one in (whole, fence, text)] == [True, True, False]
    assert [value_in(one, dict, "text") is not NOTHING for one in (whole, fence, text)] == [True, True, True]


def test_scalars_are_only_read_whole() -> None:
    assert value_in("true", bool) is True
    assert value_in("1", bool) is NOTHING
    assert value_in("it is true", bool) is NOTHING
    assert value_in("3", None) == 3


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=5), JSON), st.text("ab {}'.,:`\n", max_size=20), st.text("ab '.,:`\n", max_size=20)
)
def test_any_object_is_found_in_any_prose(value: Any, before: str, after: str) -> None:
    assert value_in(before + json.dumps(value) + after, dict) == value


@pytest.mark.parametrize(
    "text",
    [
        "[" * 2_000_000,
        '{"a":' * 500_000,
        "[1," * 1_000_000,
        "{" * 2_000_000,
        ("[" + "1," * 400) * 5_000,
        '["' * 1_000_000,
        '["[",' * 500_000,
        "1" * 5_000_000,
        '{"a": ' + "1" * 5_000 + "}",
        "[" * 900 + "]" * 900 + "}",
        "\\ud800" * 100_000,
        "\0" * 1_000_000,
    ],
    ids=lambda text: f"{text[:8]}…{len(text)}",
)
def test_hostile_texts_are_given_up_in_bounded_time(text: str) -> None:
    assert value_in(text, dict) is NOTHING


def test_one_spelling() -> None:
    assert canonical({"b": [1.0, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'
    assert len({canonical(one) for one in (1, True, "1", "true", None, "null", 1.5)}) == 7
    assert canonical(1e300) == canonical(1e300) != canonical(10**300)
