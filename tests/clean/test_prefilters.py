"""Quick searches may only pass over texts that the op itself would leave alone."""

import re
import unicodedata

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bloomery.clean.measure import measure, span
from bloomery.clean.normalize import _INERT, KINDS, changeable, normalized


def test_characters_passed_over_neither_combine_nor_decompose() -> None:
    inert = re.compile("[" + re.sub(r"\\x\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), _INERT) + "]")
    points = [chr(point) for point in range(0x80, 0x110000) if not 0xD800 <= point < 0xE000]
    pairs = [unicodedata.decomposition(one).split() for one in points]
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and pair[0][0] != "<"}
    for one in filter(inert.match, points):
        assert unicodedata.category(one) not in ("Cn", "Cc", "Cf"), hex(ord(one))
        assert unicodedata.combining(one) == 0 and one not in seconds, hex(ord(one))
        assert unicodedata.normalize("NFC", one) == one, hex(ord(one))


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_texts_passed_over_would_not_change(texts: list[str]) -> None:
    passed = pl.Series(texts).filter(~changeable(pl.Series(texts)))
    assert normalized(passed, list(KINDS)).texts.to_list() == passed.to_list()


@given(st.lists(st.text(max_size=12) | st.text("字かな한국a \n", max_size=30), min_size=1, max_size=4))
def test_span_holds_the_measure(texts: list[str]) -> None:
    exact = measure(pl.Series(texts)).to_numpy()
    low, high = span(pl.Series(texts))
    assert (low <= exact).all() and (exact <= high).all()
