"""What callers give, as verbs take it: paths, how to read them, models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bloomery.errors import UsageError
from bloomery.formats.source import Source
from bloomery.recipe import Recipe, load

PathLike = str | Path
Paths = PathLike | Sequence[PathLike]


def with_models(
    recipe: PathLike | None, sets: Sequence[str], models: Mapping[str, Any] | None, sections: dict[str, Any]
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with further `models`, and those of them that can be asked as they are."""
    given = dict(models or {})
    ready = {name: one for name, one in given.items() if hasattr(one, "identity")}
    named = {name: one for name, one in given.items() if name not in ready}
    return load(recipe, sets=sets, models=named or None, **sections), ready


def paths_of(paths: Paths) -> list[str]:
    """One path or several, as a list of texts."""
    return [str(paths)] if isinstance(paths, str | Path) else [str(path) for path in paths]


def read_as_of(**given: Any) -> dict[str, Any]:
    """What was said about how to read, without what was not."""
    return {name: value for name, value in given.items() if value}


def sources_of(paths: Paths | None, read_as: dict[str, Any]) -> list[Source]:
    """The sources of `paths`, all read the same way. UsageError if there is something to say about none."""
    if paths is None and read_as:
        flags = {"columns": "--column"}
        raise UsageError(
            f"There is no path that {flags.get(name := next(iter(read_as)), f'--{name}')} could be about",
            expected="paths beside it",
            found="none",
            next=f"Name the files, or write `{name}:` beside the path in the recipe",
        )
    return [Source(path=path, **read_as) for path in paths_of(paths)] if paths is not None else []
