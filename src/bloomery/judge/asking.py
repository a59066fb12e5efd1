"""How the judges of a run are asked: with the cache, with one budget for all, and with a record of what it took."""

from collections.abc import Callable, Sequence
from typing import Any

from bloomery.judge.options import Judge
from bloomery.llm.ask import Tick, ask, estimate
from bloomery.llm.ask import silent as unheard
from bloomery.llm.base import Answer, Model, Request
from bloomery.llm.budget import Budget, Estimate, Spend, together
from bloomery.llm.cache import Cache

#: told before a live judge is asked: which, and what asking will be
Before = Callable[[str, Estimate], None]


class Asking:
    """Asks judges; `before` hears what it will be, second tries of what cannot be read aside."""

    def __init__(self, options: Judge, cache: Cache | None, tick: Tick = unheard, before: Before | None = None) -> None:
        self._budget = Budget(options.budget) if options.budget is not None else None
        self._cache, self._tick, self._before = cache, tick, before
        self.spent: dict[str, Spend] = {}

    def __call__(self, model: Model, requests: Sequence[Request]) -> Sequence[Answer]:
        """An answer for each request."""
        first = [one for one in requests if len(one.messages) == 1]
        if self._before is not None and model.live and first:
            self._before(model.name, estimate(model, first, cache=self._cache))
        last = Spend(money=None if model.prices is None else 0.0)

        def heard(spend: Spend) -> None:
            nonlocal last
            last = spend
            self._tick(spend)

        answers = ask(model, requests, cache=self._cache, budget=self._budget, tick=heard)
        self.spent[model.name] = together(self.spent[model.name], last) if model.name in self.spent else last
        return answers

    def told(self, model: Model) -> dict[str, Any]:
        """What this model was asked and cost."""
        spend = self.spent.get(model.name, Spend())
        return {
            "name": model.name,
            "calls": spend.done - spend.cached if model.live else 0,
            "cached": spend.cached if model.live else 0,
            "replayed": 0 if model.live else spend.done - spend.failed,
            "failed": spend.failed,
            "prompt_tokens": spend.prompt_tokens,
            "completion_tokens": spend.completion_tokens,
            "estimated": spend.estimated,
            "money": spend.money if model.live else None,
        }
