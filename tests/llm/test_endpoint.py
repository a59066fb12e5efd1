"""Calls through the real client over a real socket: what servers do, and what an answer then is."""

import asyncio
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bloomery.errors import RecipeError, UsageError
from bloomery.llm.ask import IN_A_ROW, ask
from bloomery.llm.base import Answer
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Asked, Fake, Reply, broken, cut, hang, refuse, reply
from tests.llm.asking import SCHEMA, request, requests

pytestmark = pytest.mark.enable_socket

Opened = Callable[..., Endpoint]


def one(model: Endpoint) -> Answer:
    (answer,) = ask(model, [request()])
    return answer


def test_an_answer_and_what_it_took(model: Opened) -> None:
    with Fake([reply("yes it is")]) as server:
        answer = one(model(server))
    assert (answer.text, answer.error, answer.finish, answer.model) == ("yes it is", None, "stop", "tiny")
    assert (answer.prompt_tokens, answer.completion_tokens, answer.estimated, answer.cached) == (5, 3, False, False)
    assert answer.seconds is not None and 0 < answer.seconds < 5


def test_answers_come_in_the_order_of_the_requests(model: Opened) -> None:
    with Fake(lambda asked: reply(asked.last, latency=0.02 * (asked.number % 3))) as server:
        answers = ask(model(server), requests(40))
    assert [(answer.item, answer.text) for answer in answers] == [(str(k), f"Judge item {k}.") for k in range(40)]


def test_tokens_that_the_server_does_not_count_are_estimated_and_marked(model: Opened) -> None:
    with Fake([reply("yes, it is so", usage=False)]) as server:
        answer = one(model(server))
    # 10 and 13 bytes of prompts, 13 of the answer, a quarter each, rounded up, and 4 tokens around each message
    assert (answer.prompt_tokens, answer.completion_tokens, answer.estimated) == (3 + 4 + 4 + 4, 4, True)


def test_sampling_judge_at_t_08(model: Opened) -> None:
    with Fake() as server:
        one(model(server))
        one(model(server, temperature=None, max_tokens=None, extra={"max_completion_tokens": 9}))
    assert (server.asked[0].body["temperature"], server.asked[0].body["max_tokens"]) == (0.0, 1024)
    assert set(server.asked[1].body) == {"model", "messages", "max_completion_tokens"}


def test_one_bad_answer_never_fails_a_batch(model: Opened) -> None:
    bad = {"3": refuse(400), "5": broken(), "7": cut(), "9": refuse(500), "11": reply(None)}

    def script(asked: Asked) -> Reply:
        return bad.get(asked.last.removeprefix("Judge item ").removesuffix("."), reply("fine"))

    with Fake(script) as server:
        answers = ask(model(server, retries=1), requests(20))
    failed = {answer.item: answer.error for answer in answers if answer.error}
    assert failed == {"3": "http_400", "5": "bad_reply", "7": "connection", "9": "http_500", "11": "bad_reply"}
    assert all(answer.text == "fine" for answer in answers if answer.item not in bad)
    assert all((answer.text is None) != (answer.error is None) for answer in answers)


def test_error_text_graded(model: Opened) -> None:
    with Fake([refuse(400, message="I rate this 5 of 5")]) as server:
        answer = one(model(server))
    assert (answer.text, answer.error, answer.detail) == (None, "http_400", "I rate this 5 of 5")


@pytest.mark.parametrize("trouble", [refuse(429), refuse(500), refuse(503), cut(), refuse(408)])
def test_what_may_be_another_time_is_tried_again(model: Opened, trouble: Reply) -> None:
    with Fake([trouble, trouble, reply("at last")]) as server:
        answer = one(model(server))
    assert (answer.text, len(server.asked)) == ("at last", 3)


def test_infinite_retry(model: Opened) -> None:
    with Fake([refuse(500)]) as server:
        answer = one(model(server, retries=3))
    assert (answer.error, len(server.asked)) == ("http_500", 4)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422, 501])
def test_what_will_be_refused_again_is_not_tried_again(model: Opened, status: int) -> None:
    with Fake([refuse(status), reply("too late")]) as server:
        refused, other = ask(model(server, concurrency=1), requests(2))
    assert (refused.error, other.text, len(server.asked)) == (f"http_{status}", "too late", 2)


def test_retry_of_a_falsy_result(model: Opened) -> None:
    with Fake([reply("")]) as server:
        answer = one(model(server))
    assert (answer.text, answer.error, len(server.asked)) == ("", None, 1)


def test_retry_after_in_seconds_is_honoured(model: Opened) -> None:
    with Fake([refuse(429, retry_after=0.4), reply("yes")]) as server:
        began = time.monotonic()
        answer = one(model(server))
        took = time.monotonic() - began
    assert answer.text == "yes" and took >= 0.4
    assert answer.seconds is not None and answer.seconds < 0.4  # the wait is not the answer's


