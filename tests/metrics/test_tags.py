"""Spans of tags against seqeval's strict mode, on any sequences and on data in two schemes."""

from collections.abc import Sequence
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval import scheme as seqeval

from bloomery.metrics.tags import Scheme, sequences, spans

SCHEMES = {"IOB2": "BI", "IOB1": "BI", "IOBES": "BIES", "BILOU": "BILU"}


def found(tags: Sequence[Sequence[str]], scheme: Scheme) -> list[tuple[int, int, int, str]]:
    frame, valid = spans(pl.Series(list(tags), dtype=pl.List(pl.String)), scheme)
    assert valid.all()
    return frame.rows()


def tags_of(scheme: str) -> st.SearchStrategy[list[list[str]]]:
    tags = ["O", *(f"{letter}-{kind}" for letter in SCHEMES[scheme] for kind in ("X", "LONG-Y"))]
    return st.lists(st.lists(st.sampled_from(tags), max_size=9), max_size=5)


def parted_from_nothing(tags: list[str]) -> bool:
    """Under IOB1 a B right after a B of another type parts nothing; seqeval then drops the first of the two."""
    return any(a[0] == b[0] == "B" and a != b for a, b in pairwise(tags))


@pytest.mark.parametrize("scheme", SCHEMES)
@given(data=st.data())
def test_equals_seqeval_strict(scheme: str, data: st.DataObject) -> None:
    sentences = data.draw(tags_of(scheme))
    if scheme == "IOB1":
        sentences = [tags for tags in sentences if not parted_from_nothing(tags)]
    expected = seqeval.Entities(sentences, getattr(seqeval, scheme)).entities
    own = [(one.sent_id, one.start, one.end, one.tag) for sentence in expected for one in sentence]
    assert found(sentences, scheme) == own


def test_what_each_scheme_says_about_the_same_tags() -> None:
    tags = [["I-PER", "I-PER", "B-PER", "O", "I-LOC"]]
    assert found(tags, "IOB1") == [(0, 0, 2, "PER"), (0, 2, 3, "PER"), (0, 4, 5, "LOC")]
    assert found(tags, "IOB2") == [(0, 2, 3, "PER")]
    assert found([["B-PER", "E-PER", "S-PER", "B-PER", "E-LOC", "E-LOC"]], "IOBES") == [
        (0, 0, 2, "PER"),
        (0, 2, 3, "PER"),
    ]
    assert found([["B-PER", "L-PER", "U-PER"]], "BILOU") == [(0, 0, 2, "PER"), (0, 2, 3, "PER")]


def test_an_entity_does_not_reach_into_the_next_sentence() -> None:
    assert found([["O", "B-X"], [], ["I-X"], ["B-X", "I-X"]], "IOB2") == [(0, 1, 2, "X"), (3, 0, 2, "X")]


def test_a_tag_that_is_not_of_the_scheme_makes_the_sequence_unreadable() -> None:
    told = [["B-X", "E-X"], ["B-"], ["b-X"], ["X"], ["PER-B"], ["O", None], None, ["B-X"], ["O"], []]
    frame, valid = spans(pl.Series(told, dtype=pl.List(pl.String)), "IOB2")
    assert valid.to_list() == [False] * 7 + [True] * 3
    assert frame.rows() == [(7, 0, 1, "X")]


def test_tags_as_text() -> None:
    texts = pl.Series([" O\tB-X \nO", '["O","B-X"]', "[O]", '[["O"]]', None, '["O"] or so'])
    assert sequences(texts).to_list() == [["O", "B-X", "O"], ["O", "B-X"], None, None, [], None]
    assert sequences(pl.Series([["O"]])).to_list() == [["O"]]
