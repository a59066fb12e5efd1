"""A conversation reaches a model as its turns, and is rendered as training rows are."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import bloomery as bl
from bloomery.evaluate.identity import fingerprint
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import requests_of
from bloomery.evaluate.testset import testset as read_test
from bloomery.evaluate.turns import TURNS, last_said, with_last_said
from bloomery.formats.convert import convert_record
from bloomery.formats.detect import detect
from bloomery.formats.source import Source
from bloomery.llm.base import Message
from tests.evaluate.runs import write
from tests.judge.recorded import Judge

SYSTEM, FIRST, SAID, SECOND, ANSWER = "Be brief.", "Where is Bern?", "In Switzerland.", "And Rome?", "In Italy."


def turn(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


CHAT = [
    turn("system", SYSTEM),
    turn("user", FIRST),
    turn("assistant", SAID),
    turn("user", SECOND),
    turn("assistant", ANSWER),
]
ASKED = (Message("system", SYSTEM), Message("user", FIRST), Message("assistant", SAID), Message("user", SECOND))


def frame_of(folder: Path, *rows: dict[str, Any]) -> pl.DataFrame:
    return read_test(Source(path=str(write(folder / "test.jsonl", rows)))).frame


@pytest.mark.parametrize(
    "row",
    [
        {"messages": CHAT},
        {"messages": [*CHAT, turn("user", "Thanks!")]},
        {"system": SYSTEM, "messages": CHAT[1:]},
        {"conversations": [{"from": a, "value": b} for a, b in zip(
            ("system", "human", "gpt", "human", "gpt"), (SYSTEM, FIRST, SAID, SECOND, ANSWER), strict=True)]},
        {"instruction": SECOND, "input": "", "output": ANSWER, "system": SYSTEM, "history": [[FIRST, SAID]]},
        {"prompt": CHAT[:4], "chosen": [CHAT[4]], "rejected": [turn("assistant", "No idea.")]},
        {"prompt": CHAT[:4], "completion": [CHAT[4]]},
    ],
    ids=["chat", "a turn after the answer", "system beside", "sharegpt", "alpaca", "preference", "completion"],
)  # fmt: skip
def test_prompt_template_differs_between_training_evaluation_and_serving(row: dict[str, Any], tmp_path: Path) -> None:
    """Every way to write a conversation asks the same turns: those that training data in chat form have before the answer."""
    frame = frame_of(tmp_path, row, row)
    asked = requests_of(frame, Evaluate())
    assert [one.messages for one in asked] == [ASKED, ASKED]
    assert frame["references"].to_list() == [[ANSWER], [ANSWER]]
    form = detect([row], where="row").format
    if form.name == "sharegpt":
        training = [Message(one["role"], one["content"]) for one in convert_record(row, form, "chat")["messages"]]
    else:
        spoken = {"system": "system", "human": "user", "gpt": "assistant"}
        told = convert_record(row, form, "sharegpt", lossy=True)["conversations"]
        training = [Message(spoken[one["from"]], one["value"]) for one in told]
    answer = max(place for place, one in enumerate(training) if one.role == "assistant")
    assert tuple(training[:answer]) == asked[0].messages


@pytest.mark.parametrize(
    ("row", "prompt"),
    [
        ({"prompt": "Where?", "completion": "Here."}, "Where?"),
        ({"messages": [turn("user", "Where?"), turn("assistant", "Here.")]}, "Where?"),
        ({"instruction": "Translate.", "input": "Haus", "output": "house"}, "Translate.\n\nHaus"),
        ({"text": "Where is my parcel?", "label": "delivery"}, "Where is my parcel?"),
    ],
)
def test_a_single_question_is_its_prompt(row: dict[str, Any], prompt: str, tmp_path: Path) -> None:
    frame = frame_of(tmp_path, row, row)
    assert "messages" not in frame.columns or frame["messages"].null_count() == 2
    assert [one.messages for one in requests_of(frame, Evaluate())] == [(Message("user", prompt),)] * 2


def test_of_chats_and_questions_only_chats_have_turns(tmp_path: Path) -> None:
    short = [turn("user", FIRST), turn("assistant", SAID)]
    frame = frame_of(tmp_path, {"messages": CHAT}, {"messages": short})
    assert frame.schema["messages"] == TURNS
    assert frame["messages"].is_null().to_list() == [False, True]
    assert frame["prompt"].to_list() == ["\n\n".join((SYSTEM, FIRST, SAID, SECOND)), FIRST]


def test_the_template_is_for_what_is_said_last_and_a_system_of_the_item_wins(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, {"messages": CHAT}, {"messages": CHAT[1:]}, {"messages": CHAT[1:3]})
    asked = [one.messages for one in requests_of(frame, Evaluate(template="Q: {prompt}", system="Be kind."))]
    last, kind = Message("user", f"Q: {SECOND}"), Message("system", "Be kind.")
    assert asked == [(*ASKED[:3], last), (kind, *ASKED[1:3], last), (kind, Message("user", f"Q: {FIRST}"))]


def test_parts_of_a_content_and_calls_of_tools_are_texts(tmp_path: Path) -> None:
    call = {"type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
    rows = [
        turn("user", [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "12 degrees", "tool_call_id": "1"},
        turn("assistant", "It is 12 degrees."),
    ]
    tests = read_test(Source(path=str(write(tmp_path / "test.jsonl", [{"messages": rows}] * 2))))
    (first, second, third), _ = [one.messages for one in requests_of(tests.frame, Evaluate())]
    assert (first, third) == (Message("user", "one\ntwo"), Message("tool", "12 degrees"))
    assert second.role == "assistant"
    assert '"weather"' in second.content
    assert any("2 items have turns of tools" in note for note in tests.notes)


def test_what_a_model_was_asked_is_what_it_was_asked(tmp_path: Path) -> None:
    """From the file to the model, through the verb; the turns stand in the folder, and no slice and no CSV is made of them."""
    seen = []

    def says(request: Any) -> str:
        seen.append(request.messages)
        return ANSWER

    file = write(tmp_path / "test.jsonl", [{"id": k, "messages": CHAT, "lang": "en"} for k in range(2)])
    run = bl.evaluate(
        test=file, out=tmp_path / "run", model="tuned", models={"tuned": Judge(says, "tuned")}, slices=["lang"]
    )
    assert seen == [ASKED, ASKED]
    assert run.answers.schema["messages"] == TURNS
    assert run.value("exact_match") == 1.0


def test_the_same_items_keep_their_fingerprint(tmp_path: Path) -> None:
    """It is made of id, prompt and references, so runs from before there were turns are compared with runs after."""
    frame = frame_of(tmp_path, {"id": "a", "messages": CHAT}, {"id": "b", "messages": CHAT})
    assert fingerprint(frame) == fingerprint(frame.drop("messages"))


def test_a_column_called_messages_of_something_else_is_kept_under_another_name(tmp_path: Path) -> None:
    frame = frame_of(
        tmp_path, {"prompt": "a", "completion": "b", "messages": 3}, {"prompt": "c", "completion": "d", "messages": 4}
    )
    assert frame["test_messages"].to_list() == [3, 4]
    assert "messages" not in frame.columns


def test_what_the_user_says_last_is_changed_and_nothing_else(tmp_path: Path) -> None:
    frame = frame_of(tmp_path, {"messages": CHAT}, {"messages": CHAT[1:3]})
    changed = with_last_said(frame, ["And Paris?", "Where is Basel?"])
    assert last_said(frame) == [SECOND, FIRST]
    assert last_said(changed) == ["And Paris?", "Where is Basel?"]
    assert [one.messages for one in requests_of(changed, Evaluate())] == [
        (*ASKED[:3], Message("user", "And Paris?")),
        (Message("user", "Where is Basel?"),),
    ]
