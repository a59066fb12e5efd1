"""Replies that should be an object: found, checked, asked for once more, else unscored."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.errors import RecipeError
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Asked, Fake, Reply, broken, refuse, reply
from bloomery.llm.schemas import check_of
from bloomery.llm.structured import ask_for_objects, found
from tests.llm.asking import SCHEMA, request, requests

Opened = Callable[..., Endpoint]


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ('{"score": 4}', 4),
        (' \n{"score": 4}\n', 4),
        ('```json\n{"score": 4}\n```', 4),
        ('Sure! Here it is:\n```json\n{"score": 4}\n```\nLet me know {if} you need more.', 4),
        ('The format is {"score": 1} or {"score": 5}. My verdict: {"score": 4}', 4),
        ('{"score": 4} (the scale goes from {low} to {high})', 4),
        ('{"why": "it says {\\"score\\": 1} }{", "score": 4}', 4),
        ('{"score": 4}. For comparison {"points": 1}.', 4),
        ('<think>{"score": 1}? No.</think>{"score": 4}', 4),
        ('{"score": 1}? Hmm.</think>\n\n{"score": 4}', 4),
        ('<thinking>a</thinking><think>{"score": 2}</think>{"score": 4}', 4),
        ('{"score": 4, "more": {"score": 1}}', 4),
        ('{"score": 4.0}', 4.0),
    ],
)
def test_first_brace_to_last_brace(text: str, score: float) -> None:
    value = found(text, SCHEMA).value
    assert value is not None and value["score"] == score


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "there is no JSON object in it"),
        ("4", "there is no JSON object in it"),
        ("Score: 4/5", "there is no JSON object in it"),
        ("I'm sorry, but I can't help with that.", "there is no JSON object in it"),
        ('{"score": 4', "there is no JSON object in it"),
        ("{'score': 4}", "there is no JSON object in it"),
        ('{"score": 0}', "score is 0, less than 1"),
        ('{"score": 6}', "score is 6, more than 5"),
        ('{"score": 4.5}', "score is 4.5, no integer"),
        ('{"score": "4"}', 'score is "4", no integer'),
        ('{"score": "4/5"}', 'score is "4/5", no integer'),
        ('{"score": true}', "score is true, no integer"),
        ('{"score": null}', "score is null, no integer"),
        ('{"score": [4]}', "score is [4], no integer"),
        ('{"Score": 4}', "score is missing"),
        ('{"score": 4, "score": 5}', "there is no JSON object in it"),
        ('{"score": NaN}', "there is no JSON object in it"),
        ('{"score": 1e999}', "score is Infinity, no integer"),
        ('[{"score": 4}]', "there is no JSON object in it"),
        ('{"result": {"score": 4}}', "score is missing"),
        ('<think>I would say {"score": 4}', "it ends within a thinking block"),
        ('<think>I would say {"score": 4}</think>', "there is no JSON object in it"),
    ],
)
def test_parse_failure_is_unscored(text: str, reason: str) -> None:
    assert found(text, SCHEMA) == (None, reason)


def test_false_is_truthy() -> None:
    schema = {"type": "object", "properties": {"pass": {"type": "boolean"}}, "required": ["pass"]}
    assert found('{"pass": "false"}', schema).value is None
    assert found('{"pass": 0}', schema).value is None
    assert found('{"pass": false}', schema).value == {"pass": False}


@pytest.mark.parametrize(
    "text",
    [
        "{" * 10_000_000,
        '{"a":' * 2_000_000,
        '{"score": 9} ' * 200_000,
        '{"score": 4, "why": "' + "{" * 10_000_000,
        "<think>" * 1_500_000,
        '"{' * 5_000_000,
        "```json\n" * 1_250_000,
        '{"' + "a" * 10_000_000,
        '{"score": ' + "9" * 10_000_000 + "}",
    ],
    ids=lambda text: text[:20],
)
def test_ten_hostile_megabytes_are_read_once(text: str) -> None:
    # what takes time with the square of the length does not end here
    assert found(text, SCHEMA).value is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_what_fits_is_told_apart_by_hand(value: Any) -> None:
    fits = isinstance(value, dict) and type(value.get("score")) is int and 1 <= value["score"] <= 5
    assert (check_of(SCHEMA)(value) is None) is fits


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"enum": ["A", "B", None]}, ["A", None], ["a", "AB", 1]),
        ({"const": 1}, [1, 1.0], [True, "1"]),
        ({"type": ["number", "null"]}, [1.5, None, 2], ["1", True]),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 1}, [0.5, "text"], [0, 1]),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2}, [["a"]], [[], [1], ["a"] * 3]),
        ({"type": "string", "minLength": 1, "maxLength": 3}, ["abc"], ["", "abcd"]),
        ({"properties": {"a": True}, "additionalProperties": False}, [{}, {"a": 9}], [{"b": 1}]),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, ["a", 1], [1.5, None]),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "array", "items": {"$ref": "#/$defs/x"}}}}, [[[], [[]]]], [[1]]),
    ],
    ids=str,
)
def test_each_keyword(schema: dict[str, Any], good: list[Any], bad: list[Any]) -> None:
    check = check_of(schema)
    assert [check(value) for value in good] == [None] * len(good)
    assert all(check(value) for value in bad)


@pytest.mark.parametrize(
    "schema",
    [{"pattern": "a"}, {"type": "date"}, {"oneOf": []}, {"$ref": "http://x"}, {"properties": {"a": {"if": 1}}}],
)
def test_a_schema_that_cannot_be_checked_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(RecipeError, match="cannot be checked"):
        check_of(schema)


@pytest.mark.enable_socket
def test_a_200_that_ignores_the_schema_gets_one_repair_round(model: Opened) -> None:
    def script(asked: Asked) -> Reply:
        return reply('{"score": 4}' if len(asked.body["messages"]) > 2 else "I would give it four of five.")

    with Fake(script) as server:
        (one,) = ask_for_objects(model(server), [request(schema=SCHEMA)])
        messages = server.asked[1].body["messages"]
    assert (one.value, one.reason, one.repaired, len(server.asked)) == ({"score": 4}, None, True, 2)
    assert one.first is not None and one.first.text == "I would give it four of five."
    assert messages[2] == {"role": "assistant", "content": "I would give it four of five."}
    assert "there is no JSON object in it" in messages[3]["content"]


@pytest.mark.enable_socket
def test_what_does_not_fit_twice_is_unscored_and_its_text_is_kept(model: Opened) -> None:
    with Fake([reply('{"score": 11}')]) as server:
        (one,) = ask_for_objects(model(server), [request(schema=SCHEMA)])
    assert (one.value, one.reason, one.answer.text, len(server.asked)) == (
        None,
        "score is 11, more than 5",
        '{"score": 11}',
        2,
    )


@pytest.mark.enable_socket
def test_a_repair_round_that_fails_keeps_the_first_text(model: Opened) -> None:
    with Fake([reply("four"), refuse(400)]) as server:
        (one,) = ask_for_objects(model(server), [request(schema=SCHEMA)])
    assert (one.value, one.answer.text, one.reason) == (None, "four", "there is no JSON object in it")


@pytest.mark.enable_socket
def test_one_bad_reply_never_fails_a_batch(model: Opened, cache: Cache) -> None:
    said = {
        "0": reply('{"score": 3}'),
        "1": refuse(400),
        "2": broken(),
        "3": reply("I'm sorry, but I can't help with that."),
        "4": reply('{"score": 7}'),
        "5": reply('```\n{"score": 5}\n``` hope that {helps}'),
    }

    def script(asked: Asked) -> Reply:
        return said[str(asked.body["messages"][1]["content"])[11]]

    with Fake(script) as server:
        opened = model(server)
        replied = ask_for_objects(opened, requests(6, schema=SCHEMA), cache=cache)
        calls = len(server.asked)
        again = ask_for_objects(opened, requests(6, schema=SCHEMA), cache=cache)
    assert [one.value and one.value["score"] for one in replied] == [3, None, None, None, None, 5]
    assert [one.reason for one in replied[1:5]] == [
        "http_400",
        "bad_reply",
        "there is no JSON object in it",
        "score is 7, more than 5",
    ]
    # two were asked a second time; the rerun asks only for what had no answer
    assert calls == 6 + 2 and len(server.asked) == calls + 2
    assert [one.value for one in again] == [one.value for one in replied]


def test_a_request_without_a_schema_is_a_mistake(cache: Cache) -> None:
    from bloomery.llm.replay import Replay

    with pytest.raises(ValueError, match="has no schema"):
        ask_for_objects(Replay("m", []), [request()])
