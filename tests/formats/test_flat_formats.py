"""Formats whose texts are top-level columns: completion, alpaca, classification, pair, text; and KTO and preference."""

import pytest

from bloomery.formats.alpaca import Alpaca, SelfInstruct
from bloomery.formats.classification import Classification
from bloomery.formats.completion import Completion
from bloomery.formats.kto import Kto
from bloomery.formats.pair import Pair
from bloomery.formats.preference import Preference
from bloomery.formats.text import Text


def parts(form, record):
    return [tuple(part) for part in form.parse(record).parts]


@pytest.mark.parametrize(
    ("form", "record", "expected"),
    [
        (Completion(), {"prompt": "a", "completion": "b"}, None),
        (Completion(), {"prompt": "a"}, "missing_column"),
        (Completion(), {"prompt": "a", "completion": None}, "empty_completion"),
        (Completion(), {"prompt": "", "completion": "b"}, "empty_prompt"),
        (Completion(), {"prompt": ["a"], "completion": "b"}, "wrong_type"),
        (Completion(), {"prompt": "a", "completion": 7}, "wrong_type"),
        (Completion(), {"prompt": "a", "completion": " "}, None),
        (Alpaca(), {"instruction": "a", "input": "", "output": "b"}, None),
        (Alpaca(), {"instruction": "a", "output": "b"}, None),
        (Alpaca(), {"instruction": "", "input": "c", "output": "b"}, None),
        (Alpaca(), {"instruction": "", "input": "", "output": "b"}, "empty_prompt"),
        (Alpaca(), {"instruction": "a", "input": ["x"], "output": "b"}, "wrong_type"),
        (Alpaca(), {"instruction": "a", "output": "b", "history": "x"}, "wrong_type"),
        (Classification(), {"text": "a", "label": 0}, None),
        (Classification(), {"text": "a", "label": False}, None),
        (Classification(), {"text": "a", "label": ["x", 2]}, None),
        (Classification(), {"text": "a", "label": None}, "empty_label"),
        (Classification(), {"text": "a", "label": []}, "empty_label"),
        (Classification(), {"text": "a", "label": {"x": 1}}, "wrong_type"),
        (Pair(), {"first": "a", "second": "b", "label": 1}, None),
        (Pair(), {"first": "a", "second": "", "label": 1}, "empty_prompt"),
        (Text(), {"text": ""}, "empty_prompt"),
        (Text(), {"body": "a"}, "missing_column"),
        (Kto(), {"prompt": "a", "completion": "b", "label": True}, None),
        (Kto(), {"prompt": "a", "completion": "b", "label": "FALSE"}, None),
        (Kto(), {"prompt": "a", "completion": "b", "label": 3}, "wrong_type"),
        (Kto(), {"prompt": "a", "completion": "b"}, "missing_column"),
        (Kto(), {"prompt": "a", "completion": "", "label": True}, "empty_completion"),
        (Kto(), {"messages": [{"role": "user", "content": "a"}], "label": True}, "no_assistant_turn"),
        (Preference(), {"prompt": "a", "chosen": "b", "rejected": "c"}, None),
        (Preference(), {"prompt": "a", "chosen": "b"}, "missing_column"),
        (Preference(), {"prompt": "a", "chosen": "", "rejected": "c"}, "empty_completion"),
        (Preference(), {"prompt": "a", "chosen": "b", "rejected": None}, "empty_rejected"),
        (Preference(), {"prompt": "", "chosen": "b", "rejected": "c"}, "empty_prompt"),
        (Preference(), {"prompt": "a", "chosen": 5, "rejected": "c"}, "wrong_type"),
        (Preference(), {"prompt": "a", "chosen": [{"role": "x", "content": "b"}], "rejected": "c"}, "unknown_role"),
    ],
)
def test_faults(form, record, expected):
    assert form.parse(record).fault == expected


def test_a_wrong_value_is_still_shown_so_that_pii_in_it_is_found():
    assert parts(Completion(), {"prompt": ["mail a@b.nl"], "completion": "b"}) == [
        ("text", '["mail a@b.nl"]'),
        ("completion", "b"),
    ]


