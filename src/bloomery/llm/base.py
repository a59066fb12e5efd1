"""The nouns of model calls: what is asked, what came back, and what a model is.

A stage makes `Request`s, hands them with a `Model` to `bloomery.llm.ask.ask`, and gets one `Answer` for each, in their order.
An answer either has a text or an error, never both: one bad call costs one answer, and nobody takes a failure for a result.

A `Model` only knows how to get answers (over HTTP, from weights, from a file). What all of them need alike (the cache, the
budget, who is told how far it is) stands in `ask`, once. The two meet in `Model.run`: the model draws its next request when it
could begin on it, and hands over each answer as soon as it has it. So a run that is stopped, by a budget or by a kill, has
lost nothing.

Errors are short and stable, to be counted:

    timeout             no whole reply within the time of a call, at the last try
    unreachable         no connection can be made: refused, or no such host, at the last try
    connection          cut or reset, at the last try
    http_NNN            the server refused with that status (429 and 5xx: at the last try)
    reply_too_large     more bytes than a reply may have (``largest_reply``)
    bad_reply           status 200, but no reply of that interface: no JSON, or no text in it
    not_recorded        a file of answers has none for the item
    other_prompt        a file of answers has one for the item, to another prompt
    too_long            a local model cannot take a prompt of that length
    budget              not asked: the budget was spent
    failed              anything else, told in the detail
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeGuard

from bloomery.llm.options import Prices

__all__ = [
    "Answer",
    "Draw",
    "Logprobs",
    "Message",
    "Model",
    "Passage",
    "Prices",
    "Request",
    "Scorer",
    "Take",
    "can_score",
]


class Message(NamedTuple):
    """One turn of a conversation."""

    role: str  #: system, user or assistant
    content: str


class Request(NamedTuple):
    """One call."""

    item: str  #: whose answer it is; several requests may be of one item
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = (
        None  #: JSON schema of the wanted reply; where a server can hold to it, it is told
    )
    repeat: int = 0  #: which of several calls with the same messages; part of the cache's key


class Answer(NamedTuple):
    """What came of a request; exactly one of `text` and `error` is not None."""

    item: str
    repeat: int
    text: str | None  #: as the model wrote it; "" is an answer
    error: str | None  #: short stable reason
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    estimated: bool = False  #: whether the tokens are estimated, because the server did not count them
    seconds: float | None = None  #: how long the call took that was answered, without waiting and earlier tries
    cached: bool = False  #: answered before, or by an equal request of the same run; it cost nothing
    model: str = ""  #: the model's name as the server tells it
    finish: str | None = None  #: why the text ends: stop, length, content_filter, …
    detail: str | None = None  #: more about the error, for people; no key is ever in it


def failed(request: Request, error: str, detail: str | None = None) -> Answer:
    """The answer to a request that has none."""
    return Answer(request.item, request.repeat, None, error, detail=detail)


#: the next request with its number, or None: nothing may be asked now (a call that ends may change that)
Draw = Callable[[], tuple[int, Request] | None]


class Take(Protocol):
    """Takes answers to the requests of those numbers: ``take(7, answer)``."""

    def __call__(self, number: int, answer: Answer) -> None:
        """One answer, which is kept when this returns."""

    def many(self, answers: Sequence[tuple[int, Answer]]) -> None:
        """Several that are there at the same time; they are kept together, which is quicker."""


class Model(Protocol):
    """Something that answers."""

    name: str  #: in the recipe
    family: str | None  #: models that descend from each other, such as llama; None where not known
    prices: Prices | None  #: what tokens cost; None where not known
    live: bool  #: whether it makes answers; False where it reads recorded ones, which no cache and no budget concerns
    max_tokens: int | None  #: the longest answer, in tokens

    def identity(self) -> str:
        """What decides about its answers: weights or address, adapter, tokenizer, template, options. No key is in it."""

    def run(self, draw: Draw, take: Take) -> None:
        """Draw requests until there are none, and hand over an answer for each that was drawn, in any order.

        A call that fails is an answer with an error. Raises only where nothing at all can be asked (RecipeError,
        MissingExtraError), and for interrupts, with every answer that was there handed over.
        """


class Passage(NamedTuple):
    """A text whose tokens are told."""

    item: str  #: whose text it is
    messages: tuple[Message, ...]  #: what it answers, rendered as when the model is asked; none: a text by itself
    text: str


class Logprobs(NamedTuple):
    """The natural log-probabilities of a passage's tokens, those of the messages left out; or why there are none."""

    item: str
    values: tuple[float, ...] | None  #: one a token, to a millionth; none for an empty text
    error: str | None = None  #: short stable reason, as of answers
    detail: str | None = None


class Scorer(Model, Protocol):
    """A model that can tell how likely a text is, too. Those from weights can, and recorded ones of theirs.

    An OpenAI-compatible endpoint cannot: its chat interface tells log-probabilities of what the model says, not of a text that
    is given, and the older interface that echoes a prompt renders no messages.
    """

    scores: bool  #: whether it can; False for a file of answers without log-probabilities

    def token_logprobs(self, passages: Sequence[Passage]) -> list[Logprobs]:
        """Those of each passage, in their order; one that fails costs no other.

        Raises only where nothing can be told at all (RecipeError, MissingExtraError).
        """


def can_score(model: Model | None) -> TypeGuard[Scorer]:
    """Whether a model tells log-probabilities of texts."""
    return bool(getattr(model, "scores", False))
