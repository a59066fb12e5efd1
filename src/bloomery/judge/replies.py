"""Asking a judge and reading what it says: the one way for live models, recorded answers and tests alike.

A `Question` is a prompt with the key of what it is about and how its reply is read. Each gets one `Reply`, with the text that
came back whatever it was. A live model whose reply cannot be read is asked once more, with the reason; what cannot be read
then either is unscored.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec
import polars as pl

from bloomery.judge.reading import Reading, unread
from bloomery.llm.base import Answer, Message, Model, Request

#: gets an answer for each request, in order (`bloomery.llm.ask`, with a cache and a budget or without)
Ask = Callable[[Model, Sequence[Request]], Sequence[Answer]]

#: readings that another try may mend
MENDABLE = (
    "empty",
    "no_object",
    "missing_criterion",
    "out_of_range",
    "not_whole",
    "not_a_number",
    "not_a_label",
    "no_verdict",
)

REPLIES_SCHEMA = pl.Schema(
    {
        "kind": pl.String(),
        "item": pl.String(),
        "turn": pl.Int64(),
        "order": pl.String(),
        "repeat": pl.Int64(),
        "models": pl.String(),
        "rater": pl.String(),
        "version": pl.String(),
        "values": pl.String(),
        "labels": pl.String(),
        "error": pl.String(),
        "detail": pl.String(),
        "reasoning": pl.String(),
        "text": pl.String(),
        "mended": pl.Boolean(),
        "prompt_tokens": pl.Int64(),
        "completion_tokens": pl.Int64(),
    }
)


class Key(NamedTuple):
    """What a reply is about; a second reply of the same key takes the place of the first."""

    kind: str  #: item, or the kind of a canary
    item: str
    turn: int = 1  #: which answer of the dialogue, from 1
    order: str = ""  #: AB or BA where two answers are compared
    repeat: int = 0
    models: str = ""  #: who is compared, where a run compares more than two

    @property
    def name(self) -> str:
        """What it is called in a request and in a file of recorded answers: ``q7``, ``q7#2``, ``q7/BA``.

        >>> Key("item", "q7", 2).name, Key("constant", "q7", 1, "BA").name, Key("item", "q7", 1, "AB", 0, "a against b").name
        ('q7#2', 'constant:q7/BA', 'q7/AB@a against b')
        """
        turn = f"#{self.turn}" if self.turn > 1 else ""
        before = "" if self.kind == "item" else f"{self.kind}:"
        return (
            f"{before}{self.item}{turn}"
            + (f"/{self.order}" if self.order else "")
            + (f"@{self.models}" if self.models else "")
        )


class Question(NamedTuple):
    """What a judge is asked."""

    key: Key
    prompt: str
    read: Callable[[str], Reading]
    schema: dict[str, object] | None = None


class Reply(NamedTuple):
    """What came of a question."""

    key: Key
    rater: str
    version: str
    reading: Reading
    text: str | None
    mended: bool = False
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


def version_of(name: str, version: str, digest: str, model: Model) -> str:
    """What made a judgement: the rubric, its digest, and that of the model's whole identity."""
    return f"{name} {version} {digest[:12]} by {sha256(model.identity().encode()).hexdigest()[:12]}"


def ask_all(model: Model, questions: Sequence[Question], ask: Ask, *, version: str) -> list[Reply]:
    """A reply to each question, in order."""
    requests = [_request(one) for one in questions]
    answers = list(ask(model, requests))
    replies = [_reply(one, answer, model, version) for one, answer in zip(questions, answers, strict=True)]
    again = [k for k, one in enumerate(replies) if one.reading.error in MENDABLE] if model.live else []
    if again:
        second = ask(model, [_once_more(requests[k], replies[k]) for k in again])
        for k, answer in zip(again, second, strict=True):
            made = _reply(questions[k], answer, model, version)
            if made.reading.error is None:
                replies[k] = made._replace(mended=True)
    return replies


def _request(question: Question) -> Request:
    message = Message("user", question.prompt)
    return Request(question.key.name, (message,), question.schema, question.key.repeat)


def _once_more(request: Request, reply: Reply) -> Request:
    """The same, with what was said and why it cannot be read."""
    why = " ".join(filter(None, [reply.reading.error, reply.reading.detail]))
    said = Message("assistant", reply.text or "")
    told = Message(
        "user", f"Your reply cannot be read ({why}). Reply with the JSON object alone, in the form that was asked for."
    )
    return request._replace(messages=(*request.messages, said, told))


def _reply(question: Question, answer: Answer, model: Model, version: str) -> Reply:
    if answer.text is None:
        reading = unread(f"call_{answer.error}", answer.detail)
    else:
        reading = question.read(answer.text)
        if reading.error is not None and answer.finish == "length":
            reading = unread("cut_off", reading.error)
    return Reply(
        question.key, model.name, version, reading, answer.text, False, answer.prompt_tokens, answer.completion_tokens
    )


def unasked(key: Key, rater: str, version: str) -> Reply:
    """The reply about an item without an answer: nobody was asked."""
    return Reply(key, rater, version, unread("no_answer"), None)


def table(replies: Iterable[Reply]) -> pl.DataFrame:
    """The replies as a frame, one row each."""
    rows = [
        (
            *(
                one.key.kind,
                one.key.item,
                one.key.turn,
                one.key.order or None,
                one.key.repeat,
                one.key.models or None,
                one.rater,
                one.version,
            ),
            None if one.reading.values is None else msgspec.json.encode(one.reading.values).decode(),
            msgspec.json.encode(one.reading.labels).decode() if one.reading.labels else None,
            *(one.reading.error, one.reading.detail, one.reading.reasoning, one.text, one.mended),
            *(one.prompt_tokens, one.completion_tokens),
        )
        for one in replies
    ]
    return pl.DataFrame(rows, schema=REPLIES_SCHEMA, orient="row")


def explained(replies: Iterable[Reply]) -> dict[str, str]:
    """Of each error of a call what was said about it first, such as the words of a server."""
    found: dict[str, str] = {}
    for one in replies:
        error, detail = one.reading.error or "", one.reading.detail
        if error.startswith("call_") and detail:
            found.setdefault(error, " ".join(detail.split()))
    return found


def errors(replies: Iterable[Reply]) -> dict[str, int]:
    """How often each error came, most frequent first."""
    counts: dict[str, int] = {}
    for one in replies:
        if one.reading.error is not None:
            counts[one.reading.error] = counts.get(one.reading.error, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
