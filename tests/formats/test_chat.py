"""Chat and sharegpt: turns, parts, tools, reasoning; what is a fault and what is only odd."""

import pytest

from bloomery.formats.chat import Chat
from bloomery.formats.sharegpt import Sharegpt
from bloomery.formats.thinking import pieces

USER, ANSWER = {"role": "user", "content": "Where is it?"}, {"role": "assistant", "content": "In Delft."}


def chat(*messages, **more):
    return {"messages": list(messages), **more}


def parts(record, form=None):
    return [tuple(part) for part in (form or Chat()).parse(record).parts]


def fault(record, form=None):
    return (form or Chat()).parse(record).fault


def test_roles_of_a_plain_conversation():
    record = chat({"role": "system", "content": "Be brief."}, USER, ANSWER)
    assert parts(record) == [("system", "Be brief."), ("prompt", "Where is it?"), ("completion", "In Delft.")]
    assert fault(record) is None


def test_content_parts_are_read_under_text_or_value_and_images_pass_through():
    image = {"type": "image_url", "image_url": {"url": "a.png"}}
    record = chat(
        {"role": "user", "content": [image, {"type": "text", "text": "What?"}]},
        {"role": "assistant", "content": [{"type": "text", "value": "A cat."}]},
    )
    assert parts(record) == [("prompt", "What?"), ("completion", "A cat.")]
    edited = Chat().replace(record, ["Who?", "A cat."])
    assert edited["messages"][0]["content"] == [image, {"type": "text", "text": "Who?"}]


def test_a_user_turn_with_nothing_but_an_image_is_not_empty():
    assert fault(chat({"role": "user", "content": [{"type": "image_url", "image_url": "a.png"}]}, ANSWER)) is None


def test_reasoning_fields_parts_and_think_blocks_have_a_role_of_their_own():
    record = chat(
        USER,
        {"role": "assistant", "content": "One.", "reasoning_content": "a"},
        {"role": "assistant", "content": [{"type": "reasoning", "value": "b"}, {"type": "text", "value": "Two."}]},
        {"role": "assistant", "content": "<think>\nc\n</think>\n\nThree."},
    )
    assert parts(record)[1:] == [
        ("reasoning", "a"),
        ("completion", "One."),
        ("reasoning", "b"),
        ("completion", "Two."),
        ("reasoning", "c"),
        ("completion", "Three."),
    ]


def test_editing_beside_a_think_block_keeps_its_white_space():
    record = chat(USER, {"role": "assistant", "content": " <think>\n\tsecret \n</think>\n\n  Yes. \n"})
    edited = Chat().replace(record, ["Where is it?", "x", "No."])
    assert edited["messages"][1]["content"] == " <think>\n\tx \n</think>\n\n  No. \n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", [("completion", "a")]),
        (" a ", [("completion", " a ")]),
        ("", []),
        ("<think></think>", []),
        ("<think>a</think>b", [("reasoning", "a"), ("completion", "b")]),
        (
            "x<think>a</think>b<think>c</think>",
            [("completion", "x"), ("reasoning", "a"), ("completion", "b"), ("reasoning", "c")],
        ),
        ("<think>cut off", [("reasoning", "cut off")]),
        ("opened by the template</think>b", [("reasoning", "opened by the template"), ("completion", "b")]),
        ("a stray tag</think>\n", [("completion", "a stray tag</think>")]),
        ("<think>a<think>b</think>c", [("reasoning", "a<think>b"), ("completion", "c")]),
    ],
)
def test_think_blocks_are_cut_out(text, expected):
    assert [(piece.role, text[piece.start : piece.end]) for piece in pieces(text)] == expected


def test_a_hundred_thousand_unclosed_think_tags_are_read_in_linear_time():
    assert len(pieces("<think>" * 100_000)) == 1


def test_a_users_think_tag_is_just_text():
    assert parts(chat({"role": "user", "content": "What does <think> do?"}, ANSWER))[0] == (
        "prompt",
        "What does <think> do?",
    )


def test_tool_calls_with_arguments_as_text_or_object():
    record = chat(
        USER,
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": '{"q": "Delft"}'}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": "[]"},
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"function": {"name": "g", "arguments": {"q": "Delft", "n": 1.50}}}],
        },
        {"role": "assistant", "content": "Done.", "function_call": {"name": "h", "arguments": "{}"}},
        tools=[{"type": "function"}],
    )
    assert fault(record) is None
    assert parts(record) == [
        ("tools", '[{"type":"function"}]'),
        ("prompt", "Where is it?"),
        ("tool_call", '{"q": "Delft"}'),
        ("tool", "[]"),
        ("tool_call", '{"q":"Delft","n":1.5}'),
        ("completion", "Done."),
        ("tool_call", "{}"),
    ]


