"""What a server said, made an answer: nothing in a reply is believed before it is looked at."""

from collections.abc import Callable
from typing import Any

import msgspec

from bloomery.llm.base import Answer, Request, failed
from bloomery.llm.budget import prompt_tokens, tokens_in

_DETAIL = 300  # characters of an explanation that are kept
_READ = 100_000  # bytes of one that are looked at


class _Usage(msgspec.Struct):
    prompt_tokens: Any = None
    completion_tokens: Any = None


class _Message(msgspec.Struct):
    content: Any = None
    refusal: Any = None


class _Choice(msgspec.Struct):
    message: _Message | None = None
    finish_reason: Any = None


class _Reply(msgspec.Struct):
    choices: list[_Choice] | None = None
    usage: _Usage | None = None
    model: Any = None


_decode = msgspec.json.Decoder(_Reply).decode


#: takes the key out of a text
Hide = Callable[[str], str]


def read(body: bytes, request: Request, seconds: float, asked: str, hide: Hide = str) -> Answer:
    """The answer in the body of a reply with status 200; ``bad_reply`` where there is none.

    What a model refuses to say in the field for that is its text, and `finish` is then ``refusal``. Content in parts is
    joined. `asked` is the model's name, where the server tells none.
    """
    try:
        told = _decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        return failed(request, "bad_reply", f"{error}: {shown(body, hide)}")
    message = told.choices[0].message if told.choices else None
    finish = str(told.choices[0].finish_reason) if told.choices and told.choices[0].finish_reason else None
    text = _text(message.content) if message else None
    if text is None and message and isinstance(message.refusal, str):
        text, finish = message.refusal, "refusal"
    if text is None:
        return failed(request, "bad_reply", f"no text, finish {finish}: {shown(body, hide)}")
    usage = told.usage or _Usage()
    prompt, completion = _count(usage.prompt_tokens), _count(usage.completion_tokens)
    return Answer(
        request.item,
        request.repeat,
        hide(text),
        None,
        prompt_tokens(request) if prompt is None else prompt,
        tokens_in(text) if completion is None else completion,
        prompt is None or completion is None,
        seconds,
        False,
        told.model if isinstance(told.model, str) else asked,
        finish,
    )


def explained(body: bytes, hide: Hide = str) -> str:
    """What the body of a refusal says.

    >>> explained(b'{"error": {"message": "no such model", "code": 404}}'), explained(b'<h1>Bad  gateway</h1>')
    ('no such model', '<h1>Bad gateway</h1>')
    """
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return shown(body, hide)
    error = told.get("error", told) if isinstance(told, dict) else told
    said = error.get("message", error.get("detail")) if isinstance(error, dict) else error
    return shown(said.encode(), hide) if isinstance(said, str) else shown(body, hide)


def shown(body: bytes, hide: Hide = str) -> str:
    """The beginning of a body, on a line. What `hide` hides is gone before the cut, so that no part of it is left."""
    return hide(" ".join(body[:_READ].decode("utf-8", "replace").split()))[:_DETAIL]


def _text(content: Any) -> str | None:
    """Content is a string, or parts of which some have a text."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [one.get("text") for one in content if isinstance(one, dict)]
        return "".join(text for text in texts if isinstance(text, str)) if texts else None
    return None


def _count(tokens: Any) -> int | None:
    return tokens if type(tokens) is int and tokens >= 0 else None
