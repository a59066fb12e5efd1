"""Asking: the one entry to models. What was answered before comes from the cache, the rest is asked once each.

Requests that are equal but for the item are one call. The budget is looked at before each call, the cache is written after
each, so whenever a run ends, by itself or not, what was answered is kept, and the next run asks only for the rest.

A server that is not there or lets nobody in is not asked thousands of times: after `IN_A_ROW` errors of one kind of `HOPELESS`,
with nothing answered in between or before (or as many as there are requests), asking ends with an error that names the address
and says what the server says.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence

from bloomery.errors import DataError, RecipeError, UsageError
from bloomery.llm.about import about
from bloomery.llm.base import Answer, Model, Request, failed
from bloomery.llm.budget import Budget, Estimate, Spend, price, total_prompt_tokens, worst
from bloomery.llm.cache import Cache, key_of
from bloomery.text.counted import counted

__all__ = ["ask", "estimate"]

#: errors that the next call has as well, as long as nobody changes something
HOPELESS = frozenset({"unreachable", "http_401", "http_403", "http_404"})
#: how many of them, one after another, end a run of which nothing was answered
IN_A_ROW = 5

#: told after each answer; must be cheap
Tick = Callable[[Spend], None]


def silent(spend: Spend) -> None:
    """Nobody listens."""


def ask(
    model: Model,
    requests: Sequence[Request],
    *,
    cache: Cache | None = None,
    budget: Budget | None = None,
    tick: Tick = silent,
) -> list[Answer]:
    """An answer for each request, in their order; those that failed say why, and cost no other one.

    Without a `cache` everything is asked. Where the `budget` ends, the rest has the error ``budget``. Raises RecipeError where
    nothing can be asked, or where a budget cannot be held to because the model has no prices.
    """
    if budget is not None and model.live and model.prices is None:
        raise RecipeError(
            f"A budget for the model '{model.name}' cannot be held to",
            expected="what its tokens cost",
            found="no prices",
            next=f"Write models: {{{model.name}: {{prices: {{input: 2.5, output: 10}}}}}}, with what a million tokens cost",
        )
    run = _Run(model, requests, cache if model.live else None, budget if model.live else None, tick)
    run.replay()
    if run.waiting:
        model.run(run.draw, run)
    answers = run.all()
    if answers and not model.live and all(answer.error == "not_recorded" for answer in answers):
        raise DataError(f"The answers of '{model.name}' are of other items", found=answers[0].detail or "")
    return answers


_NEXT = {
    "unreachable": "Start the server, or correct models: url",
    "http_401": "Set the key that models: api_key_env names",
    "http_403": "Look at what this key may do",
    "http_404": "Look at models: url (most end in /v1) and model",
}


class _Run:
    """What is being asked."""

    def __init__(
        self, model: Model, requests: Sequence[Request], cache: Cache | None, budget: Budget | None, tick: Tick
    ) -> None:
        self.model, self.requests, self.cache, self.budget, self.tick = model, requests, cache, budget, tick
        self.answers: list[Answer | None] = [None] * len(requests)
        self.waiting: deque[int] = deque()
        self._identity = model.identity()
        self._digest = digest_of(self._identity)
        self._keys: dict[int, bytes] = {}  # of those that wait or are being asked
        self._twins: dict[int, list[int]] = {}  # requests that are equal to one that is asked
        self._aside: dict[int, float] = {}
        self._made, self._alike, self._last = 0, 0, ""  # calls; those in a row with one error, and which
        self._answered = False
        most, prices = (budget.most if budget else None), model.prices if model.live else None
        self.spend = Spend(total=len(requests), money=None if prices is None else 0.0, most=most)

    def replay(self) -> None:
        """Give what the cache has, and line up the rest."""
        keys = [_key(self._identity, request) for request in self.requests]
        known = self.cache.find(key for key in keys if key) if self.cache else {}
        first: dict[bytes, int] = {}
        for number, key in enumerate(keys):
            if key is None:
                self._give(number, failed(self.requests[number], "failed", "a message holds half a surrogate pair"))
            elif key in known:
                self._give(number, known[key])
            elif self.model.live and key in first:
                self._twins.setdefault(first[key], []).append(number)
            else:
                first[key], self._keys[number] = number, key
                self.waiting.append(number)

    def draw(self) -> tuple[int, Request] | None:
        """The next request, if the budget allows."""
        if not self.waiting:
            return None
        number = self.waiting[0]
        request = self.requests[number]
        if self.budget is not None:
            self._aside[number] = worst(self.model.prices, request, self.model.max_tokens)
            if not self.budget.set_aside(self._aside[number]):
                return None
        self.waiting.popleft()
        return number, request

    def __call__(self, number: int, answer: Answer) -> None:
        """Take one answer."""
        self.many([(number, answer)])

    def many(self, answers: Sequence[tuple[int, Answer]]) -> None:
        """Keep answers, settle what they cost, and give them to all who asked."""
        if self.cache is not None:
            kept = [(self._keys[number], answer) for number, answer in answers if answer.error is None]
            self.cache.keep(self._digest, kept)
        for number, answer in answers:
            self._settle(number, answer)

    def _watch(self, answer: Answer) -> None:
        """UsageError where no call has been answered and no other one will be."""
        self._made += 1
        self._alike = self._alike + 1 if answer.error == self._last else 1
        self._last = answer.error or ""
        self._answered = self._answered or answer.error is None
        if self._answered or self._last not in HOPELESS:
            return
        if self._alike >= IN_A_ROW or (self._alike == self._made and not self._keys):
            address = about(self.model).get("address")
            raise UsageError(
                f"The model '{self.model.name}'{f' at {address}' * bool(address)} cannot be asked: "
                f"{counted(self._alike, 'call')} and no answer",
                expected="a server that answers",
                found=f"{self._last}: {answer.detail}" if answer.detail else self._last,
                next=_NEXT[self._last],
            )

    def _settle(self, number: int, answer: Answer) -> None:
        del self._keys[number]
        if self.model.live:
            self._watch(answer)
        cost = (
            0.0 if answer.error else price(self.model.prices, answer.prompt_tokens or 0, answer.completion_tokens or 0)
        )
        if self.budget is not None:
            self.budget.settle(self._aside.pop(number), cost)
        self._give(number, answer, cost)
        for twin in self._twins.pop(number, ()):
            self._give(twin, answer._replace(cached=answer.error is None))

    def _give(self, number: int, answer: Answer, cost: float = 0.0) -> None:
        request = self.requests[number]
        self.answers[number] = answer._replace(item=request.item, repeat=request.repeat)
        self.spend = self.spend.plus(answer, cost)
        self.tick(self.spend)

    def all(self) -> list[Answer]:
        """Every answer; what was not asked says so."""
        reason = "budget" if self.budget is not None and self.waiting else "failed"
        for number, answer in enumerate(self.answers):
            if answer is None:
                self._give(number, failed(self.requests[number], reason))
        return [answer for answer in self.answers if answer is not None]


def estimate(model: Model, requests: Sequence[Request], *, cache: Cache | None = None, at_once: int = 1) -> Estimate:
    """What asking would be: calls that remain, their tokens, money and, where earlier answers tell, seconds at `at_once`.

    Answers are taken to be as long as the model's earlier ones in the cache; where there are none, as long as they may be.
    """
    if not model.live:
        return Estimate(len(requests), 0, 0, 0, 0, None, None, bound=False)
    identity = model.identity()
    keyed = {key: request for request in requests if (key := _key(identity, request))}
    known = cache.find(keyed) if cache else {}
    calls = [request for key, request in keyed.items() if key not in known]
    before = cache.means(digest_of(identity)) if cache else None
    mean = before.completion_tokens if before else None
    prompt = total_prompt_tokens(calls)
    completion = round(len(calls) * (mean if mean is not None else model.max_tokens or 1024))
    seconds = before.seconds * len(calls) / at_once if before and before.seconds is not None else None
    money = None if model.prices is None else price(model.prices, prompt, completion)
    return Estimate(
        len(requests), len(requests) - len(calls), len(calls), prompt, completion, money, seconds, bound=mean is None
    )


def digest_of(identity: str) -> bytes:
    """What answers of one model share in the cache."""
    return hashlib.sha256(identity.encode()).digest()


def _key(identity: str, request: Request) -> bytes | None:
    """None for a request that cannot be written down."""
    try:
        return key_of(identity, request)
    except UnicodeEncodeError:
        return None
