"""The ops of a recipe as numbered steps."""

from collections.abc import Sequence
from typing import NamedTuple

from bloomery.clean.ops import entry_name
from bloomery.errors import RecipeError
from bloomery.schema import Op

MAX_OPS = 60


class Step(NamedTuple):
    """An op at its place in the recipe; `number` counts from 1."""

    number: int
    name: str
    op: Op


def steps(ops: Sequence[Op]) -> list[Step]:
    """The ops numbered from 1. RecipeError for more than `MAX_OPS`."""
    if len(ops) > MAX_OPS:
        raise RecipeError(f"The recipe has {len(ops)} ops", expected=f"at most {MAX_OPS}")
    return [Step(number, entry_name(op), op) for number, op in enumerate(ops, start=1)]