def test_retry_after_as_a_date_is_honoured(model: Opened) -> None:
    # dates of HTTP have whole seconds: one 2 seconds ahead is at least 1 second away
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with Fake([refuse(503, retry_after=date), reply("yes")]) as server:
        began = time.monotonic()
        answer = one(model(server))
    assert answer.text == "yes" and time.monotonic() - began >= 0.9


def test_retry_after_holds_all_calls(model: Opened) -> None:
    arrived: list[float] = []

    def script(asked: Asked) -> Reply:
        arrived.append(time.monotonic())
        return refuse(429, retry_after=0.5) if asked.number == 0 else reply("yes", latency=0.01)

    with Fake(script) as server:
        answers = ask(model(server, concurrency=2), requests(10))
    assert all(answer.text == "yes" for answer in answers)
    # at most the call that was under way with the refused one came before the time was over
    assert sum(at - arrived[0] < 0.5 for at in arrived) <= 3


def test_a_server_that_asks_for_an_hour_is_not_waited_for(model: Opened) -> None:
    with Fake([refuse(429, retry_after=3600), reply("yes")]) as server:
        answer = one(model(server))
    assert (answer.error, len(server.asked)) == ("http_429", 1)
    assert answer.detail is not None and "3,600 seconds" in answer.detail


def test_silence_ends_at_the_timeout(model: Opened) -> None:
    with Fake([hang(), reply("yes")]) as server:
        assert one(model(server, timeout=1)).text == "yes"
    with Fake([hang()]) as server:
        assert one(model(server, timeout=1, retries=1)).error == "timeout"
        assert len(server.asked) == 2


def test_nobody_listens(model: Opened) -> None:
    with Fake() as server:
        url = server.url
    with pytest.raises(
        UsageError, match=f"'judge' at {url} cannot be asked: 5 calls.*unreachable: ConnectError.*Start"
    ) as told:
        ask(model(url, retries=1), requests(50))
    assert told.value.exit_code == 2
    with pytest.raises(UsageError, match="1 call and no answer"):
        one(model(url, retries=0))


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_server_that_lets_nobody_in_is_not_asked_again_and_again(model: Opened, status: int) -> None:
    with Fake([refuse(status, message="no such thing here")]) as server:
        with pytest.raises(UsageError, match=f"http_{status}: no such thing here"):
            ask(model(server), requests(500))
        assert len(server.asked) <= IN_A_ROW + 8  # those that were under way


def test_one_answer_is_enough_to_go_on(model: Opened) -> None:
    with Fake([reply("yes"), refuse(404)]) as server:
        answers = ask(model(server, concurrency=1), requests(30))
    assert [answer.error for answer in answers] == [None, *["http_404"] * 29]


def test_a_reply_without_an_end_is_cut_off(model: Opened) -> None:
    with Fake([reply("x" * 200_000), refuse(400, message="y" * 200_000), reply("short")]) as server:
        large, refused, short = ask(model(server, largest_reply=100_000, concurrency=1), requests(3))
    assert (large.error, refused.error, short.text) == ("reply_too_large", "reply_too_large", "short")
    assert large.detail == "_TooLargeError: the reply has more than 100,000 bytes (models: largest_reply)"
    with Fake([reply("x" * 200_000)]) as server:
        assert len(one(model(server)).text or "") == 200_000


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>Bad gateway</html>",
        "[]",
        "null",
        "{}",
        '{"choices": []}',
        '{"choices": [{}]}',
        '{"choices": [{"message": null}]}',
        '{"choices": [{"message": {"content": null}}]}',
        '{"choices": [{"message": {"content": 7}}]}',
        '{"choices": [{"message": {"content": "ye',
        '{"choices": "' + "[" * 100_000,
        '{"choices": ' + "[" * 100_000,
        '{"choices": [{"message": {"content": "\\ud800"}}]}',
    ],
    ids=lambda body: body[:40],
)
def test_a_200_that_is_no_answer(model: Opened, body: str) -> None:
    with Fake([broken(body)]) as server:
        answer = one(model(server))
    assert (answer.text, answer.error, len(server.asked)) == (None, "bad_reply", 1)


def test_content_in_parts_is_joined(model: Opened) -> None:
    parts = '{"choices": [{"message": {"content": [{"type": "text", "text": "ye"}, {"type": "text", "text": "s"}]}}]}'
    with Fake([broken(parts)]) as server:
        assert one(model(server)).text == "yes"


