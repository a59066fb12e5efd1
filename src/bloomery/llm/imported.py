"""Predictions that were made elsewhere, by the id of the item: ``{"id": "7", "prediction": "Paris"}`` a line.

They have no repeats: what is asked with another repeat than 0 is not recorded. A prediction that is no text (a number, an
object) is its JSON text; null is none.
"""

from pathlib import Path
from typing import Any

import msgspec

from bloomery.errors import DataError
from bloomery.llm.options import ModelOptions
from bloomery.llm.recorded import item_of, lines_of
from bloomery.llm.replay import Replay

_WANTED = '{"id": "7", "prediction": "Paris"}'


def imported(name: str, path: str | Path, *, family: str | None = None, options: ModelOptions | None = None) -> Replay:
    """The predictions of a file as a model. Raises DataError if it cannot be read, or has none."""
    found = lines_of(Path(path), _WANTED)
    if not any("prediction" in row for row in found.rows):
        raise DataError(
            f"{path} has no predictions", expected=f"lines such as {_WANTED}", found="none with 'prediction'"
        )
    rows = [
        {"item": item_of(row, "id", Path(path), _WANTED), "text": _text(row.get("prediction"))} for row in found.rows
    ]
    return Replay(name, rows, family=family, digest=found.digest, options=options)


def _text(prediction: Any) -> str | None:
    if prediction is None or isinstance(prediction, str):
        return prediction
    return msgspec.json.encode(prediction).decode()
