"""The base of every recipe section and op: frozen, and an unknown key is an error."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bloomery.errors import nearest


class Options(BaseModel):
    """Options written once: type, bounds, default and one sentence (``Field(description=...)``).

    The recipe, the flags, ``--help``, the docs and the JSON schema all derive from these fields.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)


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
