"""Strings of a data frame as two arrays, and back."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bloomery.kernels.flat import binaries, flat, strings

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=30)


@given(TEXTS)
def test_there_and_back(texts):
    found = flat(pl.Series(texts, dtype=pl.String))
    assert [found.at(i).decode() for i in range(found.height)] == [text or "" for text in texts]
    assert strings(found).to_list() == [text or "" for text in texts]


@given(TEXTS, TEXTS, st.integers(0, 60))
def test_slices_and_chunks_with_many_buffers(first, second, start):
    whole = pl.concat([pl.Series(first, dtype=pl.String), pl.Series(second, dtype=pl.String)], rechunk=False)
    some = whole[start:]
    assert strings(flat(some)).to_list() == [text or "" for text in some]


def test_bytes():
    rows = [b"", b"\xff\x00", b"x" * 100]
    assert binaries(flat(pl.Series(rows, dtype=pl.Binary))).to_list() == rows


def test_a_text_of_more_than_one_buffer():
    texts = [f"{i:05} " + "long " * 10 for i in range(5_000)]
    assert strings(flat(pl.Series(texts))).to_list() == texts
