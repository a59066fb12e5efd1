"""What records are called: by their column ``id``, or by their numbers."""

import json
from collections.abc import Sequence

from bloomery.errors import DataError
from bloomery.formats.base import Record


def ids(numbered: Sequence[tuple[str, Record]], where: str) -> list[str]:
    """The ids of records: those of the column ``id``, or where no record has one their numbers.

    Raises DataError where only some have one, where one is no text or number, and where one stands twice.
    """
    found = [record.get("id") for _, record in numbered]
    if all(one is None for one in found):
        return [number for number, _ in numbered]
    for (number, _), one in zip(numbered, found, strict=True):
        if not isinstance(one, str | int | float) or isinstance(one, bool):
            raise DataError(
                f"Not every row of {where} has an id",
                expected="a text or a number in the column id of each row, or in none",
                found=f"{'none' if one is None else json.dumps(one, ensure_ascii=False)} in row {number}"[:200],
            )
    told = [str(one) for one in found]
    if len(set(told)) < len(told):
        seen: set[str] = set()
        twice = next(one for one in told if one in seen or seen.add(one))  # type: ignore[func-returns-value]
        raise DataError(
            f"An id stands more than once in {where}",
            expected="each id once",
            found=f"'{twice[:80]}' {told.count(twice)} times",
            next="Keep one row of each id: what is scored twice would count twice",
        )
    return told
