"""JSON records that come out as they went in.

Python reads ``1.50`` as a float and writes ``1.5``; a 20-digit decimal loses digits; of two equal keys the last one wins
without a word. A row that an op edits is decoded here, changed in one text, and encoded again, so everything around that
text must survive:

- a number is kept as a `Number`, its literal (``1.50``, ``1E5``, ``-0``), and is written as that literal;
- key order is kept; a key that stands twice in one object is an error that names it;
- strings are written as UTF-8, compact, with only the escapes JSON demands.

So ``dumps(loads(x))`` is `x` without its insignificant white space, whenever `x` uses no optional escapes.

Formats must show the same text whether a record was decoded here or by msgspec (which is how rows are read): `canonical`
prints numbers as msgspec would, and `merge` puts an edited JSON text back without touching the literals it did not change.
"""

import json
import math
from typing import Any, NoReturn

import msgspec

from bloomery.formats.base import Record


class Number:
    """A JSON number as it was written. Equal when the literals are equal.

    >>> str(Number("1.50")), repr(Number("1.50")), int(Number("12"))
    ('1.5', 'Number(1.50)', 12)
    """

    __slots__ = ("literal",)

    def __init__(self, literal: str) -> None:
        self.literal = literal

    def plain(self) -> int | float | None:
        """The Python number msgspec would have read, or None where it cannot be held (``1e999``)."""
        try:
            number = float(self.literal) if set(self.literal) & set(".eE") else int(self.literal)
        except ValueError:  # more digits than Python converts
            return None
        return number if isinstance(number, int) or math.isfinite(number) else None

    def __int__(self) -> int:
        return int(self.literal)

    def __float__(self) -> float:
        return float(self.literal)

    def __str__(self) -> str:
        plain = self.plain()
        return self.literal if plain is None else msgspec.json.encode(plain).decode()

    def __repr__(self) -> str:
        return f"Number({self.literal})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.literal == other.literal

    def __hash__(self) -> int:
        return hash(self.literal)


def loads(raw: bytes) -> Record:
    """The record in `raw` (UTF-8 JSON, one object), numbers as `Number`.

    ValueError, one sentence, for anything else: no JSON, no object, a key that stands twice, NaN, a lone surrogate,
    nesting deeper than Python's recursion limit.
    """
    record = loads_value(raw.decode("utf-8"))
    if not isinstance(record, dict):
        raise ValueError(f"a row must be a JSON object, not {_kind(record)}")  # noqa: TRY004
    return record


def loads_value(text: str) -> Any:
    """As `loads`, for any JSON value."""
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    if "\\u" in text:
        _refuse_surrogates(text, value)
    return value


def dumps(record: Any) -> bytes:
    """A record, or any value in one, as compact UTF-8 JSON; a `Number` is written as its literal."""
    return msgspec.json.encode(record, enc_hook=_literal)


def canonical(value: Any) -> str:
    """`value` as compact JSON text with numbers printed as msgspec reads them.

    >>> canonical({"a": Number("1.50")}) == canonical({"a": 1.5}) == '{"a":1.5}'
    True
    """
    return msgspec.json.encode(value, enc_hook=_number).decode()


def merge(old: Any, new: Any) -> Any:
    """`new`, with every part of it that equals its place in `old` taken from `old`, literals and all.

    >>> merge({"a": Number("1.50"), "b": "x"}, {"a": Number("1.5"), "b": "y"})
    {'a': Number(1.50), 'b': 'y'}
    """
    if canonical(old) == canonical(new):
        return old
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: merge(old[key], value) if key in old else value for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [merge(before, after) for before, after in zip(old, new, strict=True)]
    return new


def _literal(value: object) -> msgspec.Raw:
    if isinstance(value, Number):
        return msgspec.Raw(value.literal.encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


def _number(value: object) -> int | float | msgspec.Raw:
    plain = value.plain() if isinstance(value, Number) else None
    return _literal(value) if plain is None else plain


def _object(pairs: list[tuple[str, Any]]) -> Record:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return record


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_surrogates(text: str, value: Any) -> None:
    try:
        dumps(value)
    except UnicodeEncodeError:
        raise ValueError("a string holds half of a surrogate pair") from None


def _kind(value: object) -> str:
    names = {list: "an array", str: "a string", Number: "a number", bool: "true or false", type(None): "null"}
    return names[type(value)]


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_constant, strict=True
)
