"""The JSON value in what a model said.

A prompt asks for JSON and gets "Sure! ```json {…} ``` Let me know {if} …". From the first ``{`` to the last ``}`` is not that
value. Here every bracket that could begin a value is tried with a JSON parser, which stops at the first character that does
not fit; a value that parses is jumped over as a whole, so what is inside of it is never taken by itself. The *last* such value
of the wanted kind (object or list) is the answer: a model that thinks aloud ends with what it means.

JSON is RFC 8259, strictly: no NaN or Infinity, no comments, no trailing commas, no single quotes, and no object with two equal
keys (which of them counts is undefined). A string with half a surrogate pair is no text and not read either. Nested too deep
for the parser is not JSON that anyone asked for.
"""

import json
import re
from typing import Any, Literal, NoReturn

#: where an answer may have its JSON
Where = Literal["whole", "fence", "text"]

_FENCE = re.compile(r"\A```[A-Za-z]*[ \t]*\n(.*?)\n?[ \t]*```\Z", re.DOTALL)
#: how often over the text the parser may go in all; texts made to cost more are not read
_PASSES = 20


class _NotThere:
    def __repr__(self) -> str:
        return "NOTHING"


#: what `value_in` gives where there is no value
NOTHING: Any = _NotThere()


def value_in(text: str, kind: type | None = None, where: Where = "text") -> Any:
    """The JSON value of `kind` (``dict``, ``list``, or None for any), or `NOTHING`.

    ``whole``: the text is JSON and nothing else, apart from white space. ``fence``: a code fence around it may stand.
    ``text``: anything may stand around an object or a list. Numbers, strings, true, false and null are only read whole.

    >>> value_in('I use {braces}. {"a": {"b": 1}} It is {done}.')
    {'a': {'b': 1}}
    >>> value_in('{"a": 1} or {"a": 2}'), value_in("{'a': 1}"), value_in('[1] {"a": 1} [2]', dict)
    ({'a': 2}, NOTHING, {'a': 1})
    """
    text = text.strip()
    found = _whole(text)
    if found is NOTHING and where != "whole" and (fence := _FENCE.match(text)):
        found = _whole(fence[1].strip())
    if found is NOTHING and where == "text":
        return _last(text, kind)
    return found if _is(found, kind) else NOTHING


def _whole(text: str) -> Any:
    try:
        return _encodable(_DECODER.decode(text), text)
    except (ValueError, RecursionError):
        return NOTHING


def _last(text: str, kind: type | None) -> Any:
    """The last object or list of `kind` that stands in the text and in no other value."""
    last, at, budget = NOTHING, 0, _PASSES * len(text)
    while (bracket := _BRACKET.search(text, at)) and budget >= 0:
        begin = bracket.start()
        try:
            value, at = _DECODER.raw_decode(text, begin)
            value = _encodable(value, text[begin:at])
        except json.JSONDecodeError as error:
            at = begin + 1
            budget -= max(error.pos - begin, 1)
        except (ValueError, RecursionError):
            at = begin + 1
            budget -= max(len(text) // 50, 1)
        else:
            last = value if _is(value, kind) else last
    return last if budget >= 0 else NOTHING


def _is(value: Any, kind: type | None) -> bool:
    return value is not NOTHING and (kind is None or type(value) is kind)


def _encodable(value: Any, text: str) -> Any:
    """The value, unless it has half a surrogate pair, which only an escape can write."""
    if "\\ud" in text or "\\uD" in text:
        json.dumps(value, ensure_ascii=False).encode()  # UnicodeEncodeError is a ValueError
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("two equal keys")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


_BRACKET = re.compile(r"[{\[]")
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse)
