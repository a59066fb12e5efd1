"""Prompts: text files beside the rubrics, with ``{names}`` of what is filled in."""

import re
from collections.abc import Mapping
from importlib.resources import files

from bloomery.errors import RecipeError

_NAME = re.compile(r"\{([a-z_]+)\}")
_HERE = files("bloomery.judge")


def packaged(folder: str, name: str) -> str:
    """The text of a file that is part of the package."""
    return (_HERE / folder / name).read_text(encoding="utf-8")


def names_in(template: str) -> list[str]:
    """The names that a template asks for, in order.

    >>> names_in("{dialogue} is judged by {criteria}")
    ['dialogue', 'criteria']
    """
    return list(dict.fromkeys(_NAME.findall(template)))


def filled(template: str, parts: Mapping[str, str]) -> str:
    """`template` with its names filled in, in one pass: a judged text that holds ``{criteria}`` keeps it.

    Raises RecipeError for a name that nothing can be put in for.

    >>> filled("{answer} / {mark}", {"answer": "{mark}", "mark": "9f"})
    '{mark} / 9f'
    """
    unknown = [name for name in names_in(template) if name not in parts]
    if unknown:
        raise RecipeError(
            f"A prompt asks for {{{unknown[0]}}}",
            expected="names among " + ", ".join(f"{{{name}}}" for name in parts),
            next="Write it without braces, or correct it",
        )
    return _NAME.sub(lambda found: parts[found[1]], template)
