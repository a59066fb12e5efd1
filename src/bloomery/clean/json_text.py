r"""JSON text as its readers see it, with the way back.

Searched raw, the escape in ``"\nbob@acme.com"`` gives its letter to the address, and the replacement leaves a lone
backslash. So strings are unescaped into a *view*, personal data is found there, and positions lead back. In the view
quotes, braces and keys stand where they stood, so what labels a value ("phone": ...) still does.
"""

import re
from typing import NamedTuple

import msgspec

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"')
_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


OUTSIDE, VALUE, KEY = 0, 1, 2
_COLON = re.compile(r"\s*:")


class JsonView(NamedTuple):
    """The view; for each of its characters, and for its end, the position in the raw text; and where each stands."""

    text: str
    raw: list[int]
    place: bytearray  # OUTSIDE of strings, in a VALUE, or in a KEY


def is_json(text: str) -> bool:
    """Whether `text` is a JSON object or array.

    >>> is_json('{"a": 1}'), is_json("{a}"), is_json("12")
    (True, False, False)
    """
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError):
        return False
    return True


def json_view(raw: str) -> JsonView | None:
    r"""The view of a JSON object or array; None where `raw` is anything else.

    >>> view = json_view(r'{"to": "\u0041\n"}')
    >>> view.text, view.raw[8:11], view.place[8]
    ('{"to": "A\n"}', [8, 14, 16], 1)
    """
    if not is_json(raw):
        return None
    view = JsonView("", [], bytearray())
    pieces: list[str] = []
    at = 0
    for string in _STRING.finditer(raw):
        start, end = string.start() + 1, string.end() - 1
        pieces += _copied(view, raw, at, start, OUTSIDE)
        pieces += _unescaped(view, raw, start, end, KEY if _COLON.match(raw, end + 1) else VALUE)
        at = end
    pieces += _copied(view, raw, at, len(raw), OUTSIDE)
    view.raw.append(len(raw))
    return view._replace(text="".join(pieces))


def _copied(view: JsonView, raw: str, start: int, end: int, place: int) -> list[str]:
    view.raw.extend(range(start, end))
    view.place.extend([place] * (end - start))
    return [raw[start:end]]


def _unescaped(view: JsonView, raw: str, start: int, end: int, place: int) -> list[str]:
    pieces: list[str] = []
    for escape in _ESCAPE.finditer(raw, start, end):
        pieces += _copied(view, raw, start, escape.start(), place)
        pieces.append(_character(escape.group()))
        view.raw.append(escape.start())
        view.place.append(place)
        start = escape.end()
    return pieces + _copied(view, raw, start, end, place)


def _character(escape: str) -> str:
    if escape[1] != "u":
        return _SIMPLE.get(escape[1], escape[1])
    return msgspec.json.decode(f'"{escape}"', type=str)
