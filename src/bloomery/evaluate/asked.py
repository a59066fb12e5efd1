"""How an evaluation asks models: with the cache, with one budget for all, and with every reply kept in the run's folder.

``replies/NAME.jsonl`` has what each model was asked and said, as `bloomery.llm.replay` reads it. So a finished evaluation is
scored again without a call: its replies stand in for the models.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bloomery.llm.ask import Tick, ask, estimate
from bloomery.llm.ask import silent as unheard
from bloomery.llm.base import Answer, Model, Request
from bloomery.llm.budget import Budget, Spend, together
from bloomery.llm.cache import Cache
from bloomery.llm.replay import record

__all__ = ["REPLIES", "Asked"]

REPLIES = "replies"


class Asked:
    """Asks models for the parts of an evaluation."""

    def __init__(
        self, folder: Path, *, budget: float | None = None, cache: Cache | None = None, tick: Tick = unheard
    ) -> None:
        self._folder, self._cache, self._tick = folder, cache, tick
        self._budget = Budget(budget) if budget is not None else None
        self._kept: dict[str, dict[tuple[str, int], tuple[Request, Answer]]] = {}
        self.spent: dict[str, Spend] = {}

    def __call__(self, model: Model, requests: Sequence[Request]) -> list[Answer]:
        """An answer for each request, in their order; those that failed say why."""
        last = Spend(money=None if model.prices is None else 0.0)

        def heard(spend: Spend) -> None:
            nonlocal last
            last = spend
            self._tick(spend)

        answers = ask(model, requests, cache=self._cache, budget=self._budget, tick=heard)
        self.spent[model.name] = together(self.spent[model.name], last) if model.name in self.spent else last
        kept = self._kept.setdefault(model.name, {})
        for request, answer in zip(requests, answers, strict=True):
            kept[request.item, request.repeat] = (request, answer)
        return answers

    def estimate(self, model: Model, requests: Sequence[Request]) -> Any:
        """What asking would be."""
        return estimate(model, requests, cache=self._cache)

    def write(self) -> None:
        """Keep the replies."""
        if self._kept:
            (self._folder / REPLIES).mkdir(exist_ok=True)
        for name, kept in self._kept.items():
            record(self._folder / REPLIES / f"{name}.jsonl", *zip(*kept.values(), strict=True))
