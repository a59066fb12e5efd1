"""The base of every recipe section and op: frozen, and an unknown key is an error."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class Options(BaseModel):
    """Options written once: type, bounds, default and one sentence (``Field(description=...)``).

    The recipe, the flags, ``--help``, the docs and the JSON schema all derive from these fields.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, use_attribute_docstrings=True)


def complaints(error: ValidationError) -> str:
    """What is wrong with which option, in words.

    >>> from pydantic import Field
    >>> class Near(Options):
    ...     threshold: float = Field(default=0.8, le=1)
    >>> try:
    ...     Near(threshold=7, treshold=1)
    ... except ValidationError as error:
    ...     print(complaints(error))
    threshold should be less than or equal to 1 (it is 7); unknown key 'treshold'
    """
    return "; ".join(_complaints(error))


def _complaints(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        place = ".".join(map(str, one["loc"]))
        if one["type"] == "extra_forbidden":
            yield f"unknown key '{place}'"
        elif one["type"] == "missing":
            yield f"{place} is missing"
        elif one["type"] == "value_error":
            said = one["msg"].removeprefix("Value error, ")
            yield said if said.startswith(place.rpartition(".")[2]) else f"{place}: {said}"
        else:
            said = one["msg"].replace("Input should be", "should be").replace("a valid tuple", "a list")
            yield f"{place} {said} (it is {_short(one['input'])})"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
