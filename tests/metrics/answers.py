"""Frames of answers for the tests of metrics."""

from collections.abc import Sequence

import polars as pl


def answers(predictions: Sequence[str | None], references: Sequence[str | Sequence[str]]) -> pl.DataFrame:
    """A frame of answers; a reference that is one string is the only one."""
    return pl.DataFrame(
        {
            "item": [f"test:{number}" for number in range(1, len(predictions) + 1)],
            "prediction": list(predictions),
            "references": [[one] if isinstance(one, str) else list(one) for one in references],
            "state": ["answered"] * len(predictions),
        },
        schema_overrides={"prediction": pl.String, "references": pl.List(pl.String)},
    )