@pytest.mark.parametrize("usage", ['"many"', "null", "[]", "-4", "1.5", "true"])
def test_usage_that_is_no_number_is_estimated(model: Opened, usage: str) -> None:
    said = f'{{"choices": [{{"message": {{"content": "yes"}}}}], "usage": {{"prompt_tokens": {usage}}}}}'
    with Fake([broken(said)]) as server:
        answer = one(model(server))
    assert (answer.text, answer.estimated, answer.prompt_tokens) == ("yes", True, 15)


def test_a_refusal_in_its_own_field_is_a_text(model: Opened) -> None:
    with Fake([reply(None, refusal="I cannot judge this.")]) as server:
        answer = one(model(server))
    assert (answer.text, answer.finish, answer.error) == ("I cannot judge this.", "refusal", None)


def test_a_text_that_was_cut_off_says_so(model: Opened) -> None:
    with Fake([reply("The answer is", finish="length")]) as server:
        assert one(model(server)).finish == "length"


def test_ten_megabytes_of_answer(model: Opened) -> None:
    with Fake([reply("x" * 10_000_000)]) as server:
        answer = one(model(server))
    assert answer.text is not None and len(answer.text) == 10_000_000


def test_a_redirect_is_not_followed(model: Opened) -> None:
    with Fake([Reply(raw="{}", status=307)]) as server:
        assert one(model(server)).error == "http_307"


def test_a_server_that_refuses_schemas_is_asked_without(model: Opened) -> None:
    def script(asked: Asked) -> Reply:
        return (
            refuse(400, message="response_format is not supported") if "response_format" in asked.body else reply("{}")
        )

    with Fake(script) as server:
        opened = model(server, concurrency=1)
        answers = ask(opened, requests(3, schema=SCHEMA))
        told = ["response_format" in asked.body for asked in server.asked]
    assert [answer.text for answer in answers] == ["{}"] * 3
    assert told == [True, False, False, False]


def test_the_schema_is_sent_where_there_is_one(model: Opened) -> None:
    with Fake() as server:
        ask(model(server), [request(schema=SCHEMA), request("2")])
        ask(model(server, structured=False), [request(schema=SCHEMA)])
    sent = [asked.body.get("response_format") for asked in server.asked]
    assert [one and one["json_schema"]["schema"] for one in sent] == [SCHEMA, None, None]


def test_no_more_calls_at_a_time_than_the_recipe_says(model: Opened) -> None:
    with Fake([reply("yes", latency=0.01)]) as server:
        ask(model(server, concurrency=3), requests(40))
    assert server.at_once == 3


def test_calls_adapt_to_a_server_that_refuses_more_than_it_can(model: Opened) -> None:
    with Fake([]) as server:

        def script(asked: Asked) -> Reply:
            return refuse(429) if server.open > 4 else reply("yes", latency=0.01)

        server._script = script
        answers = ask(model(server, concurrency=64, retries=8), requests(300))
        refused = len(server.asked) - 300
    assert all(answer.text == "yes" for answer in answers)
    assert 0 < refused < 150  # without adapting, 60 of 64 are refused each time


def test_it_can_be_asked_within_a_loop_as_in_a_notebook(model: Opened) -> None:
    async def cell() -> list[Answer]:
        return ask(model(server), requests(5))

    with Fake() as server:
        answers = asyncio.run(cell())
    assert [answer.text for answer in answers] == ["ok"] * 5


def test_an_interrupt_in_a_notebook_ends_the_calls(model: Opened) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    async def cell() -> None:
        before = signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 2)
        try:
            ask(model(server, timeout=60), requests(5))
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    with Fake([hang()]) as server:
        loop = asyncio.new_event_loop()
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(cell())
        loop.close()
        assert not [one for one in threading.enumerate() if one.name == "model calls" and one.is_alive()]
    assert len(server.asked) == 5


def test_it_can_be_asked_again_and_again(model: Opened) -> None:
    with Fake() as server:
        opened = model(server)
        assert [ask(opened, requests(2))[0].text for _ in range(3)] == ["ok"] * 3
    assert len(server.asked) == 6


def test_half_a_surrogate_pair_is_one_failure(model: Opened) -> None:
    with Fake() as server:
        answers = ask(model(server), [request("1", "\ud800"), request("2")])
    assert [(answer.text, answer.error) for answer in answers] == [(None, "failed"), ("ok", None)]


def test_what_the_caller_does_with_an_answer_may_fail(model: Opened) -> None:
    def tick(spend: Any) -> None:
        if spend.done == 3:
            raise ValueError("the disk is full")

    with Fake() as server, pytest.raises(ValueError, match="disk is full"):
        ask(model(server), requests(30), tick=tick)


def test_a_budget_without_prices_is_refused(model: Opened) -> None:
    from bloomery.llm.budget import Budget

    with Fake() as server, pytest.raises(RecipeError, match="no prices"):
        ask(model(server), requests(1), budget=Budget(5))
    assert not server.asked
