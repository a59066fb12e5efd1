"""How an evaluation asks models: with the cache, with one budget for all, and with every reply kept in the run's folder.

``replies/NAME.jsonl`` has what each model was asked and said, as `bloomery.llm.replay` reads it, and
``replies/NAME.logprobs.parquet`` the log-probabilities of texts that it told. So a finished evaluation is scored again without
a call: its replies stand in for the models.
"""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bloomery.llm.ask import Tick, ask, estimate
from bloomery.llm.ask import silent as unheard
from bloomery.llm.base import Answer, Logprobs, Model, Passage, Request, Scorer
from bloomery.llm.budget import Budget, Spend, together
from bloomery.llm.cache import Cache
from bloomery.llm.logprobs import RECORDED, record_logprobs, token_logprobs
from bloomery.llm.replay import record

__all__ = ["REPLIES", "Asked", "file_of"]

REPLIES = "replies"
_LONGEST = 80  # characters of a file's name


def file_of(name: str) -> str:
    """The file below a run's folder that has a model's replies; a name that is no file's name is written as one.

    >>> file_of("tuned"), file_of("org/tuned")
    ('replies/tuned.jsonl', 'replies/org%2Ftuned.jsonl')
    """
    told = quote(name, safe=" ")
    short = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}-{sha256(name.encode()).hexdigest()[:12]}"
    return f"{REPLIES}/{short}.jsonl"


class Asked:
    """Asks models for the parts of an evaluation."""

    def __init__(
        self, folder: Path, *, budget: float | None = None, cache: Cache | None = None, tick: Tick = unheard
    ) -> None:
        self.folder, self._cache, self._tick = folder, cache, tick
        self._budget = Budget(budget) if budget is not None else None
        self._kept: dict[str, dict[tuple[str, int], tuple[Request, Answer]]] = {}
        self._told: dict[str, dict[str, tuple[Passage, Logprobs]]] = {}
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

    def logprobs(self, model: Scorer, passages: Sequence[Passage]) -> list[Logprobs]:
        """The log-probabilities of each passage, in their order; those that failed say why. An item has one text.

        They come from weights on this machine or from a file, so no budget is about them.
        """
        told = self._told.setdefault(model.name, {})
        rest = [one for one in passages if one.item not in told or told[one.item][0] != one]
        for passage, found in zip(rest, token_logprobs(model, rest, cache=self._cache), strict=True):
            told[passage.item] = (passage, found)
        return [told[one.item][1] for one in passages]

    def items(self, name: str) -> set[str]:
        """The items that a model was asked about."""
        return {item for item, _ in self._kept.get(name, ())}

    def estimate(self, model: Model, requests: Sequence[Request]) -> Any:
        """What asking would be."""
        return estimate(model, requests, cache=self._cache)

    def write(self) -> None:
        """Keep the replies."""
        if self._kept or self._told:
            (self.folder / REPLIES).mkdir(exist_ok=True)
        for name in {**self._kept, **self._told}:
            kept = list(self._kept.get(name, {}).values())
            if kept or name in self._told:  # log-probabilities stand beside replies, if only none
                record(self.folder / file_of(name), [asked for asked, _ in kept], [said for _, said in kept])
        for name, told in self._told.items():
            both = list(told.values())
            where = (self.folder / file_of(name)).with_suffix(RECORDED)
            record_logprobs(where, [passage for passage, _ in both], [found for _, found in both])
