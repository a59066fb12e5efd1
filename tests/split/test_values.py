import pytest

from bloomery.errors import DataError
from bloomery.split.values import DECODER, Column, group, labels, look, seconds


def test_a_number_and_a_string_that_look_alike_are_different_groups() -> None:
    record = DECODER.decode(b'{"a": "7", "b": 7, "c": "007", "d": 1.50, "e": 1.5, "f": "1.5", "g": true, "h": "true"}')
    assert len({group(value, "x", "f:1") for value in record.values()}) == len(record)


def test_groups_beyond_64_bits_stay_apart() -> None:
    one, other = (DECODER.decode(b'{"a": 12345678901234567890123%d}' % digit)["a"] for digit in (4, 5))
    assert group(one, "a", "f:1") != group(other, "a", "f:2")


def test_a_dotted_name_is_a_column_before_it_is_a_path() -> None:
    assert look({"a.b": 1, "a": {"b": 2}}, "a.b") == (True, 1)
    assert look({"a": {"b": 2}}, "a.b") == (True, 2)
    assert look({"a": None}, "a.b") == (False, None)
    assert look({"a": None}, "a") == (True, None)


def test_a_missing_column_names_those_that_exist() -> None:
    column = Column("user", "group")
    column.read({"text": "x", "label": "y"})
    with pytest.raises(DataError, match=r"No row has the column 'user'.*text, label"):
        column.check()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, float("-inf")),
        (1_700_000_000, 1.7e9),
        ("1700000000", 1.7e9),
        ("1970-01-01T00:00:10Z", 10.0),
        ("1970-01-02", 86_400.0),
    ],
)
def test_times(value: object, expected: float) -> None:
    assert seconds(value, "at", "f:1") == expected


@pytest.mark.parametrize("value", ["next Tuesday", True, "nan", "31.12.2025"])
def test_what_is_no_time_is_an_error_with_the_row(value: object) -> None:
    with pytest.raises(DataError, match="Row f:9 has no time in column 'at'"):
        seconds(value, "at", "f:9")


def test_an_object_is_no_label() -> None:
    with pytest.raises(DataError, match="holds an object in row f:3"):
        labels({"a": 1}, "meta", "f:3")
