"""Flags from options: each field of a section's model becomes a flag with its type and its sentence.

An option is written once, in its model; this turns it into ``--name`` with the same description. A flag that is not given
is None, so that it never hides what the recipe says.
"""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import typer

from bloomery.errors import RecipeError
from bloomery.schema import Options


def with_flags(model: type[Options]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command that takes ``options: dict``: it gets one flag per field of `model` instead."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)
        own = [p for name, p in signature.parameters.items() if name != "options"]
        flags = [_flag(name, field) for name, field in model.model_fields.items()]

        def command(**arguments: Any) -> Any:
            given = {name: arguments.pop(name) for name in model.model_fields}
            options = {name: value for name, value in given.items() if value is not None and value != []}
            return function(**arguments, options=options)

        command.__signature__ = inspect.Signature(own + flags)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in own + flags}
        command.__doc__ = function.__doc__
        return command

    return decorate


def _flag(name: str, field: Any) -> inspect.Parameter:
    default = field.get_default(call_default_factory=True)
    shown = "" if default in (None, [], ()) else f" [default: {default}]"
    kind = _plain(field.annotation)
    option = typer.Option(f"--{name.replace('_', '-')}", help=f"{field.description}{shown}", show_default=False)
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _plain(annotation: Any) -> Any:
    """The type a flag can have: str, int, float, bool, or a list of them."""
    if get_origin(annotation) in (list, tuple):
        return list[str]
    for candidate in (annotation, *get_args(annotation)):
        if candidate in (bool, int, float, str):
            return candidate
    return str


def mapping(pairs: list[str] | None, *, flag: str) -> dict[str, str]:
    """``["prompt=question"]`` as a dict. RecipeError on an entry without '='."""
    found = {}
    for pair in pairs or []:
        key, equals, value = pair.partition("=")
        if not equals or not key or not value:
            raise RecipeError(
                f"{flag} {pair} is not a pair", expected=f"{flag} STANDARD=COLUMN, e.g. {flag} prompt=question"
            )
        found[key] = value
    return found


Paths = Annotated[
    list[str] | None, typer.Argument(metavar="PATH...", help="Files, globs or folders; - for standard input.")
]
RecipeFile = Annotated[str | None, typer.Option("--recipe", metavar="FILE", help="Recipe (YAML).")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one option of the recipe, e.g. clean.near.threshold=0.7."),
]
FormatName = Annotated[
    str | None, typer.Option("--format", metavar="NAME", help="Format of the rows; detected if left out.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="STANDARD=NAME", help="Which column plays a role, e.g. prompt=question."),
]
OutFolder = Annotated[str, typer.Option("--out", metavar="DIR", help="New folder for the result.")]
