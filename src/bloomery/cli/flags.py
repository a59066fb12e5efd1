"""Flags from options: each field of a section's model becomes a flag with its type and its sentence.

An option is written once, in its model; this turns it into ``--name`` with the same description. A flag that is not given
is None, so that it never hides what the recipe says. The flags that say how to read input are written once too, here.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import typer

from bloomery.errors import RecipeError
from bloomery.formats.detect import names
from bloomery.formats.sniff import CONTAINERS
from bloomery.schema import Options


def with_flags(model: type[Options], *, but: Sequence[str] = ()) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command that takes ``options: dict``: it gets one flag per field of `model` instead, those in `but` aside.

    Its ``--set`` shows the first of these options that has a value of its own.
    """
    said = model.model_sentences()
    flags = [_flag(name, field, said[name]) for name, field in model.model_fields.items() if name not in but]
    flagged = _in_place_of("options", flags, lambda given: {k: v for k, v in given.items() if v not in (None, [])})
    fields = [(name, field) for name, field in model.model_fields.items() if name not in but]
    name, field = next((one for one in fields if one[1].default not in (None, (), [])), fields[0])
    return lambda function: _with_sets(flagged(function), f"{model.__name__.lower()}.{name}={field.default}")


def with_reading(*sides: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a command that takes ``reading: dict``: it gets the flags that say how to read what is given.

    Where a verb reads two `sides`, such as train and test, each has flags of its own: ``--train-format``.
    """
    prefixes = [f"{side}_" for side in sides] or [""]
    flags = [_reading_flag(prefix, name) for prefix in prefixes for name in _READING]

    def collect(given: dict[str, Any]) -> dict[str, Any]:
        for prefix in prefixes:
            pairs = given.pop(f"{prefix}column")
            given[f"{prefix}columns"] = mapping(pairs, flag=f"--{prefix.replace('_', '-')}column")
        return given

    return _in_place_of("reading", flags, collect)


def _with_sets(command: Callable[..., Any], example: str) -> Callable[..., Any]:
    """`command` whose ``--set`` shows `example`."""
    parameters = inspect.signature(command).parameters.values()
    shown = [p.replace(annotation=_sets(example)) if p.name == "set_" else p for p in parameters]
    command.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in shown}
    return command


def _sets(example: str) -> Any:
    option = typer.Option("--set", metavar="KEY=VALUE", help=f"Change one option of the recipe, e.g. {example}.")
    return Annotated[list[str] | None, option]


def _in_place_of(
    taken: str, flags: list[inspect.Parameter], collect: Callable[[dict[str, Any]], dict[str, Any]]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Replace the parameter `taken` of a command by `flags`; it gets what `collect` makes of them, by name."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = list(inspect.signature(function).parameters.values())
        place = next(k for k, parameter in enumerate(own) if parameter.name == taken)
        all_flags = [*own[:place], *flags, *own[place + 1 :]]

        def command(**arguments: Any) -> Any:
            given = {flag.name: arguments.pop(flag.name) for flag in flags}
            return function(**arguments, **{taken: collect(given)})

        command.__signature__ = inspect.Signature(all_flags)  # type: ignore[attr-defined]
        command.__annotations__ = {flag.name: flag.annotation for flag in all_flags}
        command.__doc__ = function.__doc__
        return command

    return decorate


def _flag(name: str, field: Any, sentence: str) -> inspect.Parameter:
    default = field.get_default(call_default_factory=True)
    shown = "" if default in (None, [], ()) else f" [default: {default}]"
    kind = _plain(field.annotation)
    literal = [a for a in (field.annotation, *get_args(field.annotation)) if get_origin(a) is Literal]
    choices = get_args(literal[0]) if literal else ()
    metavar = "|".join(choices) or ("VALUE" if kind == list[str] else None)
    again = " May be given again." if kind == list[str] else ""
    text = f"{sentence}{again}{shown}"
    return _parameter(
        name, kind, typer.Option(f"--{name.replace('_', '-')}", metavar=metavar, help=text, show_default=False)
    )


def _reading_flag(prefix: str, name: str) -> inspect.Parameter:
    kind, metavar, text = _READING[name]
    said = f"{prefix.rstrip('_').capitalize()} data: {text[0].lower()}{text[1:]}." if prefix else f"{text}."
    option = typer.Option(f"--{prefix.replace('_', '-')}{name}", metavar=metavar, help=said)
    return _parameter(prefix + name, kind, option)


def _parameter(name: str, kind: Any, option: Any) -> inspect.Parameter:
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
    list[str] | None, typer.Argument(metavar="PATH", help="Files, globs or folders; - for standard input.")
]
RecipeFile = Annotated[str | None, typer.Option("--recipe", metavar="FILE", help="Recipe (YAML).")]
if TYPE_CHECKING:
    Sets = list[str] | None
else:
    Sets = _sets("clean.near.threshold=0.7")
#: how to read what is given: the type, what stands for the value, and what it says
_READING: dict[str, tuple[Any, str, str]] = {
    "format": (str, "NAME", f"Format of the rows: {', '.join(names())}; detected if left out"),
    "column": (list[str], "STANDARD=NAME", "Which column plays a role, e.g. prompt=question"),
    "encoding": (str, "NAME", "Text encoding, e.g. latin-1; utf-8 if left out, and a byte order mark overrules it"),
    "container": (str, "NAME", f"Kind of file: {', '.join(CONTAINERS)}; told from name and first bytes if left out"),
}
OutFolder = Annotated[str, typer.Option("--out", metavar="DIR", help="New folder for the result.")]
Replace = Annotated[bool, typer.Option("--replace", help="Run again in the place of a finished run.")]
