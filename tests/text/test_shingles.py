import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.text.shingles import ngrams, shingles
from bloomery.text.tokens import Ragged, tokens, words
from tests.reference import shingles as slow_shingles

TEXTS = st.lists(st.text(st.sampled_from("ab \n"), max_size=12), min_size=1, max_size=10)


def sets(*texts: str, width: int = 3) -> Ragged:
    return shingles(tokens(pl.Series(list(texts))), width)


def test_texts_shorter_than_the_width_are_one_shingle() -> None:
    found = sets("yes", "no", "yes!", "yes no", "", "no yes")
    assert np.diff(found.offsets).tolist() == [1, 1, 1, 1, 0, 1]
    assert found.row(0).tolist() == found.row(2).tolist()
    assert len(set(found.values.tolist())) == 4


def test_a_short_text_is_not_the_start_of_a_long_one() -> None:
    found = sets("a b", "a b c")
    assert not set(found.row(0).tolist()) & set(found.row(1).tolist())


def test_word_order_matters() -> None:
    found = sets("A beats B", "B beats A")
    assert found.row(0).tolist() != found.row(1).tolist()


def test_ngrams_keep_order_and_repeats_and_leave_short_texts_out() -> None:
    found = ngrams(tokens(pl.Series(["a b a b", "a"])), 2)
    assert np.diff(found.offsets).tolist() == [3, 0]
    assert found.values[0] == found.values[2] != found.values[1]


@pytest.mark.parametrize("width", [1, 2, 3, 5])
@settings(deadline=None)
@given(texts=TEXTS)
def test_as_many_and_as_equal_as_the_reference(width: int, texts: list[str]) -> None:
    found = sets(*texts, width=width)
    slow = [slow_shingles(words(text), width) for text in texts]
    assert np.diff(found.offsets).tolist() == [len(s) for s in slow]
    for i, s in enumerate(slow):
        assert len(set(found.row(i).tolist())) == len(s)
        for j, other in enumerate(slow):
            assert len(np.intersect1d(found.row(i), found.row(j))) == len(s & other)


def test_a_shingle_is_marked_where_all_its_tokens_are() -> None:
    words_ = tokens(pl.Series(["a b c d", "x y"]))
    marks = np.array([False, True, True, True, True, True])
    found = shingles(words_, 2, marks)
    assert (found.values & 1).tolist() == [0, 1, 1, 1]
    assert (found.values & ~np.uint64(1)).tolist() == shingles(words_, 2).values.tolist()
