"""What calls cost: estimated before a run, held to while it runs, told while it goes.

Tokens are those that the server counted. Where it does not, they are estimated as a quarter of the bytes of the text in UTF-8
(about right for English and for Chinese, too many for most others), and marked so.

A budget is never overdrawn: before a call is made, what it may cost at most (its prompt, and an answer of `max_tokens`) is put
aside, and what it did cost is taken when it is there. So with several calls at once the last few of a budget are made one
by one. A call that failed counts as free: what a server charges for a call that it did not answer, it does not tell.
"""

from collections.abc import Iterable
from typing import NamedTuple

from bloomery.llm.base import Answer, Prices, Request

#: tokens that prices are given for
PER = 1_000_000
#: the longest answer, in tokens, of a model that does not say
LONGEST = 1024
_BYTES = 4  # of a token
_FRAME = 4  # tokens around a message


def tokens_in(text: str) -> int:
    """About how many tokens a text is.

    >>> tokens_in("What is the capital of France?"), tokens_in("法国的首都是哪里？"), tokens_in("")
    (8, 7, 0)
    """
    return -(-len(text.encode("utf-8", "replace")) // _BYTES)


def prompt_tokens(request: Request) -> int:
    """About how many tokens a request is."""
    return sum(tokens_in(message.content) + _FRAME for message in request.messages)


def price(prices: Prices | None, prompt: float, completion: float) -> float:
    """Money for so many tokens; 0 where prices are not known.

    >>> price(Prices(input=2.5, output=10), 1_000_000, 100_000)
    3.5
    """
    return 0.0 if prices is None else (prompt * prices.input + completion * prices.output) / PER


class Spend(NamedTuple):
    """How far a run is, and what it has cost."""

    done: int = 0
    total: int = 0
    cached: int = 0  #: of those done, answered before
    failed: int = 0  #: of those done, without an answer
    prompt_tokens: int = 0  #: of calls that were made
    completion_tokens: int = 0
    estimated: bool = False  #: whether some of the tokens are estimated
    money: float | None = None  #: None where prices are not known
    most: float | None = None  #: the budget

    def line(self) -> str:
        """For a progress bar.

        >>> Spend(1200, 5000, cached=12, failed=3, prompt_tokens=90_000, completion_tokens=8_000, money=0.41, most=5).line()
        '1,200 of 5,000 · 12 cached · 3 failed · 98,000 tokens · 0.41 of 5.00'
        """
        parts = [f"{self.done:,} of {self.total:,}"]
        parts += [f"{self.cached:,} cached"] * bool(self.cached) + [f"{self.failed:,} failed"] * bool(self.failed)
        tokens = self.prompt_tokens + self.completion_tokens
        parts += [f"{'about ' * self.estimated}{tokens:,} tokens"] * bool(tokens)
        if self.money is not None:
            parts.append(f"{self.money:.2f}" + (f" of {self.most:.2f}" if self.most is not None else ""))
        return " · ".join(parts)

    def plus(self, answer: Answer, money: float) -> "Spend":
        """With one more answer, that cost `money`."""
        made = not answer.cached and answer.error is None
        return self._replace(
            done=self.done + 1,
            cached=self.cached + answer.cached,
            failed=self.failed + (answer.error is not None),
            prompt_tokens=self.prompt_tokens + (answer.prompt_tokens or 0) * made,
            completion_tokens=self.completion_tokens + (answer.completion_tokens or 0) * made,
            estimated=self.estimated or (made and answer.estimated),
            money=None if self.money is None else self.money + money,
        )


def together(one: Spend, other: Spend) -> Spend:
    """What two rounds of asking took; the money is known where it is of both."""
    money = None if one.money is None or other.money is None else one.money + other.money
    return Spend(
        one.done + other.done,
        one.total + other.total,
        one.cached + other.cached,
        one.failed + other.failed,
        one.prompt_tokens + other.prompt_tokens,
        one.completion_tokens + other.completion_tokens,
        one.estimated or other.estimated,
        money,
        other.most,
    )


class Budget:
    """So much money for as many runs as it is given to, in the currency of the prices."""

    def __init__(self, most: float) -> None:
        if not most >= 0:
            raise ValueError("a budget is 0 or more")
        self.most = most
        self.spent = 0.0
        self._aside = 0.0

    def set_aside(self, money: float) -> bool:
        """Put `money` aside for a call; False where so much is not left."""
        if self.spent + self._aside + money > self.most + 1e-12:
            return False
        self._aside += money
        return True

    def settle(self, aside: float, spent: float) -> None:
        """A call for which `aside` was put aside has cost `spent`."""
        self._aside -= aside
        self.spent += spent


class Estimate(NamedTuple):
    """What a run will be, before it runs."""

    requests: int
    cached: int  #: answered before, or equal to another of them
    calls: int
    prompt_tokens: int
    completion_tokens: int
    money: float | None  #: None where prices are not known
    seconds: float | None  #: None where the model has not been asked before
    bound: bool  #: whether answers are taken to be as long as they may be, since no earlier ones tell

    def line(self) -> str:
        """In a sentence.

        >>> Estimate(5000, 200, 4800, 960_000, 240_000, 4.8, 600.0, False).line()
        '4,800 calls (200 of 5,000 are cached), about 960,000 tokens of prompts and 240,000 of answers, 4.80, 10 minutes'
        >>> Estimate(3, 0, 3, 45, 3072, None, None, True).line()
        '3 calls, about 45 tokens of prompts and at most 3,072 of answers'
        """
        known = f" ({self.cached:,} of {self.requests:,} are cached)" if self.cached else ""
        answers = f"and {'at most ' * self.bound}{self.completion_tokens:,} of answers"
        parts = [f"{self.calls:,} calls{known}", f"about {self.prompt_tokens:,} tokens of prompts {answers}"]
        parts += [] if self.money is None else [f"{'at most ' * self.bound}{self.money:.2f}"]
        parts += [] if self.seconds is None else [duration(self.seconds)]
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """Seconds in words.

    >>> duration(3.2), duration(600), duration(9000)
    ('3 seconds', '10 minutes', '2.5 hours')
    """
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def worst(prices: Prices | None, request: Request, longest: int | None) -> float:
    """What a call may cost at most, as far as tokens of its prompt can be told."""
    return price(prices, prompt_tokens(request), longest or LONGEST)


def total_prompt_tokens(requests: Iterable[Request]) -> int:
    """Of all requests."""
    return sum(map(prompt_tokens, requests))
