"""Conversions: what survives, what would be lost, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.formats.alpaca import Alpaca, SelfInstruct
from bloomery.formats.chat import Chat
from bloomery.formats.classification import Classification
from bloomery.formats.completion import Completion
from bloomery.formats.convert import convert_record, convert_rows
from bloomery.formats.dialogue import Loss
from bloomery.formats.kto import Kto
from bloomery.formats.lossless import dumps, loads
from bloomery.formats.oasst import Oasst
from bloomery.formats.pair import Pair
from bloomery.formats.preference import Preference
from bloomery.formats.sharegpt import Sharegpt
from bloomery.formats.token_labels import TokenLabels

FORMS = {
    "completion": Completion(),
    "chat": Chat(),
    "alpaca": Alpaca(),
    "sharegpt": Sharegpt(),
    "classification": Classification(),
}


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def through(record, source, target):
    """`record` from the format `source` to `target` and back."""
    there = convert_record(record, FORMS[source], target)
    return convert_record(there, FORMS[target], source)


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
extra = st.dictionaries(texts.map(lambda name: "x_" + name), st.none() | st.integers() | texts, max_size=2)
exchanges = st.lists(st.tuples(texts, texts), min_size=1, max_size=3)
system = st.none() | texts


PLAIN = st.just({})


@st.composite
def chats(draw, more=PLAIN):
    head = draw(system)
    turns = [turn for ask, answer in draw(exchanges) for turn in (user(ask), assistant(answer, **draw(more)))]
    first = [] if head is None else [{"role": "system", "content": head}]
    return {"messages": first + turns, **draw(extra)}


@st.composite
def singles(draw, names):
    return {name: draw(texts) for name in names} | draw(extra)


@given(chats())
def test_chats_survive_sharegpt_and_alpaca(record):
    assert through(record, "chat", "sharegpt") == record
    assert through(record, "chat", "alpaca") == record


@given(singles(["prompt", "completion"]))
def test_completions_survive_every_conversational_format(record):
    for target in ("chat", "sharegpt", "alpaca", "classification"):
        assert through(record, "completion", target) == record


@given(singles(["instruction", "output"]).map(lambda row: {**row, "input": ""}))
def test_alpaca_without_input_survives(record):
    for target in ("chat", "sharegpt", "completion"):
        assert through(record, "alpaca", target) == record


@given(singles(["text", "label"]))
def test_classification_survives(record):
    for target in ("chat", "completion", "alpaca", "sharegpt"):
        assert through(record, "classification", target) == record


call = st.builds(
    lambda name, arguments: {"type": "function", "function": {"name": name, "arguments": arguments}},
    texts,
    st.dictionaries(texts, st.integers() | texts, max_size=2),
)


@given(
    chats(
        more=st.fixed_dictionaries(
            {}, optional={"tool_calls": st.lists(call, min_size=1, max_size=2), "weight": st.integers(0, 1)}
        )
    )
)
def test_tool_calls_and_turn_fields_survive_sharegpt(record):
    # numbers in arguments come back as literals, so compare the JSON
    assert loads(dumps(through(record, "chat", "sharegpt"))) == loads(dumps(record))


def test_a_sharegpt_tool_conversation_as_chat():
    turns = [
        {"from": "human", "value": "Roll"},
        {"from": "gpt", "value": "One moment."},
        {"from": "function_call", "value": '{"name": "roll", "arguments": {"sides": 6.50}}'},
        {"from": "observation", "value": "4"},
        {"from": "gpt", "value": "A four."},
    ]
    row = convert_record({"conversations": turns, "tools": "[]"}, Sharegpt(), "chat")
    assert dumps(row) == (
        b'{"messages":[{"role":"user","content":"Roll"},{"role":"assistant","content":"One moment.","tool_calls":'
        b'[{"type":"function","function":{"name":"roll","arguments":{"sides":6.50}}}]},'
        b'{"role":"tool","content":"4"},{"role":"assistant","content":"A four."}],"tools":"[]"}'
    )


def test_an_alpaca_input_becomes_part_of_the_question():
    row = convert_record({"instruction": "Add", "input": "1 2", "output": "3", "id": "00123"}, Alpaca(), "chat")
    assert row == {"messages": [user("Add\n\n1 2"), assistant("3")], "id": "00123"}


def test_alpaca_system_and_history_become_turns():
    row = convert_record({"system": "s", "instruction": "a", "output": "b", "history": [["q", "r"]]}, Alpaca(), "chat")
    assert [turn["content"] for turn in row["messages"]] == ["s", "q", "r", "a", "b"]


def test_the_alpaca_template_with_and_without_input():
    with_input = convert_record(
        {"instruction": "Add {input}", "input": "1 2", "output": "3"}, Alpaca(), "alpaca_prompt"
    )
    assert with_input == {
        "prompt": "Below is an instruction that describes a task, paired with an input that provides further context. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\nAdd {input}\n\n### Input:\n1 2\n\n### Response:",
        "completion": "3",
    }
    without = convert_record({"messages": [user("Add"), assistant("3")]}, Chat(), "alpaca_prompt")
    assert without["prompt"] == (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request."
        "\n\n### Instruction:\nAdd\n\n### Response:"
    )


def test_a_column_in_the_way_is_refused():
    with pytest.raises(Loss, match="'completion' is in the way"):
        convert_record({"messages": [user("a"), assistant("b")], "completion": "x"}, Chat(), "completion")


CALLS = [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


@pytest.mark.parametrize(
    ("messages", "target", "says"),
    [
        ([user("a"), assistant("b"), user("c"), assistant("d")], "completion", "the turns before the last question"),
        ([{"role": "system", "content": "s"}, user("a"), assistant("b")], "completion", "the system message"),
        ([user("a"), assistant("b", tool_calls=CALLS)], "alpaca", "tool calls"),
        ([user("a"), assistant("b", tool_calls=CALLS)], "sharegpt", "the ids of tool calls"),
        ([user("a"), assistant("b", reasoning_content="r")], "alpaca", "the reasoning"),
        ([user("a"), assistant("b", weight=0)], "completion", "the field 'weight' of the assistant turn"),
        ([user("a"), assistant("b"), user("c")], "alpaca", "nobody answers"),
        (
            [user([{"type": "image_url", "url": "u"}, {"type": "text", "text": "a"}]), assistant("b")],
            "sharegpt",
            "type 'image_url'",
        ),
        ([user(["a", "b"]), assistant("c")], "completion", "borders between 2 content parts"),
    ],
)
def test_a_loss_says_what_and_can_be_allowed(messages, target, says):
    record = {"messages": messages}
    with pytest.raises(Loss, match=says):
        convert_record(record, Chat(), target)
    assert convert_record(record, Chat(), target, lossy=True)


def test_a_row_of_which_too_little_is_left_is_refused():
    record = {"messages": [user("a"), assistant([{"type": "tool_call", "value": "{}"}])]}
    with pytest.raises(Loss, match="what would be left has the fault empty_completion"):
        convert_record(record, Chat(), "sharegpt", lossy=True)


def test_lossy_keeps_the_last_exchange():
    record = {"messages": [{"role": "system", "content": "s"}, user("a"), assistant("b"), user("c"), assistant("d")]}
    assert convert_record(record, Chat(), "completion", lossy=True) == {"prompt": "c", "completion": "d"}


def test_one_text_part_is_its_text():
    record = {"messages": [user([{"type": "text", "value": "a"}]), assistant([{"type": "text", "text": "b"}])]}
    assert convert_record(record, Chat(), "completion") == {"prompt": "a", "completion": "b"}


@pytest.mark.parametrize(
    ("record", "form", "target", "says"),
    [
        ({"messages": [user("a")]}, Chat(), "completion", "no_assistant_turn"),
        ({"messages": [user("a"), user("b"), assistant("c")]}, Chat(), "alpaca", "do not alternate"),
        ({"prompt": "a", "completion": "b"}, Completion(), "preference", "cannot be written as preference"),
        ({"prompt": "a", "completion": "b", "label": False}, Kto(), "chat", "unwanted answer"),
        ({"first": "a", "second": "b", "label": 1}, Pair(), "chat", "no conversation"),
        ({"tokens": ["a"], "tags": ["O"]}, TokenLabels(), "chat", "no conversation"),
        ({"messages": [user("a"), assistant("b")]}, Oasst(), "preference", "cannot be written as preference"),
        (
            {"conversations": [{"from": "human", "value": "a"}, {"from": "function_call", "value": "f()"}]},
            Sharegpt(),
            "chat",
            "no",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_even_if_losses_are_allowed(record, form, target, says):
    with pytest.raises(Loss, match=says):
        convert_record(record, form, target, lossy=True)


def test_an_integer_label_loses_its_type():
    with pytest.raises(Loss, match="type of the label"):
        convert_record({"text": "a", "label": 3}, Classification(), "chat")
    assert convert_record({"text": "a", "label": 3}, Classification(), "completion", lossy=True)["completion"] == "3"


def test_other_names_become_the_standard_ones():
    form = Completion({"prompt": "Question", "completion": "Answer"})
    assert convert_record({"id": 1, "Question": "a", "Answer": "b"}, form, "completion") == {
        "id": 1,
        "prompt": "a",
        "completion": "b",
    }
    assert convert_record({"words": ["a"], "tags": [0]}, TokenLabels({"tokens": "words"}), "token_labels") == {
        "tokens": ["a"],
        "tags": [0],
    }


def test_a_seed_task_row_is_alpaca():
    row = {"id": "t", "instruction": "a", "input": "", "output": "b"}
    assert convert_record(row, SelfInstruct(), "alpaca") == row


def test_oasst_rows_are_chats():
    row = {"messages": [user("a"), assistant("b")], "message_ids": ["1", "2"]}
    assert convert_record(row, Oasst(), "chat") == row


TALK = {
    "conversations": [{"from": "human", "value": "a"}],
    "chosen": {"from": "gpt", "value": "b"},
    "rejected": {"from": "gpt", "value": "c"},
}
EXPECTED = {"prompt": [user("a")], "chosen": [assistant("b")], "rejected": [assistant("c")]}


@pytest.mark.parametrize(
    ("record", "columns", "expected"),
    [
        (TALK, {"prompt": "conversations"}, EXPECTED),
        ({"chosen": [user("a"), assistant("b")], "rejected": [user("a"), assistant("c")]}, {}, EXPECTED),
        ({"prompt": "a", "chosen": [user("a"), assistant("b")], "rejected": [user("a"), assistant("c")]}, {}, EXPECTED),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, {}, {"prompt": "a", "chosen": "b", "rejected": "c"}),
        ({"q": "a", "chosen": "b", "rejected": "c"}, {"prompt": "q"}, {"prompt": "a", "chosen": "b", "rejected": "c"}),
    ],
)
def test_every_way_of_writing_a_preference_becomes_one(record, columns, expected):
    assert convert_record(record, Preference(columns), "preference") == expected


def test_a_preference_becomes_two_kto_rows():
    rows = convert_rows({"prompt": "a", "chosen": "b", "rejected": "c", "id": 7}, Preference(), "kto")
    assert rows == [
        {"prompt": "a", "completion": "b", "label": True, "id": 7},
        {"prompt": "a", "completion": "c", "label": False, "id": 7},
    ]
    with pytest.raises(Loss, match="becomes 2 kto rows"):
        convert_record({"prompt": "a", "chosen": "b", "rejected": "c"}, Preference(), "kto")


def test_a_preference_as_chat_loses_the_rejected_answer():
    with pytest.raises(Loss, match="the rejected answer"):
        convert_record(TALK, Preference({"prompt": "conversations"}), "chat")
    assert convert_record(TALK, Preference({"prompt": "conversations"}), "chat", lossy=True) == {
        "messages": [user("a"), assistant("b")]
    }


def test_a_wanted_kto_answer_as_chat_loses_its_label():
    record = {"messages": [user("a"), assistant("b")], "label": True, "system": "s"}
    with pytest.raises(Loss, match="the label"):
        convert_record(record, Kto(), "chat")
    row = convert_record(record, Kto(), "chat", lossy=True)
    assert row == {"messages": [{"role": "system", "content": "s"}, user("a"), assistant("b")]}
