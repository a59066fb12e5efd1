"""Marks: every fact is a necessary condition for the pattern that it stands before."""

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.clean.mojibake import TRACE
from bloomery.kernels import marks as facts
from bloomery.schema import Batch, apply
from bloomery.text.marks import INERT, SPACES, Marks, characters, marks, marks_of
from tests import reference
from tests.clean.batches import prompts
from tests.clean.hostile import HOSTILE

_ODD_SPACE = r"\x{a0}\x{2007}\x{2009}\x{202f}\x{3000}\x{2010}-\x{2015}\x{2212}（）－．"
_BETWEEN = rf"[ ()./\t\-{_ODD_SPACE}]{{0,3}}"
_INERT = "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in INERT)

#: the fact, a pattern for it, and whether they are the same for ASCII texts (always, or only necessary)
PATTERNS = {
    "BEYOND": (r"[^\x00-\x7f]", "same"),
    "FAR": (r"[\x{3000}-\x{10ffff}]", "same"),
    "CONTROL": (r"[\x00-\x08\x0b-\x1f\x7f]", "same"),
    "AT": ("@", "same"),
    "SEVEN": (rf"(?:[0-9]{_BETWEEN}){{6}}[0-9]", "same in ASCII"),
    "ESCAPE": (r"\\u", "same"),
    "MARKUP": (r"[<&\\\[#{`]", "same"),
    "LINES": (r"\n[^\n]*\n", "same"),
    "IPSUM": ("psum", "same"),
    "ODD": (rf"[^\x00-\x7f{_INERT}]", "same"),
    "SPACE": (r"[\s--[\x00-\x7f]]", "same"),
    "NEIGHBOURS": (r"[\x{80}-\x{2e7f}]{2}", "same"),
}
#: what is near these facts, so that random texts have them
TEXTS = st.one_of(
    st.text(max_size=80),
    st.text("0123456789 ()./\t-x\xa0–（1", max_size=60),
    st.text("Ã©â€™\x80ab字😀ß\xa0\u2003\u3000\u1680é\n\\u<{[#`&@psum\r\x7f", max_size=60),
    st.sampled_from([text for text in HOSTILE if "\ud800" not in text]),
)


@pytest.mark.parametrize("name", PATTERNS)
@given(texts=st.lists(TEXTS, min_size=1, max_size=8))
def test_facts_hold_where_the_pattern_matches(name: str, texts: list[str]) -> None:
    pattern, exact = PATTERNS[name]
    series = pl.Series(texts)
    holds, matches = marks_of(series).has(getattr(facts, name)), series.str.contains(pattern).to_numpy()
    assert (holds >= matches).all()
    where = np.array([exact == "same" or text.isascii() for text in texts])
    assert (holds == matches)[where].all()


@given(st.lists(TEXTS, max_size=8))
def test_sizes_and_ends(texts: list[str]) -> None:
    found = marks_of(pl.Series(texts, dtype=pl.String))
    assert found.characters.tolist() == [len(text) for text in texts]
    assert found.blanks.tolist() == [reference.blanks(text) for text in texts]
    assert found.size.tolist() == [len(text.encode()) for text in texts]
    assert found.first.tolist() == [(text.encode() or b"\0")[0] for text in texts]
    assert found.last.tolist() == [(text.encode() or b"\0")[-1] for text in texts]


def test_seven_digits_over_a_block_of_the_scan() -> None:
    texts = ["x" * before + "1 (2) 3 - 4 5 6 7" + "x" * 40 for before in range(70)]
    assert marks_of(pl.Series(texts)).has(facts.SEVEN).all()
    widest = ["x" * before + "...".join("1234567") + "x" * 40 for before in range(70)]
    assert marks_of(pl.Series(widest)).has(facts.SEVEN).all()
    assert not marks_of(pl.Series(["1....".join("1234567"), "123456 a 7"])).has(facts.SEVEN).any()


def test_traces_of_wrong_encodings_are_neighbours() -> None:
    classes = re.sub(r"\[\^[^\]]*\]", "", TRACE)  # what stands before a trace may be far away
    far = [character for character in classes if ord(character) >= 0x2E80]
    assert not far


def test_white_space_is_what_the_library_strips() -> None:
    points = [chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code < 0xE000]
    stripped = pl.Series(points).filter(pl.Series(points).str.strip_chars() == "")
    assert stripped.to_list() == list(SPACES)


def counted(batch: Batch) -> list[int]:
    return characters(batch).tolist()


def test_every_character_is_white_space_or_not_as_unicode_has_it() -> None:
    points = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert marks_of(pl.Series(points)).blanks.tolist() == [reference.blanks(point) for point in points]


def test_a_batch_keeps_its_marks_and_renews_those_of_edited_texts() -> None:
    batch = prompts("one", "two", "caf\u00e9")
    assert counted(batch) == [3, 3, 4]
    assert marks(batch) is marks(batch)
    after = apply(batch, batch.edit(pl.DataFrame({"n": [1], "part": [0], "text": ["\u5b57 and more of it"]}), "x"))
    kept = after.memo[Marks]
    assert counted(after) == [3, 16, 4] and marks(after) is kept
    fresh = marks_of(after.parts["text"])
    assert all((one == two).all() for one, two in zip(kept[1:], fresh[1:], strict=True))
    assert counted(batch) == [3, 3, 4]


def test_marks_outlive_a_drop_and_not_other_parts() -> None:
    batch = prompts("one", "two")
    found = marks(batch)
    assert marks(apply(batch, batch.drop(pl.Series([True, False]), "x"))) is found
    assert counted(batch.with_(parts=batch.parts.with_columns(text=pl.lit("other")))) == [5, 5]
    assert marks(batch.with_(quarantined=())) is found


def test_many_buffers_slices_and_nulls() -> None:
    long = [f"{'long ' * 9}{i}" for i in range(200)]
    series = pl.concat([pl.Series(long), pl.Series([None, "short", "é" * 20])], rechunk=False)[7:]
    found = marks_of(series)
    assert found.characters.tolist() == [len(text or "") for text in series]
