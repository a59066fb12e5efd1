"""Exact match, against a loop over rows."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import DataError
from bloomery.metrics.exact_match import ExactMatch
from bloomery.text.normalise import key
from tests.metrics.rows import answers

WORDS = st.sampled_from(["a", "A", " a ", "ａ", "b", "", "a\u200b", "straße", "STRASSE", "2²", "22", "\x00"])


@settings(max_examples=50)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=8))
def test_as_a_loop_over_rows(rows: list[tuple[str, list[str]]]) -> None:
    said, wanted = zip(*rows, strict=True)
    hits = [float(any(key(pl.Series([s]))[0] == key(pl.Series([w]))[0] for w in ws)) for s, ws in rows]
    metric = ExactMatch()
    items = metric.items(answers(said, wanted))
    assert items["score"].to_list() == hits
    assert metric.total(items) == {"exact_match": pytest.approx(sum(hits) / len(hits), abs=1e-12)}


def test_ragged_multi_references_are_all_looked_at() -> None:
    """CASES: references cut by zip lose the second one of every row."""
    items = ExactMatch().items(answers(["b", "c", "d"], [["a", "b"], ["c"], ["x", "y", "d"]]))
    assert items["score"].to_list() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("none", [[], [None]])
def test_an_empty_answer_does_not_equal_a_reference_that_is_not_there(none: list[None]) -> None:
    with pytest.raises(DataError, match="1 of 2 test rows have no reference.*item '1'"):
        ExactMatch().items(answers(["a", ""], [["a"], none]))


def test_a_reference_of_null_beside_another_is_passed_over() -> None:
    assert ExactMatch().items(answers(["", "b"], [[None, "a"], ["b", None]]))["score"].to_list() == [0.0, 1.0]  # type: ignore[list-item]
