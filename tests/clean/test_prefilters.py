"""Quick searches may only pass over texts that the op itself would leave alone."""

import re
import unicodedata

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bloomery.clean.measure import measure, span
from bloomery.clean.normalize import _CHANGEABLE, _INERT, KINDS, changeable, normalized
from bloomery.clean.pii import candidates
from bloomery.clean.pii.scan import suspects
from tests.clean.batches import prompts
from tests.clean.hostile import HOSTILE


def test_characters_passed_over_neither_combine_nor_decompose() -> None:
    inert = re.compile("[" + re.sub(r"\\x\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), _INERT) + "]")
    points = [chr(point) for point in range(0x80, 0x110000) if not 0xD800 <= point < 0xE000]
    pairs = [unicodedata.decomposition(one).split() for one in points]
    seconds = {chr(int(pair[1], 16)) for pair in pairs if len(pair) == 2 and pair[0][0] != "<"}
    for one in filter(inert.match, points):
        assert unicodedata.category(one) not in ("Cn", "Cc", "Cf"), hex(ord(one))
        assert unicodedata.combining(one) == 0 and one not in seconds, hex(ord(one))
        assert unicodedata.normalize("NFC", one) == one, hex(ord(one))


#: what the searches look for, in all kinds of company
ODD_TEXTS = st.one_of(
    st.text(max_size=12),
    st.text("Ã©â€™\x80вЂРС‚Äô ΓÇÖ ab字😀é\u0301\u200b\r\n\x00 Å“", max_size=20),
    st.text("0123456789 ()./\t-x\xa0–（１＠@\\u0040.com", max_size=60),
    st.sampled_from([text for text in HOSTILE if "\ud800" not in text]),
)


@given(st.lists(ODD_TEXTS, min_size=1, max_size=4))
def test_texts_passed_over_would_not_change(texts: list[str]) -> None:
    passed = pl.Series(texts).filter(pl.Series(~changeable(prompts(*texts))))
    assert normalized(passed, list(KINDS)).texts.to_list() == passed.to_list()


@given(st.lists(ODD_TEXTS, min_size=1, max_size=4))
def test_the_marks_spare_normalize_only_what_its_searches_would_pass_over(texts: list[str]) -> None:
    controls = pl.Series(texts).str.contains(r"[\x00-\x08\x0b-\x1f\x7f]")
    assert changeable(prompts(*texts)).tolist() == (controls | pl.Series(texts).str.contains(_CHANGEABLE)).to_list()


@given(st.lists(ODD_TEXTS, min_size=1, max_size=4))
def test_the_marks_spare_pii_only_what_its_searches_would_pass_over(texts: list[str]) -> None:
    assert suspects(prompts(*texts)).tolist() == candidates(pl.Series(texts)).to_list()


@given(st.lists(st.text(max_size=12) | st.text("字かな한국a \n", max_size=30), min_size=1, max_size=4))
def test_span_holds_the_measure(texts: list[str]) -> None:
    exact = measure(pl.Series(texts)).to_numpy()
    low, high = span(pl.Series(texts))
    assert (low <= exact).all() and (exact <= high).all()
