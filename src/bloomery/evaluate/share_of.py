"""Shares that were given in per cent, or below 0."""

from collections.abc import Mapping, Sequence
from typing import Any

from bloomery.errors import RecipeError


def check_shares(options: Mapping[str, Any], names: Sequence[str]) -> None:
    """RecipeError for one of these options that was given in per cent, or with a sign."""
    for name in names:
        value = options.get(name)
        if not isinstance(value, int | float):
            continue
        if 1 < value <= 100:
            raise RecipeError(
                f"{name} is a share",
                expected="a number between 0 and 1",
                found=f"{value:g}",
                next=f"If {value:g} % is meant, say --{name} {value / 100:g}",
            )
        if name == "drop" and -1 < value < 0:
            raise RecipeError(
                "drop is how far down, without a sign",
                expected="a number between 0 and 1",
                found=f"{value:g}",
                next=f"Say --drop {-value:g}",
            )
