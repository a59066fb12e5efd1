"""Answers that were paid for are kept, and given only to who asks the same."""

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bloomery.errors import DataError, OutputError
from bloomery.llm.ask import ask
from bloomery.llm.base import Message, Request
from bloomery.llm.cache import Cache, key_of
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Fake, refuse, reply
from bloomery.llm.options import ModelOptions
from tests.llm.asking import SCHEMA, request, requests

pytestmark = pytest.mark.enable_socket

Opened = Callable[..., Endpoint]


def test_what_was_answered_is_not_asked_again(model: Opened, cache: Cache) -> None:
    with Fake([reply("yes it is")]) as server:
        first = ask(model(server), requests(50), cache=cache)
        again = ask(model(server), requests(60), cache=cache)
    assert len(server.asked) == 60
    assert [answer._replace(cached=False) for answer in again[:50]] == first
    assert [answer.cached for answer in again] == [True] * 50 + [False] * 10


def test_rerun_appends_duplicates_then_averages_them(model: Opened, cache: Cache) -> None:
    with Fake() as server:
        for _ in range(3):
            ask(model(server), requests(10), cache=cache)
    (count,) = sqlite3.connect(cache.path).execute("select count(*) from answers").fetchone()
    assert count == 10


def test_without_a_cache_everything_is_asked(model: Opened) -> None:
    with Fake() as server:
        ask(model(server), requests(5))
        ask(model(server), requests(5))
    assert len(server.asked) == 10


def test_failures_are_not_kept(model: Opened, cache: Cache) -> None:
    with Fake([refuse(400), reply("yes")]) as server:
        assert ask(model(server), [request()], cache=cache)[0].error == "http_400"
        assert ask(model(server), [request()], cache=cache)[0].text == "yes"


def test_an_empty_answer_is_kept(model: Opened, cache: Cache) -> None:
    with Fake([reply(""), reply("later")]) as server:
        ask(model(server), [request()], cache=cache)
        assert ask(model(server), [request()], cache=cache)[0].text == ""


def test_equal_requests_are_one_call(model: Opened, cache: Cache) -> None:
    same = [request(str(k), "the same") for k in range(5)] + [request("5", "the same", repeat=1)]
    with Fake(lambda asked: reply(f"call {asked.number}")) as server:
        answers = ask(model(server, concurrency=1), same, cache=cache)
    assert [answer.text for answer in answers] == ["call 0"] * 5 + ["call 1"]
    assert [answer.item for answer in answers] == list("012345")
    assert [answer.cached for answer in answers] == [False, True, True, True, True, False]


BASE: dict[str, Any] = {"url": "http://127.0.0.1:9/v1", "model": "tiny"}


@pytest.mark.parametrize(
    "other",
    [
        {"url": "http://127.0.0.2:9/v1"},
        {"model": "tiny-2"},
        {"temperature": 0.5},
        {"temperature": None},
        {"max_tokens": 7},
        {"seed": 1},
        {"extra": {"top_p": 0.5}},
        {"structured": False},
    ],
    ids=str,
)
def test_cache_key_without_generation_config(other: dict[str, Any]) -> None:
    one, two = (Endpoint("m", ModelOptions(**options)) for options in (BASE, BASE | other))
    assert key_of(one.identity(), request()) != key_of(two.identity(), request())


@pytest.mark.parametrize(
    "other",
    [
        {"concurrency": 3},
        {"timeout": 7},
        {"retries": 0},
        {"longest_wait": 1},
        {"prices": {"input": 1, "output": 2}},
        {"family": "llama"},
        {"url": "http://127.0.0.1:9/v1/"},
    ],
    ids=str,
)
def test_what_decides_about_no_answer_is_not_in_the_key(other: dict[str, Any]) -> None:
    one, two = (Endpoint(name, ModelOptions(**options)) for name, options in (("m", BASE), ("n", BASE | other)))
    assert key_of(one.identity(), request()) == key_of(two.identity(), request())


@pytest.mark.parametrize(
    "other",
    [
        request(repeat=1),
        request(schema=SCHEMA),
        request(text="another"),
        Request("1", request().messages[1:]),
        Request("1", (*request().messages[:1], Message("assistant", request().messages[1].content))),
        # the same letters, cut elsewhere
        Request("1", (Message("system", "You judge.Judge item"), Message("user", " 1."))),
    ],
)
def test_cache_key_without_repeat_index_or_messages(other: Request) -> None:
    assert key_of("m", request()) != key_of("m", other)


def test_the_order_of_a_schemas_keys_does_not_matter() -> None:
    turned = dict(reversed(SCHEMA.items()))
    assert key_of("m", request(schema=SCHEMA)) == key_of("m", request(schema=turned))


def test_models_at_two_addresses_do_not_get_each_others_answers(model: Opened, cache: Cache) -> None:
    with Fake([reply("A")]) as first, Fake([reply("B")]) as second:
        told = [ask(model(server), [request()], cache=cache)[0].text for server in (first, second)]
    assert told == ["A", "B"]


def test_the_file_is_for_its_owner(cache: Cache) -> None:
    assert stat.S_IMODE(cache.path.stat().st_mode) == 0o600


def test_two_processes_may_have_it_open(model: Opened, cache: Cache) -> None:
    with Fake() as server, Cache(cache.path) as other:
        ask(model(server), requests(5), cache=cache)
        assert [answer.cached for answer in ask(model(server), requests(5), cache=other)] == [True] * 5


def test_a_file_that_is_no_cache(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    path.write_text("id,prediction\n" * 1000)
    with pytest.raises(DataError, match="is no cache of answers"):
        Cache(path)
    assert path.read_text().startswith("id,prediction")


def test_a_cache_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    base = sqlite3.connect(path)
    base.execute("pragma user_version = 9")
    base.close()
    with pytest.raises(DataError, match="Expected version 1. Found version 9"):
        Cache(path)


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Cannot write to"):
        Cache(tmp_path / "file" / "answers.sqlite")


def test_a_disk_that_is_full_stops_the_run_and_keeps_what_there_is(model: Opened, cache: Cache) -> None:
    cache._base.execute("pragma max_page_count = 20")
    with Fake([reply("x" * 2000)]) as server, pytest.raises(OutputError, match=r"full. Free disk space"):
        ask(model(server), requests(100), cache=cache)
    cache._base.execute("pragma max_page_count = 100000")
    kept = cache.find(key_of(model(server.url).identity(), one) for one in requests(100))
    assert 5 < len(kept) < 100
