"""What calls cost: before, while and after."""

from collections.abc import Callable

import pytest

from bloomery.llm.ask import ask, estimate
from bloomery.llm.base import Message, Request
from bloomery.llm.budget import Budget, Spend
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Fake, refuse, reply
from tests.llm.asking import requests

pytestmark = pytest.mark.enable_socket

Opened = Callable[..., Endpoint]

#: a token costs 1 in a prompt and 2 in an answer, in the currency's millionths
PRICES = {"input": 1, "output": 2}
MILLIONTH = 1e-6


def test_a_budget_is_never_overdrawn_and_used_to_the_last_call(model: Opened, cache: Cache) -> None:
    # a call is 5 words in, 3 out: 5 + 6 = 11; set aside for it are 3 + 4 + 4 + 4 = 15 tokens of prompt and 4 of answer: 23
    budget = Budget(1000 * MILLIONTH)
    with Fake([reply("one two three", latency=0.002)]) as server:
        opened = model(server, prices=PRICES, max_tokens=4)
        answers = ask(opened, requests(200), cache=cache, budget=budget)
        calls = len(server.asked)
    asked = [answer for answer in answers if answer.error is None]
    # the last call is made while 23 are left: 1000 - 11 k >= 23 gives k = 88 before it
    assert len(asked) == calls == 89
    assert budget.spent == pytest.approx(89 * 11 * MILLIONTH)
    assert {answer.error for answer in answers[89:]} == {"budget"}
    assert [answer.item for answer in answers] == [str(k) for k in range(200)]


def test_a_run_that_the_budget_stopped_goes_on_with_another(model: Opened, cache: Cache) -> None:
    with Fake([reply("one two three")]) as server:
        opened = model(server, prices=PRICES, max_tokens=4)
        ask(opened, requests(100), cache=cache, budget=Budget(500 * MILLIONTH))
        first = len(server.asked)
        answers = ask(opened, requests(100), cache=cache, budget=Budget(2000 * MILLIONTH))
    assert 0 < first < 100 == len(server.asked)
    assert all(answer.text for answer in answers)
    assert sum(answer.cached for answer in answers) == first


def test_one_budget_for_several_runs(model: Opened) -> None:
    budget = Budget(200 * MILLIONTH)
    with Fake([reply("one two three")]) as server:
        opened = model(server, prices=PRICES, max_tokens=4)
        for _ in range(3):
            ask(opened, requests(10), budget=budget)
    assert len(server.asked) == 17  # 200 - 11 k >= 23 for k = 16 before the last


def test_what_is_cached_costs_nothing(model: Opened, cache: Cache) -> None:
    with Fake() as server:
        opened = model(server, prices=PRICES)
        ask(opened, requests(5), cache=cache)
        answers = ask(opened, requests(5), cache=cache, budget=Budget(0))
        assert all(answer.cached for answer in answers)
        assert {answer.error for answer in ask(opened, requests(9)[5:], cache=cache, budget=Budget(0))} == {"budget"}
    assert len(server.asked) == 5


def test_a_call_that_fails_gives_its_money_back(model: Opened) -> None:
    with Fake([refuse(400)] * 5 + [reply("one two three")]) as server:
        opened = model(server, prices=PRICES, max_tokens=4, concurrency=1)
        answers = ask(opened, requests(10), budget=Budget(30 * MILLIONTH))
    assert [answer.error for answer in answers] == ["http_400"] * 5 + [None] + ["budget"] * 4


def test_the_listener_hears_of_every_answer(model: Opened, cache: Cache) -> None:
    heard: list[Spend] = []
    with Fake([refuse(400), reply("one two three")]) as server:
        opened = model(server, prices=PRICES, concurrency=1)
        ask(opened, requests(2), cache=cache)
        ask(opened, [*requests(3), *requests(3)], cache=cache, tick=heard.append)
    assert [one.done for one in heard] == [1, 2, 3, 4, 5, 6]
    last = heard[-1]
    # of six requests one was cached, as its copy; two were calls; their copies cost nothing
    assert (last.total, last.cached, last.failed) == (6, 4, 0)
    assert (last.prompt_tokens, last.completion_tokens, last.estimated) == (10, 6, False)
    assert last.money == pytest.approx(22 * MILLIONTH)
    assert last.line() == "6 of 6 · 4 cached · 16 tokens · 0.00"


def test_estimated_tokens_are_marked_in_the_bar(model: Opened) -> None:
    heard: list[Spend] = []
    with Fake([reply("yes", usage=False)]) as server:
        ask(model(server), requests(1), tick=heard.append)
    assert heard[-1].line() == "1 of 1 · about 16 tokens"


def test_estimate_before_a_run(model: Opened, cache: Cache) -> None:
    with Fake([reply("one two three")]) as server:
        opened = model(server, prices=PRICES, max_tokens=50)
        before = estimate(opened, [*requests(10), *requests(2)], cache=cache)
        # "You judge." and "Judge item 7." are 3 and 4 tokens, and 4 around each
        assert before == (12, 2, 10, 150, 500, pytest.approx((150 + 1000) * MILLIONTH), None, True)
        ask(opened, requests(4), cache=cache)
        after = estimate(opened, requests(10), cache=cache, at_once=2)
    assert (after.cached, after.calls, after.completion_tokens, after.bound) == (4, 6, 18, False)
    assert after.money == pytest.approx((90 + 36) * MILLIONTH)
    assert after.seconds is not None and 0 < after.seconds < 60
    assert len(server.asked) == 4


def test_no_prices_no_money(model: Opened) -> None:
    told = estimate(model("http://127.0.0.1:9/v1"), requests(3))
    assert (told.money, told.seconds) == (None, None)
    assert told.line() == "3 calls, about 45 tokens of prompts and at most 3,072 of answers"


def test_a_long_prompt_is_set_aside_for() -> None:
    from bloomery.llm.budget import worst
    from bloomery.llm.options import Prices

    long = Request("1", (Message("user", "x" * 4_000_000),))
    assert worst(Prices(input=1, output=2), long, 10) == pytest.approx(1 + 24 * MILLIONTH, rel=1e-3)
