"""The dialect of a hosted fine-tuning API, and what it refuses."""

import pytest

from bloomery.formats.dialogue import Loss, Losses
from bloomery.formats.hosted import problems, to_hosted, too_few

GOOD = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "a"},
    {"role": "assistant", "content": "b", "weight": 1},
]
CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}


def test_a_good_row_has_no_problem():
    assert problems({"messages": GOOD}) == []
    called = [
        GOOD[1],
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "1", "content": "2"},
        GOOD[2],
    ]
    assert problems({"messages": called, "tools": [{"type": "function", "function": {"name": "f"}}]}) == []


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({}, "'messages' is not a list"),
        ({"messages": []}, "'messages' is not a list"),
        ({"messages": GOOD, "id": 1}, "unknown key 'id'"),
        ({"messages": GOOD[:2]}, "no assistant message"),
        ({"messages": [*GOOD, GOOD[1]]}, "the last message is not the assistant's"),
        ({"messages": ["a", GOOD[2]]}, "message 1 is not an object"),
        ({"messages": [{"role": "human", "content": "a"}, GOOD[2]]}, "message 1 has the unknown role 'human'"),
        ({"messages": [{"role": "user", "content": ["a"]}, GOOD[2]]}, "message 1 has a content that is no string"),
        ({"messages": [{"role": "user", "content": ""}, GOOD[2]]}, "message 1 has an empty content"),
        (
            {"messages": [{"role": "user", "content": "a", "weight": 1}, GOOD[2]]},
            "message 1 has the unknown key 'weight'",
        ),
        ({"messages": [GOOD[1], {"role": "assistant", "content": "b", "weight": 0.5}]}, "message 2 has the weight 0.5"),
        ({"messages": [{"role": "user", "content": "a", "name": "A B"}, GOOD[2]]}, "message 1 has a name"),
        ({"messages": [{"role": "tool", "content": "a"}, GOOD[2]]}, "message 1 has no tool_call_id"),
        (
            {"messages": [GOOD[1], {"role": "assistant", "tool_calls": "f"}]},
            "message 2 has tool_calls that are no list",
        ),
        (
            {"messages": [GOOD[1], {"role": "assistant", "tool_calls": [{}]}]},
            "message 2 has a tool call without a function name",
        ),
        (
            {
                "messages": [
                    GOOD[1],
                    {"role": "assistant", "tool_calls": [{**CALL, "function": {"name": "f", "arguments": {}}}]},
                ]
            },
            "no JSON string",
        ),
        (
            {"messages": [GOOD[1], {"role": "assistant", "tool_calls": [{"function": CALL["function"]}]}]},
            "without an id",
        ),
        ({"messages": GOOD, "tools": "[]"}, "'tools' is not a list"),
    ],
)
def test_problems_name_the_place(record, says):
    assert any(says in problem for problem in problems(record))


def test_ten_examples_are_needed():
    assert too_few(9) == "9 examples, at least 10 are needed"
    assert too_few(10) is None


def test_only_the_writing_changes():
    record = {
        "messages": [
            {"role": "human", "content": [{"type": "text", "value": "a"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"x": 1}}}],
            },
            {"role": "tool", "content": "2", "tool_call_id": "1"},
            {"role": "assistant", "content": "b"},
        ],
        "tools": '[{"name": "f"}]',
    }
    row = to_hosted(record)
    assert row["messages"][0] == {"content": "a", "role": "user"}
    assert row["messages"][1]["tool_calls"][0]["function"]["arguments"] == '{"x":1}'
    assert row["tools"] == [{"type": "function", "function": {"name": "f"}}]
    assert problems(row) == []


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"messages": GOOD, "id": 7}, "the column 'id'"),
        (
            {"messages": [GOOD[1], {**GOOD[2], "reasoning_content": "r"}]},
            "the key 'reasoning_content' of the assistant message",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, GOOD[2]]}, "type 'image_url'"),
    ],
)
def test_what_the_service_does_not_know_would_be_lost(record, says):
    with pytest.raises(Loss, match=says):
        to_hosted(record)
    assert set(to_hosted(record, losses=Losses(lossy=True))) == {"messages"}
