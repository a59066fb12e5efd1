from bloomery.profile.columns import MOST_COLUMNS, columns
from bloomery.profile.result import Column


def test_a_column_that_is_a_list_in_one_row_and_a_string_in_the_next():
    assert columns([b'{"a": ["x"]}', b'{"a": "x"}']) == [Column("a", {"list": 0.5, "string": 0.5}, 0.0)]


def test_missing_counts_null_and_not_there():
    [_, note] = columns([b'{"a": 1, "note": "x"}', b'{"a": 1, "note": null}', b'{"a": 1}', b'{"a": 1}'])
    assert note == Column("note", {"string": 0.25}, 0.75)


def test_a_column_of_nulls_is_a_column():
    assert columns([b'{"a": null}']) == [Column("a", {}, 1.0)]


def test_true_is_a_boolean_and_a_big_number_an_integer():
    assert columns([b'{"a": true, "b": 123456789012345678901234567890}']) == [
        Column("a", {"boolean": 1.0}, 0.0),
        Column("b", {"integer": 1.0}, 0.0),
    ]


def test_keys_without_end_are_bounded():
    rows = [b'{"k%d": 1}' % i for i in range(MOST_COLUMNS + 50)]
    assert len(columns(rows)) == MOST_COLUMNS


def test_no_rows_no_columns():
    assert columns([]) == []
