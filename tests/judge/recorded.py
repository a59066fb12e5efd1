"""Judges for tests: a model that says what was recorded, or what a function makes of the prompt."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bloomery.llm.ask import ask as really_ask
from bloomery.llm.base import Answer, Draw, Model, Prices, Request, Take


@dataclass
class Judge:
    """Says what it is told to: a text by the request's name, or what a function of the request gives (None: no answer)."""

    says: Mapping[str, str | None] | Callable[[Request], str | None]
    name: str = "judge"
    family: str | None = None
    prices: Prices | None = None
    live: bool = False
    max_tokens: int | None = None
    asked: int = 0

    def identity(self) -> str:
        return f"test {self.name}"

    def run(self, draw: Draw, take: Take) -> None:
        while (drawn := draw()) is not None:
            take(drawn[0], self.answer(drawn[1]))

    def answer(self, request: Request) -> Answer:
        self.asked += 1
        text = self.says(request) if callable(self.says) else self.says.get(request.item)
        return Answer(request.item, request.repeat, text, None if text is not None else "not_recorded", model=self.name)


def ask(model: Model, requests: Sequence[Request]) -> list[Answer]:
    """Every request, with no cache and no budget."""
    return really_ask(model, requests)
