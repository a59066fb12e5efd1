"""Quick searches may only pass over texts that the op itself would leave alone."""

import re
import unicodedata

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from bloomery.clean.measure import measure, span
from bloomery.clean.normalize import _CHANGEABLE, _INERT, KINDS, changeable, normalized
from bloomery.clean.pii import candidates
from bloomery.clean.pii.scan import suspects
from bloomery.clean.signals import media, refusals, repetition
from bloomery.clean.signals.view import View
from bloomery.kernels.marks import FAR
from bloomery.kernels.phrases import PROBE, end_again, holds, phrases
from bloomery.kernels.views import views
from bloomery.text.refusals import HEAD, REFUSAL, may_refuse
from tests.clean.batches import batch, prompts
from tests.clean.hostile import HOSTILE
from tests.clean.test_signals import BAD, GOOD


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


#: words that the signals look for, whole and in pieces, so that random texts come close to them
PIECES = st.sampled_from(
    [text for pairs in (*BAD.values(), *GOOD.values()) for pair in pairs for text in pair]
    + [
        "Draw ",
        "hoto",
        "the current st",
        "what time",
        "play my",
        "Switch o",
        "画",
        "AI",
        "artificial intell",
        "trained by",
    ]
)
WORDS = st.one_of(
    ODD_TEXTS,
    PIECES,
    st.lists(st.one_of(PIECES, st.text(" \n\t\"'*“’iIſKas字\xa0", max_size=4)), max_size=4).map("".join),
    st.tuples(PIECES, st.integers(0, 60), st.integers(1, 8)).map(lambda of: of[0][: of[1]] * of[2]),
)


def answers(*texts: str) -> View:
    return View(batch(*[[("prompt", text), ("completion", text)] for text in texts], format="completion"))


def are(texts: list[str], found: str) -> np.ndarray:
    return pl.Series(texts).str.contains(found).to_numpy()


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_a_refusal_opens_with_one_of_the_openings(texts: list[str]) -> None:
    assert (may_refuse(views(pl.Series(texts))) >= are([text[:HEAD] for text in texts], REFUSAL)).all()


@given(st.lists(WORDS, min_size=1, max_size=4), st.integers(0, HEAD))
def test_what_the_scans_find_holds_one_of_their_pieces(texts: list[str], before: int) -> None:
    view = answers(*["é" * before + text for text in texts])
    far = view.known.has(FAR)[view.answered]
    said = holds(view.heads(view.answered, HEAD), refusals._PIECES) | far
    assert (said >= are([("é" * before + text)[:HEAD] for text in texts], refusals._SCAN)).all()
    asked = holds(view.known.views.take(view.answered), media._PIECES) | far
    assert (asked >= are(texts, media._SCAN)).all()


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_loops_end_as_they_went_on(texts: list[str]) -> None:
    again = end_again(answers(*texts).known.views)[1::2]
    assert all(
        found or text[-PROBE:] not in text[:-PROBE]
        for found, text in zip(again, texts, strict=True)
        if len(text) > PROBE
    )


@given(st.lists(st.one_of(WORDS, st.lists(PIECES, max_size=6).map("\n".join)), min_size=1, max_size=4))
def test_repeated_lines_are_lines_again(texts: list[str]) -> None:
    view = answers(*texts)
    mine = repetition._many_lines(view)["row"].to_list()
    for row, text in enumerate(texts):
        lines = [line.strip() for line in text.split("\n")]
        most = max((lines.count(line) for line in lines if len(line.encode()) >= repetition.MIN_LINE), default=0)
        assert row in mine or most < repetition.MIN_TIMES


@given(st.sampled_from(["AI", "hoto", "g d", "x", ("n", "t", " ", "we")]), st.text("AIhotg dxnwe字", max_size=12))
def test_phrases_are_held_where_they_stand(phrase: str | tuple[str, ...], text: str) -> None:
    pattern = "".join(f"[{some}]" for some in phrase)
    assert holds(views(pl.Series([text])), phrases("qqqq", phrase)).tolist() == [re.search(pattern, text) is not None]
