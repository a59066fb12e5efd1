"""JSON in, the same JSON out: literals, key order, duplicate keys, odd input."""

import json

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bloomery.formats.lossless import Number, canonical, dumps, loads, loads_value, merge

characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\')
strings = st.text(characters, max_size=8).map(lambda text: f'"{text}"')
integers = st.integers().map(str)
decimals = st.tuples(st.integers(), st.text("0123456789", min_size=1, max_size=25)).map(
    lambda pair: f"{pair[0]}.{pair[1]}"
)
exponents = st.tuples(st.integers(-9, 9), st.sampled_from(["e", "E", "e+", "E-"]), st.integers(0, 400)).map(
    lambda t: f"{t[0]}{t[1]}{t[2]}"
)
leaves = strings | integers | decimals | exponents | st.sampled_from(["true", "false", "null", "-0", "-0.0"])


def objects(inner):
    pairs = st.dictionaries(strings, inner, max_size=4)
    return pairs.map(lambda found: "{" + ",".join(f"{key}:{value}" for key, value in found.items()) + "}")


def arrays(inner):
    return st.lists(inner, max_size=4).map(lambda found: "[" + ",".join(found) + "]")


literal = st.recursive(leaves, lambda inner: objects(inner) | arrays(inner), max_leaves=12)
minified = objects(literal)


@given(minified)
@example(
    '{"a":1.50,"b":[1E5,-0,12345678901234567890.12345678901234567890],"a ":"é\\u2028"}'.replace("\\u2028", "\u2028")
)
def test_minified_json_without_escapes_comes_out_as_it_went_in(text):
    assert dumps(loads(text.encode())).decode() == text


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
        max_size=4,
    )
)
def test_content_survives_whatever_escapes_the_input_uses(record):
    for text in (json.dumps(record), json.dumps(record, ensure_ascii=False, indent=2)):
        assert json.loads(dumps(loads(text.encode()))) == record


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"b":{"a":1,"c":2,"a":1}}', '{"a":1,"\\u0061":2}'])
def test_a_key_that_stands_twice_is_named(text):
    with pytest.raises(ValueError, match="'a' stands twice"):
        loads(text.encode())


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b"[1]", "an array"),
        (b"12", "a number"),
        (b"null", "null"),
        (b'{"a": "\\ud800"}', "surrogate"),
        (b'{"a": 1} {"b": 2}', "Extra data"),
        (b'{"a": "\x01"}', "control character"),
        (b'{"a": "\xff"}', "utf-8"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_what_is_no_row_says_so_in_one_sentence(raw, says):
    with pytest.raises(ValueError, match=says):
        loads(raw)


def test_a_surrogate_pair_is_one_character_and_fine():
    assert loads(b'{"a": "\\ud83d\\ude00"}') == {"a": "\N{GRINNING FACE}"}


def test_true_and_null_are_no_numbers():
    assert loads(b'{"a":true,"b":null}') == {"a": True, "b": None}


@given(literal)
def test_canonical_text_is_the_same_from_either_decoder(text):
    try:
        plain = msgspec.json.decode(text)
    except msgspec.ValidationError:  # a number that no float holds: such a row is quarantined, never edited
        return
    assert canonical(loads_value(text)) == canonical(plain) == msgspec.json.encode(plain).decode()


def test_merge_keeps_literals_that_the_edit_did_not_touch():
    old = loads(b'{"a":1.50,"deep":{"list":[1E3,"x"],"b":2}}')
    new = loads(b'{"a":1.5,"deep":{"list":[1000.0,"y"],"b":2,"c":3}}')
    assert dumps(merge(old, new)) == b'{"a":1.50,"deep":{"list":[1E3,"y"],"b":2,"c":3}}'


def test_numbers_are_equal_when_their_literals_are():
    assert Number("1.5") == Number("1.5") != Number("1.50")
    assert len({Number("1"), Number("1"), Number("1.0")}) == 2
    assert float(Number("1.50")) == 1.5


def test_something_that_is_no_json_is_a_type_error():
    with pytest.raises(TypeError, match="object is not JSON"):
        dumps({"a": object()})
