"""Messages count in words that fit: one row, two rows."""

import pytest

from bloomery.text.counted import counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000_000, "1,000,000 rows")]
)
def test_one_is_one(number: int, words: str) -> None:
    assert counted(number, "row") == words


def test_an_irregular_plural_is_given() -> None:
    assert [counted(n, "row has", "rows have") for n in (1, 2)] == ["1 row has", "2 rows have"]
