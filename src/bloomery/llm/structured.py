"""Replies that should be an object: looked for, checked, asked for once more, else *unscored*, with the text kept.

Servers are told the schema, and some answer 200 and ignore it: so a reply is always checked. In it the last object that fits
is taken, whatever stands around it (`bloomery.text.json_text`: an object within another value is not taken by itself, nor one
with two equal keys). Thinking aloud is no answer: what stands before the end of a thinking block is not looked at, and a block
without an end has no answer behind it.

Where nothing fits, the model is shown its reply and what is wrong with it, once. Then it stays unscored: never zero, never a tie.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bloomery.llm.ask import Tick, ask, silent
from bloomery.llm.base import Answer, Message, Model, Request
from bloomery.llm.budget import Budget
from bloomery.llm.cache import Cache
from bloomery.llm.schemas import check_of
from bloomery.text.json_text import NOTHING, value_in

__all__ = ["Fitted", "Replied", "ask_for_objects", "found"]

_THINKING = re.compile(r"<(/?)(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_QUOTED = 8_000  # characters of a reply that the model is shown again
_REPAIR = (
    "That reply could not be used: {reason}. Reply with the JSON object that was asked for and nothing else: "
    "no explanation, no code fence."
)


class Fitted(NamedTuple):
    """What was found in a text; one of the two is None."""

    value: dict[str, Any] | None
    reason: str | None  #: why there is none, in words


class Replied(NamedTuple):
    """A request, and what came of it."""

    answer: Answer  #: the last one; its text is kept, whether it fits or not
    value: dict[str, Any] | None  #: None where it is unscored
    reason: str | None  #: why it is: the error of the answer, or what does not fit
    first: Answer | None  #: the answer that did not fit, where there was a second round

    @property
    def repaired(self) -> bool:
        """Whether it took the second round."""
        return self.first is not None and self.value is not None


def found(text: str | None, schema: Mapping[str, Any]) -> Fitted:
    """The last object in a text that fits the schema; or what is wrong with the last one.

    >>> schema = {"type": "object", "properties": {"score": {"type": "integer", "maximum": 5}}, "required": ["score"]}
    >>> found('Say {"score": 1} for bad. My verdict: {"score": 4}', schema)
    Fitted(value={'score': 4}, reason=None)
    >>> found('{"score": 9}', schema), found("I cannot judge that.", schema)
    (Fitted(value=None, reason='score is 9, more than 5'), Fitted(value=None, reason='there is no JSON object in it'))
    """
    if text is None:
        return Fitted(None, "there is no answer")
    check = check_of(schema)
    wrong: list[str | None] = [None]

    def fits(value: Any) -> bool:
        wrong[0] = check(value)
        return wrong[0] is None

    said = after_thinking(text)
    if said is None:
        return Fitted(None, "it ends within a thinking block")
    value = value_in(said, dict, fits=fits)
    if value is NOTHING:
        return Fitted(None, wrong[0] or "there is no JSON object in it")
    return Fitted(value, None)


def after_thinking(text: str) -> str | None:
    """What stands behind the last thinking block; None where one has no end.

    Some templates begin the block in the prompt, so an end alone counts as well.

    >>> after_thinking("<think>{1} or {2}?</think>So: {2}"), after_thinking("{1}?</think>{2}"), after_thinking("<think>{1}")
    ('So: {2}', '{2}', None)
    """
    last = None
    for last in _THINKING.finditer(text):  # noqa: B007
        pass
    if last is None:
        return text
    return text[last.end() :] if last[1] else None


def ask_for_objects(
    model: Model,
    requests: Sequence[Request],
    *,
    cache: Cache | None = None,
    budget: Budget | None = None,
    tick: Tick = silent,
) -> list[Replied]:
    """What each request, which has a schema, was replied: an object that fits, or the reason why there is none.

    A second round asks again for what did not fit, once each. Arguments and errors are those of `ask`.
    """
    schemas = [_schema(request) for request in requests]
    answers = ask(model, requests, cache=cache, budget=budget, tick=tick)
    fitted = [found(answer.text, schema) for answer, schema in zip(answers, schemas, strict=True)]
    again = [k for k, answer in enumerate(answers) if answer.error is None and fitted[k].value is None and model.live]
    repairs = [_again(requests[k], answers[k], fitted[k].reason or "") for k in again]
    seconds = dict(zip(again, ask(model, repairs, cache=cache, budget=budget, tick=tick), strict=True)) if again else {}
    return [
        _replied(answer, first, seconds.get(k), schema)
        for k, (answer, first, schema) in enumerate(zip(answers, fitted, schemas, strict=True))
    ]


def _replied(answer: Answer, first: Fitted, second: Answer | None, schema: Mapping[str, Any]) -> Replied:
    if second is None or second.error is not None:  # the first text is kept where the second round has none
        return Replied(answer, first.value, answer.error or first.reason, None)
    fitted = found(second.text, schema)
    return Replied(second, fitted.value, fitted.reason, answer)


def _schema(request: Request) -> Mapping[str, Any]:
    if request.schema is None:
        raise ValueError(f"the request for item {request.item!r} has no schema")
    return request.schema


def _again(request: Request, answer: Answer, reason: str) -> Request:
    """The second round: the conversation, the reply that does not fit, and why."""
    said = Message("assistant", (answer.text or "")[:_QUOTED])
    return request._replace(messages=(*request.messages, said, Message("user", _REPAIR.format(reason=reason))))
