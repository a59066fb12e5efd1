"""Whether one record can be used, and if not, why: the careful look that a record gets when the quick one fails.

A record must be UTF-8, JSON, an object, nested no deeper than `MAX_DEPTH` (a limit of our own, since that of the decoder
depends on how deep Python's stack is at the moment), and must not name a column twice where that column plays a role (of
the two values one would be lost in silence).
"""

import json
import re
from typing import Any, NamedTuple

import msgspec

from bloomery.formats import lossless
from bloomery.formats.base import Format, Parsed, Record
from bloomery.formats.records import not_utf8
from bloomery.formats.structure import Structure

#: Deepest nesting of arrays and objects, the record itself counted.
MAX_DEPTH = 200
CUT_OFF = "the JSON ends in the middle: the record was cut off"
_MARK = b"\xef\xbb\xbf"
_KEY = re.compile(rb'(?<!\\)"\s*:')
_BYTE = re.compile(r"\(byte (\d+)\)")
_NUMBER = re.compile(rb"-?(?:NaN|Infinity|inf|nan)")
_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}")
_DECODE = msgspec.json.Decoder().decode


class Read(NamedTuple):
    """A usable record: its text (without a stray byte order mark), decoded, and its parts."""

    raw: bytes
    parsed: Parsed


def judge(raw: bytes, form: Format) -> Read | str:
    """The record in `raw` read as `form`, or one sentence on why it cannot be."""
    raw = raw.removeprefix(_MARK)
    record = decode(raw)
    if isinstance(record, str):
        return record
    twice = _twice(raw, record, form)
    return f"duplicate key {twice!r}" if twice is not None else Read(raw, form.parse(record))


def decode(raw: bytes) -> Record | str:
    """The record in `raw`, or one sentence on why it is none."""
    wrong = not_utf8(raw)
    if wrong:
        return wrong
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    try:
        value = _DECODE(raw)
    except msgspec.ValidationError:  # a number too large for Python's floats
        return _lossless(raw)
    except msgspec.DecodeError as error:
        return _explained(raw, str(error))
    except RecursionError:
        return "nested too deeply to be decoded here"
    return value if isinstance(value, dict) else f"{_KINDS[type(value)]}, not a JSON object"


_KINDS = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def _depth(raw: bytes) -> int:
    depth = Structure().scan(raw).depth
    return int(depth.max()) if len(depth) else 0


def _lossless(raw: bytes) -> Record | str:
    try:
        return lossless.loads(raw)
    except ValueError as error:
        return str(error)


def _explained(raw: bytes, message: str) -> str:
    """msgspec's message in words that say what to do."""
    found = _BYTE.search(message)
    at = int(found[1]) if found else len(raw)
    here = raw[at : at + 1]
    if "surrogate" in message or ("truncated" in message and _ends_in_half_a_pair(raw)):
        return "half of a surrogate pair (\\ud800 to \\udfff), which is no character"
    if "truncated" in message:
        return CUT_OFF
    if "trailing characters" in message:
        at -= 1
        several = raw[at:].lstrip(b" \t\r,")[:1] in (b"{", b"[")
        many = "several JSON values on one line: put each on a line of its own, or give the file the ending .json"
        return many if several else f"text after the end of the JSON object, at byte {at}"
    number = _NUMBER.match(raw, max(at - 1, 0)) or _NUMBER.match(raw, at)
    if number:
        return f"{number[0].decode()} is not JSON: write null"
    if here and here[0] < 0x20:
        return f"a raw control character 0x{here[0]:02x} in a string, at byte {at}: write it escaped"
    return f"no valid JSON: {message.removeprefix('JSON is malformed: ')}"


def _ends_in_half_a_pair(raw: bytes) -> bool:
    """msgspec expects the other half, and takes its absence at the end of a record for a cut."""
    return _HALF.search(raw[-32:]) is not None and raw.rstrip().endswith(b"}")


def _twice(raw: bytes, record: Record, form: Format) -> str | None:
    """A key that stands twice in one object: for flat formats a column with a role, else any key."""
    if len(_KEY.findall(raw)) <= _keys(record):
        return None
    twice: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        keys = [key for key, _ in pairs]
        twice.extend(key for key in keys if keys.count(key) > 1)

    json.loads(raw, object_pairs_hook=note, parse_int=str, parse_float=str)
    if form.flat is not None:
        mine = {form.column(name) for name in form.flat}
        twice = [key for key in twice if key in mine]
    return twice[0] if twice else None


def _keys(value: Any) -> int:
    """Keys in `value`, at all depths."""
    if isinstance(value, dict):
        return len(value) + sum(_keys(one) for one in value.values() if isinstance(one, (dict, list)))
    return sum(_keys(one) for one in value if isinstance(one, (dict, list)))