def test_an_edited_arguments_object_stays_an_object():
    record = chat(
        USER, {"role": "assistant", "tool_calls": [{"function": {"name": "g", "arguments": {"to": "a@b.nl", "n": 2}}}]}
    )
    edited = Chat().replace(record, ["Where is it?", '{"to":"[EMAIL]","n":2}'])
    assert edited["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"to": "[EMAIL]", "n": 2}


def test_a_call_without_arguments_is_no_empty_turn():
    assert (
        fault(chat(USER, {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "now"}}]})) is None
    )


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, "missing_column"),
        (chat(), "no_assistant_turn"),
        (chat(USER), "no_assistant_turn"),
        ({"messages": "hello"}, "wrong_type"),
        ({"messages": None}, "wrong_type"),
        (chat("hello", ANSWER), "wrong_type"),
        (chat({"role": "user", "content": 3}, ANSWER), "wrong_type"),
        (chat({"role": "user", "content": [3]}, ANSWER), "wrong_type"),
        (chat(USER, {"role": "assistant", "tool_calls": "f()", "content": None}), "wrong_type"),
        (chat(USER, {"role": "narrator", "content": "Later."}, ANSWER), "unknown_role"),
        (chat(USER, {"content": "No role."}, ANSWER), "unknown_role"),
        (chat({"role": "user", "content": ""}, ANSWER), "empty_prompt"),
        (chat({"role": "user"}, ANSWER), "empty_prompt"),
        (chat({"role": "user", "content": []}, ANSWER), "empty_prompt"),
        (chat(USER, {"role": "assistant", "content": ""}), "empty_completion"),
        (chat(USER, {"role": "assistant", "content": None}), "empty_completion"),
        (chat(USER, {"role": "assistant", "content": "<think>only a thought</think>"}), "empty_completion"),
        (chat(USER, {"role": "assistant", "content": "   "}), None),  # blanks are left to the quality signals
        (chat({"role": "system", "content": ""}, USER, ANSWER), None),
    ],
)
def test_faults(record, expected):
    assert fault(record) == expected


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["system", "user", "assistant"], []),
        (["assistant", "user", "assistant"], ["assistant_first"]),
        (["user", "user", "assistant"], ["user_twice"]),
        (["user", "assistant", "assistant"], ["assistant_twice"]),
        (["user", "system", "assistant"], ["system_in_middle"]),
        (["user", "assistant", "user"], ["ends_with_user"]),
        (["system", "assistant"], ["assistant_first", "no_user_turn"]),
        (["user", "tool", "assistant"], ["result_without_call"]),
    ],
)
def test_oddities_are_counted_and_drop_nothing(roles, expected):
    record = chat(*({"role": role, "content": "x"} for role in roles))
    assert Chat().oddities(record) == expected
    assert fault(record) is None


def test_a_faulty_turn_still_shows_its_texts():
    record = chat({"role": "narrator", "content": "mail a@b.nl"}, {"role": "user", "content": {"text": "c@d.nl"}})
    assert parts(record) == [("text", "mail a@b.nl"), ("text", '{"text":"c@d.nl"}')]


def test_other_column_names_are_bound():
    form = Chat({"messages": "dialog", "role": "speaker", "content": "words"})
    record = {"dialog": [{"speaker": "user", "words": "Hi"}, {"speaker": "assistant", "words": "Hello"}]}
    assert parts(record, form) == [("prompt", "Hi"), ("completion", "Hello")]


def test_sharegpt_speakers_and_columns():
    turns = [
        {"from": "human", "value": "Roll a die"},
        {"from": "function_call", "value": '{"name": "roll", "arguments": {"sides": 6}}'},
        {"from": "observation", "value": "4"},
        {"from": "gpt", "value": "You rolled a 4."},
    ]
    record = {"conversations": turns, "tools": '[{"name": "roll"}]', "system": "Be fair."}
    assert [role for role, _ in parts(record, Sharegpt())] == [
        "system",
        "tools",
        "prompt",
        "tool_call",
        "tool",
        "completion",
    ]
    assert fault(record, Sharegpt()) is None
    assert Sharegpt().oddities(record) == []


def test_sharegpt_that_ends_in_a_function_call_has_an_answer():
    record = {"conversations": [{"from": "human", "value": "Roll"}, {"from": "function_call", "value": "{}"}]}
    assert fault(record, Sharegpt()) is None
