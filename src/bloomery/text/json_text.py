"""The JSON value in what a model said.

A prompt asks for JSON and gets "Sure! ```json {…} ``` Let me know {if} …". From the first ``{`` to the last ``}`` is not that
value. Here a JSON parser is set on each bracket that could begin a value. If the value is whole it is jumped over, so that what
is inside is never taken by itself; if not, the parser says where it breaks off, and the search goes on there (so what is
inside of a value that was cut off is not taken either, and no text is read more than about twice). The *last* value of the
wanted kind, object or list, is the answer: a model that thinks aloud ends with what it means.

JSON is RFC 8259, strictly: no NaN or Infinity, no comments, no trailing commas, no single quotes, and no object with two equal
keys (which of them counts is undefined). A string with half a surrogate pair is no text and not read either. Nested too deep
for the parser is not JSON that anyone asked for.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Literal, NoReturn

#: where an answer may have its JSON
Where = Literal["whole", "fence", "text"]

_FENCE = re.compile(r"\A```[A-Za-z]*[ \t]*\n(.*?)\n?[ \t]*```\Z", re.DOTALL)


class _NotThere:
    def __repr__(self) -> str:
        return "NOTHING"


#: a text with more values that begin and break off is not read
_MOST_BROKEN = 10_000
_WINDOW = 1 << 16

_EXACT_FLOATS = 2**53

#: what `value_in` gives where there is no value
NOTHING: Any = _NotThere()


def _any(value: Any) -> bool:
    del value
    return True


def value_in(text: str, kind: type | None = None, where: Where = "text", fits: Callable[[Any], bool] = _any) -> Any:
    """The JSON value of `kind` (``dict``, ``list``, or None for any) that `fits`, or `NOTHING`.

    ``whole``: the text is JSON and nothing else, apart from white space. ``fence``: a code fence around it may stand.
    ``text``: anything may stand around an object or a list. Numbers, strings, true, false and null are only read whole.

    >>> value_in('I use {braces}. {"a": {"b": 1}} It is {done}.')
    {'a': {'b': 1}}
    >>> value_in('{"a": 1} {"a": 2} {"b": 3}', fits=lambda value: "a" in value)
    {'a': 2}
    >>> value_in('{"a": 1} or {"a": 2}'), value_in("{'a': 1}"), value_in('[1] {"a": 1} [2]', dict)
    ({'a': 2}, NOTHING, {'a': 1})
    """
    text = text.strip()
    found = _whole(text)
    if found is NOTHING and where != "whole" and (fence := _FENCE.match(text)):
        found = _whole(fence[1].strip())
    if found is NOTHING and where == "text":
        return _last(text, kind, fits)
    return found if _is(found, kind) and fits(found) else NOTHING


def canonical(value: Any) -> str:
    """One spelling for equal JSON values: keys in order, 1.0 as 1; a string keeps its quotes, so ``"1"`` is not 1.

    >>> canonical({"b": 1.0, "a": [True, "1", None]}), canonical(1) == canonical(True)
    ('{"a":[true,"1",null],"b":1}', False)
    """
    plain = _plain(value)
    return str(plain) if type(plain) is int else _ENCODER.encode(plain)


def _plain(value: Any) -> Any:
    """Whole numbers as integers, up to where floats have them all."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT_FLOATS:
        return int(value)
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return {key: _plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def _whole(text: str) -> Any:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return NOTHING
    return value if _encodable(value, text) else NOTHING


def _last(text: str, kind: type | None, fits: Callable[[Any], bool]) -> Any:
    """The last object or list of `kind` that fits and stands in the text and in no other value."""
    faults: list[object] = []
    decoder = json.JSONDecoder(object_pairs_hook=lambda pairs: _object(pairs, faults), parse_constant=faults.append)
    last, at, broken = NOTHING, 0, 0
    while broken <= _MOST_BROKEN and (bracket := _BEGIN.search(text, at)):
        begin = bracket.start()
        faults.clear()
        try:
            value, at = decoder.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            at, broken = max(error.pos, begin + 1), broken + 1
            if at > _WINDOW:  # an error counts the lines up to it
                text, at = text[at:], 0
        except (ValueError, RecursionError):  # a number of thousands of digits, or thousands of brackets
            return NOTHING
        else:
            good = not faults and _is(value, kind) and _encodable(value, text[begin:at]) and fits(value)
            last = value if good else last
    return last if broken <= _MOST_BROKEN else NOTHING


def _is(value: Any, kind: type | None) -> bool:
    return value is not NOTHING and (kind is None or type(value) is kind)


def _encodable(value: Any, text: str) -> bool:
    """Whether the value has no half of a surrogate pair, which only an escape can write."""
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return False
    return True


def _object(pairs: list[tuple[str, Any]], faults: list[object]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        faults.append("two equal keys")
    return made


def _strictly(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    faults: list[object] = []
    made = _object(pairs, faults)
    return _refuse(faults[0]) if faults else made


def _refuse(fault: object) -> NoReturn:
    raise ValueError(fault)


_BLANK = r"[ \t\r\n]*"
#: what begins a value: ``{`` with ``}`` or a whole key and its colon, ``[`` with what a value begins with
_BEGIN = re.compile(rf"""\{{{_BLANK}(?:\}}|"(?:[^"\\]|\\.)*+"{_BLANK}:)|\[{_BLANK}["{{\[\]0-9tfn-]""")
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_DECODER = json.JSONDecoder(object_pairs_hook=_strictly, parse_constant=_refuse)
