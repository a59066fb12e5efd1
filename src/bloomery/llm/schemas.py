"""Whether a value fits a JSON schema; of the standard (2020-12) the part that replies of models are described with.

A library for the whole of it would be six packages for these keywords. What is not among them is refused, so that nothing is
taken for checked that is not: type, enum, const, properties, required, additionalProperties (true or false), items, minItems,
maxItems, minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum, anyOf, and $ref to $defs (what pydantic
writes). Titles, descriptions, defaults and examples are for people.

As the standard says: true is no number, 1.0 is an integer. Not as some libraries: numbers are finite.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

import msgspec

from bloomery.errors import RecipeError
from bloomery.text.json_text import canonical

#: says what is wrong with a value, or None
Check = Callable[[Any], str | None]


def _number(value: Any) -> bool:
    return type(value) is int or (type(value) is float and isfinite(value))


_FOR_PEOPLE = frozenset(
    {"title", "description", "default", "examples", "$schema", "$defs", "$id", "$comment", "deprecated"}
)
_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _number,
    "integer": lambda value: _number(value) and float(value).is_integer(),
}
_BOUNDS: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "minimum": (lambda value, bound: value >= bound, "less than"),
    "maximum": (lambda value, bound: value <= bound, "more than"),
    "exclusiveMinimum": (lambda value, bound: value > bound, "not more than"),
    "exclusiveMaximum": (lambda value, bound: value < bound, "not less than"),
}
_SIZES: dict[str, tuple[type[list[Any]] | type[str], bool, str]] = {
    "minItems": (list, True, "items"),
    "maxItems": (list, False, "items"),
    "minLength": (str, True, "characters"),
    "maxLength": (str, False, "characters"),
}
_SHOWN = 60


def check_of(schema: Mapping[str, Any]) -> Check:
    """What says of a value why it does not fit, or None if it does. RecipeError for a schema with other keywords.

    >>> check = check_of({"type": "object", "properties": {"score": {"type": "integer", "maximum": 5}}, "required": ["score"]})
    >>> check({"score": 4}), check({"score": 7}), check({"score": "4"}), check({})
    (None, 'score is 7, more than 5', 'score is "4", no integer', 'score is missing')
    """
    return _compiled(msgspec.json.encode(schema, order="deterministic"))


@lru_cache(maxsize=64)
def _compiled(schema: bytes) -> Check:
    whole = msgspec.json.decode(schema)
    check = _made(whole, whole.get("$defs", {}), {})
    return lambda value: check(value, "")


_Placed = Callable[[Any, str], str | None]  # a check that is told where the value stands


def _made(schema: Any, known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    """The check of a part of a schema."""
    if schema is True:
        return lambda value, place: None
    if not isinstance(schema, dict):
        raise _refused(f"the schema {schema!r}")
    if other := [name for name in schema if name not in _FOR_PEOPLE and name not in _MAKERS and name != "$ref"]:
        raise _refused(", ".join(other))
    parts = [_MAKERS[name](schema, known, made) for name in _MAKERS if name in schema]
    if "$ref" in schema:
        parts.append(_reference(schema["$ref"], known, made))

    def check(value: Any, place: str) -> str | None:
        for part in parts:
            if said := part(value, place):
                return said
        return None

    return check


def _reference(ref: str, known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    """Of a definition; made once, also where it speaks of itself."""
    name = ref.removeprefix("#/$defs/")
    if name not in known:
        raise _refused(f"a reference to {ref}")
    if name not in made:

        def later(value: Any, place: str) -> str | None:
            return made[name](value, place)

        made[name] = later  # for the definition itself, while it is made
        made[name] = _made(known[name], known, made)
    return made[name]


def _type(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if any(kind not in _TYPES for kind in kinds):
        raise _refused(f"the type {schema['type']!r}")
    return lambda value, place: (
        None if any(_TYPES[kind](value) for kind in kinds) else f"{_at(place, value)}, no {' or '.join(kinds)}"
    )


def _among(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    values = schema["enum"] if "enum" in schema else [schema["const"]]
    spelt = {canonical(one) for one in values}
    told = f"none of {', '.join(map(_shown, values))}"
    return lambda value, place: None if canonical(value) in spelt else f"{_at(place, value)}, {told}"


def _properties(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    checks = {name: _made(one, known, made) for name, one in schema.get("properties", {}).items()}
    others = schema.get("additionalProperties", True)
    if not isinstance(others, bool):
        raise _refused("additionalProperties with a schema")

    def check(value: Any, place: str) -> str | None:
        if not isinstance(value, dict):
            return None
        for name, one in checks.items():
            if name in value and (said := one(value[name], _under(place, name))):
                return said
        extra = [name for name in value if name not in checks]
        return f"{_under(place, extra[0])[:_SHOWN]} is not asked for" if extra and not others else None

    return check


def _required(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    names = schema["required"]

    def check(value: Any, place: str) -> str | None:
        missing = [name for name in names if name not in value] if isinstance(value, dict) else []
        return f"{_under(place, missing[0])} is missing" if missing else None

    return check


def _items(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    each = _made(schema["items"], known, made)

    def check(value: Any, place: str) -> str | None:
        found = (each(one, f"{place}[{k}]") for k, one in enumerate(value)) if isinstance(value, list) else ()
        return next((said for said in found if said), None)

    return check


def _any_of(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
    checks = [_made(one, known, made) for one in schema["anyOf"]]

    def check(value: Any, place: str) -> str | None:
        said = [one(value, place) for one in checks]
        return None if None in said else " or ".join(one for one in said if one)

    return check


def _bound(name: str) -> Callable[..., _Placed]:
    holds, told = _BOUNDS[name]

    def make(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
        bound = schema[name]
        return lambda value, place: (
            f"{_at(place, value)}, {told} {bound}" if _number(value) and not holds(value, bound) else None
        )

    return make


def _size(name: str) -> Callable[..., _Placed]:
    kind, least, unit = _SIZES[name]

    def make(schema: dict[str, Any], known: Mapping[str, Any], made: dict[str, _Placed]) -> _Placed:
        bound = schema[name]

        def check(value: Any, place: str) -> str | None:
            if not isinstance(value, kind) or (len(value) >= bound if least else len(value) <= bound):
                return None
            return f"{place or 'the value'} has {len(value):,} {unit}, {'less' if least else 'more'} than {bound}"

        return check

    return make


_MAKERS: dict[str, Callable[..., _Placed]] = {
    "type": _type,
    "enum": _among,
    "const": _among,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _properties,
    "items": _items,
    "anyOf": _any_of,
    **{name: _bound(name) for name in _BOUNDS},
    **{name: _size(name) for name in _SIZES},
}


def _under(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _at(place: str, value: Any) -> str:
    return f"{place or 'the value'} is {_shown(value)}"


def _shown(value: Any) -> str:
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _refused(what: str) -> RecipeError:
    return RecipeError(
        "The schema of a reply cannot be checked", expected=f"of keywords {', '.join((*_MAKERS, '$ref'))}", found=what
    )
