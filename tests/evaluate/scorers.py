"""Models made on the spot that answer by a function and tell log-probabilities: a token a word."""

from collections.abc import Callable, Sequence
from typing import Any

from bloomery.llm.base import Answer, Draw, Logprobs, Passage, Prices, Request, Take, failed

#: a passage → the log-probability of each of its tokens, or the reason why there is none
Tell = Callable[[Passage], list[float] | str]


class Known:
    """Says what `say` says to a request (None: the call failed), and tells what `tell` tells; `asked` and `told` count."""

    live, family, max_tokens = True, None, 16
    prices: Prices | None = Prices(input=0, output=0)

    def __init__(
        self, name: str, say: Callable[[Request], str | None] = lambda _: "yes", tell: Tell | None = None
    ) -> None:
        self.name, self._say, self._tell = name, say, tell
        self.scores = tell is not None
        self.asked: list[Request] = []
        self.told: list[Passage] = []

    def identity(self) -> str:
        return f"known {self.name}"

    def run(self, draw: Draw, take: Take) -> None:
        while drawn := draw():
            number, request = drawn
            self.asked.append(request)
            text = self._say(request)
            take(
                number,
                failed(request, "timeout") if text is None else Answer(request.item, request.repeat, text, None, 5, 1),
            )

    def token_logprobs(self, passages: Sequence[Passage]) -> list[Logprobs]:
        assert self._tell is not None
        self.told += passages
        found: list[Any] = [self._tell(one) for one in passages]
        return [
            Logprobs(one.item, None, values) if isinstance(values, str) else Logprobs(one.item, tuple(values))
            for one, values in zip(passages, found, strict=True)
        ]


def flat(nats: float, *, answers: float | None = None) -> Tell:
    """The same for each word: so many nats, others for texts after a prompt."""

    def tell(passage: Passage) -> list[float] | str:
        each = nats if not passage.messages or answers is None else answers
        return [-each] * len(passage.text.split())

    return tell
