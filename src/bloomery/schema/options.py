"""The base of every recipe section and op: frozen, and an unknown key is an error."""

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema

from bloomery.errors import RecipeError, nearest


class Options(BaseModel):
    """Options written once: type, bounds, default and, as a string below the field, one sentence.

    The recipe, the flags, ``--help``, the docs and the JSON schema all derive from these fields. The sentences are read
    from the source when somebody asks for them: to do it for each class when it is made would take a tenth of a second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def model_sentences(cls) -> dict[str, str]:
        """What each option is for, by name; "" where nothing is written below it.

        >>> from pydantic import Field
        >>> class Near(Options):
        ...     threshold: float = Field(default=0.8, description="Least similarity.")
        >>> Near.model_sentences()
        {'threshold': 'Least similarity.'}
        """
        written = {name: said for base in reversed(cls.__mro__) for name, said in _written_in(base).items()}
        return {name: field.description or written.get(name, "") for name, field in cls.model_fields.items()}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The JSON schema with the sentences in it."""
        found = handler(core)
        said = cls.model_sentences()
        for name, option in handler.resolve_ref_schema(found).get("properties", {}).items():
            if said.get(name):
                option.setdefault("description", said[name])
        return found


@cache
def _written_in(cls: type) -> dict[str, str]:
    """The strings below the annotated names of a class."""
    if not issubclass(cls, Options) or cls is Options:
        return {}
    try:
        body = ast.parse(dedent(inspect.getsource(cls))).body[0]
    except (OSError, TypeError, SyntaxError):  # typed in, not written to a file
        return {}
    assert isinstance(body, ast.ClassDef)
    return {
        place.target.id: inspect.cleandoc(said.value.value)
        for place, said in pairwise(body.body)
        if isinstance(place, ast.AnnAssign)
        and isinstance(place.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
        and isinstance(said.value.value, str)
    }


class JsonSchema:
    """In an ``Annotated``: the JSON schema that `make` makes when it is asked for."""

    def __init__(self, make: Callable[[], dict[str, Any]]) -> None:
        self.make = make

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """What `make` makes."""
        del core, handler
        return self.make()


def without_references(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its ``$defs`` in their places, so that it can stand inside of another one."""
    parts = schema.pop("$defs", {})

    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix("#/$defs/")
            return placed(parts[name]) if name in parts else {key: placed(one) for key, one in value.items()}
        return [placed(one) for one in value] if isinstance(value, list) else value

    found: dict[str, Any] = placed(schema)
    return found


T = TypeVar("T", bound=Options)
Place = tuple[int | str, ...]


def _nothing(place: Place) -> Iterable[str]:
    del place
    return ()


def complaints(error: ValidationError, known: Callable[[Place], Iterable[str]] = _nothing) -> str:
    """What is wrong with which option, in words; `known` tells the keys that there are at a place.

    >>> from pydantic import Field
    >>> class Near(Options):
    ...     threshold: float = Field(default=0.8, le=1)
    >>> try:
    ...     Near(threshold=7, treshold=1)
    ... except ValidationError as error:
    ...     print(complaints(error, known=lambda place: Near.model_fields))
    threshold should be less than or equal to 1 (it is 7); unknown key 'treshold' (did you mean 'threshold'?)
    """
    return "; ".join(_complaints(error, known))


def checked_options(kind: type[T], given: Mapping[str, Any]) -> T:
    """Options of this kind; RecipeError for what they cannot be."""
    try:
        return kind(**given)
    except ValidationError as error:
        raise RecipeError(
            "The options cannot be used",
            expected=f"options among {', '.join(kind.model_fields)}",
            found=complaints(error),
            next="Change or remove what was found",
        ) from None


def _complaints(error: ValidationError, known: Callable[[Place], Iterable[str]]) -> Iterator[str]:
    for one in error.errors():
        place = ".".join(map(str, one["loc"]))
        if one["type"] == "extra_forbidden":
            near = nearest(str(one["loc"][-1]), known(one["loc"][:-1]))
            yield f"unknown key '{place}'" + (f" (did you mean '{near}'?)" if near else "")
        elif one["type"] == "missing":
            yield f"{place} is missing"
        elif one["type"] == "value_error":
            said = one["msg"].removeprefix("Value error, ")
            yield said if said.startswith(place.rpartition(".")[2]) else f"{place}: {said}"
        else:
            said = one["msg"].replace("Input should be", "should be").replace("a valid tuple", "a list")
            near = nearest(str(one["input"]), _choices(one)) if one["type"] == "literal_error" else None
            meant = f"; did you mean '{near}'?" if near else ""
            yield f"{place} {said} (it is {_short(one['input'])}{meant})"


def _choices(one: Any) -> list[str]:
    """The words that a literal can be, of an error that says ``'a', 'b' or 'c'``."""
    return re.findall("'([^']+)'", one["ctx"]["expected"])


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