def test_labels_keep_their_type_where_the_edit_allows_it():
    form = Classification()
    assert form.replace({"text": "a", "label": 3}, ["a", "4"]) == {"text": "a", "label": 4}
    assert form.replace({"text": "a", "label": "3"}, ["a", "4"]) == {"text": "a", "label": "4"}
    assert form.replace({"text": "a", "label": ["x", 2]}, ["b", "y", "2"]) == {"text": "b", "label": ["y", 2]}


def test_completion_in_messages():
    record = {"prompt": [{"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}
    assert parts(Completion(), record) == [("prompt", "a"), ("completion", "b")]
    assert Completion().parse(record).fault is None


def test_alpaca_history_is_told_before_the_instruction():
    record = {"system": "s", "instruction": "a", "input": "i", "output": "b", "history": [["q", "r"]]}
    expected = [
        ("system", "s"),
        ("prompt", "q"),
        ("completion", "r"),
        ("prompt", "a"),
        ("prompt", "i"),
        ("completion", "b"),
    ]
    assert parts(Alpaca(), record) == expected


def test_seed_tasks_become_one_alpaca_row_an_instance():
    task = {
        "id": "t",
        "instruction": "Add",
        "instances": [{"input": "1 2", "output": "3"}, {"input": "", "output": "0"}],
    }
    rows = SelfInstruct().expand([(4, task)])
    assert [number for number, _ in rows] == ["4#1", "4#2"]
    assert rows[0][1] == {"id": "t", "instruction": "Add", "input": "1 2", "output": "3"}
    assert parts(SelfInstruct(), rows[1][1]) == [("prompt", "Add"), ("completion", "0")]


def test_a_seed_task_without_instances_is_a_row_with_a_fault():
    rows = SelfInstruct().expand([(1, {"instruction": "Add", "instances": []})])
    assert [SelfInstruct().parse(row).fault for _, row in rows] == ["missing_column"]


def test_preference_with_a_conversation_and_answers_as_single_turns():
    record = {
        "conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "a"}],
        "chosen": {"from": "gpt", "value": "good"},
        "rejected": {"from": "gpt", "value": "bad"},
    }
    form = Preference({"prompt": "conversations"})
    assert parts(form, record) == [("system", "s"), ("prompt", "a"), ("completion", "good"), ("rejected", "bad")]


def test_turns_that_both_answers_share_are_listed_once_and_edited_in_both():
    shared = {"role": "user", "content": [{"type": "text", "value": "mail a@b.nl"}], "loss_weight": 0.0}
    record = {
        "chosen": [shared, {"role": "assistant", "content": "good"}],
        "rejected": [dict(shared), {"role": "assistant", "content": "bad"}],
    }
    assert parts(Preference(), record) == [("prompt", "mail a@b.nl"), ("completion", "good"), ("rejected", "bad")]
    edited = Preference().replace(record, ["mail [EMAIL]", "good", "bad"])
    for side in ("chosen", "rejected"):
        assert edited[side][0]["content"] == [{"type": "text", "value": "mail [EMAIL]"}]


def test_a_prompt_that_both_answers_repeat_is_listed_once():
    turns = [{"role": "user", "content": "a"}]
    record = {
        "prompt": "a",
        "chosen": [*turns, {"role": "assistant", "content": "b"}],
        "rejected": [*turns, {"role": "assistant", "content": "c"}],
    }
    assert parts(Preference(), record) == [("prompt", "a"), ("completion", "b"), ("rejected", "c")]
    edited = Preference().replace(record, ["x", "b", "c"])
    assert edited["prompt"] == edited["chosen"][0]["content"] == edited["rejected"][0]["content"] == "x"


def test_equal_answers_are_still_two_answers():
    record = {
        "prompt": "a",
        "chosen": [{"role": "assistant", "content": "b"}],
        "rejected": [{"role": "assistant", "content": "b"}],
    }
    assert parts(Preference(), record) == [("prompt", "a"), ("completion", "b"), ("rejected", "b")]


def test_kto_in_either_shape():
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    expected = [("prompt", "a"), ("completion", "b"), ("label", "false")]
    assert parts(Kto(), {"messages": turns, "label": False}) == expected
    assert parts(Kto(), {"prompt": "a", "completion": "b", "label": False}) == expected
