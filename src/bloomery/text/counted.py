"""Numbers with what they count, as a person would write them."""


def counted(number: int, one: str, many: str | None = None) -> str:
    """`number` with the words for one or for many of them (`one` with an s, if not given).

    >>> counted(1, "row"), counted(1234, "row"), counted(0, "row has", "rows have")
    ('1 row', '1,234 rows', '0 rows have')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
