"""Answers from files, in place of a model."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bloomery.errors import DataError, RecipeError
from bloomery.llm.ask import ask
from bloomery.llm.budget import Budget
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Fake, refuse, reply
from bloomery.llm.names import open_model
from bloomery.llm.options import ModelOptions
from bloomery.llm.replay import Replay, record
from bloomery.llm.structured import ask_for_objects
from tests.llm.asking import SCHEMA, request, requests


def lines(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.enable_socket
def test_what_was_recorded_is_replayed(model: Callable[..., Endpoint], tmp_path: Path) -> None:
    with Fake([reply("yes it is"), refuse(400), reply("no")]) as server:
        answers = ask(model(server, concurrency=1), requests(4))
    record(tmp_path / "answers.jsonl", requests(4), answers)
    again = ask(Replay.read("judge", tmp_path / "answers.jsonl"), requests(4))
    assert [one._replace(cached=False, detail=None) for one in again] == [one._replace(detail=None) for one in answers]


def test_another_prompt_is_not_answered(tmp_path: Path) -> None:
    record(tmp_path / "answers.jsonl", [request()], ask(Replay("m", [{"item": "1", "text": "yes"}]), [request()]))
    (answer,) = ask(Replay.read("m", tmp_path / "answers.jsonl"), [request(text="another")])
    assert (answer.text, answer.error) == (None, "other_prompt")


def test_items_and_repeats_that_are_not_there() -> None:
    model = Replay("m", [{"item": "1", "text": "yes"}, {"item": "1", "repeat": 1, "text": "no"}])
    answers = ask(model, [request("1"), request("1", repeat=1), request("1", repeat=2), request("2")])
    assert [(one.text, one.error) for one in answers] == [
        ("yes", None),
        ("no", None),
        (None, "not_recorded"),
        (None, "not_recorded"),
    ]


def test_recorded_answers_cost_nothing_and_are_not_repaired() -> None:
    model = Replay("m", [{"item": "1", "text": "four"}])
    (one,) = ask_for_objects(model, [request(schema=SCHEMA)], budget=Budget(0))
    assert (one.value, one.reason, one.answer.text) == (None, "there is no JSON object in it", "four")


def test_predictions_made_elsewhere(tmp_path: Path) -> None:
    rows = [{"id": 7, "prediction": "Paris"}, {"id": "8", "prediction": {"b": 1}}, {"id": "9", "prediction": None}]
    path = lines(tmp_path / "predictions.jsonl", *rows)
    model = open_model("base", {"base": ModelOptions(kind="import", path=str(path), family="llama")})
    answers = ask(model, [request("7"), request("8"), request("9"), request("10")])
    assert [one.text for one in answers] == ["Paris", '{"b":1}', None, None]
    assert (model.name, model.family, model.live) == ("base", "llama", False)


def test_identity_follows_the_answers(tmp_path: Path) -> None:
    one, two = lines(tmp_path / "a", {"item": "1", "text": "a"}), lines(tmp_path / "b", {"item": "1", "text": "b"})
    told = {Replay.read("m", path).identity() for path in (one, two, one)}
    assert len(told) == 2
    assert Replay("m", [{"item": "1", "text": "a"}]).identity() != Replay("m", [{"item": "1", "text": "b"}]).identity()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"item": "1", "text": "a"}\n{"item": "2", "te\n', "Line 2 of .* cannot be read"),
        ("[1]\n", "Line 1 of .* cannot be read"),
        ("[" * 100_000, "Line 1 of .* cannot be read"),
        ('{"text": "a"}\n', "has no 'item'"),
        ('{"item": null, "text": "a"}\n', "has no 'item'"),
        ('{"item": "1", "text": "a"}\n{"item": "1", "text": "b"}\n', "two answers for item '1', repeat 0"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        Replay.read("m", path)
    with pytest.raises(DataError, match="cannot be read"):
        Replay.read("m", tmp_path / "none.jsonl")


def test_predictions_without_a_prediction(tmp_path: Path) -> None:
    path = lines(tmp_path / "predictions.jsonl", {"id": "1", "answer": "Paris"})
    with pytest.raises(DataError, match="has no predictions"):
        open_model("base", {"base": ModelOptions(kind="import", path=str(path))})


def test_a_name_that_is_not_in_the_recipe() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'judge'"):
        open_model("jugde", {"judge": ModelOptions(kind="replay", path="x")})
    with pytest.raises(RecipeError, match="Expected a section models:"):
        open_model("judge", {})


def test_keys_that_do_not_match_are_told() -> None:
    model = Replay("m", [{"item": f"q{k}", "text": "yes"} for k in range(5)])
    _, other, repeat = ask(model, [request("q1"), request("Q2"), request("q1", repeat=1)])
    assert other.detail == "asked for 'Q2'; the file has 'q2', 'q0', 'q1', …"
    assert repeat.detail == "asked for repeat 1 of 'q1'; the file has 0"
    with pytest.raises(DataError, match="answers of 'm' are of other items. Found asked for 'x'; the file has 'q0'"):
        ask(model, [request("x"), request("y")])
