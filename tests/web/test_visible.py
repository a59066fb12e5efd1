import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.web.numbers import fit, share
from bloomery.web.visible import cut, shown, visible


@given(st.text(st.characters(), max_size=80))
def test_nothing_that_acts_is_left_and_the_text_can_be_written(text):
    made = visible(text)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]", made)
    made.encode("utf-8")
    assert visible(made) == made


@pytest.mark.parametrize("text", ["a\tb\nc", "می\u200cخواهم", "👩\u200d👩\u200d👧", "naïve – 天気", "क्‍ष"])
def test_honest_text_stays(text):
    assert visible(text) == text


def test_a_windows_line_end_is_a_line_end():
    assert visible("a\r\nb\rc") == "a\nb⟨U+000D⟩c"


def test_text_is_cut_before_it_is_made_visible():
    assert shown("\x00" * 9, 2) == "⟨U+0000⟩⟨U+0000⟩… (7 more characters)"


@given(st.text(max_size=30), st.integers(0, 40))
def test_a_cut_text_says_how_much_is_gone(text, limit):
    made = cut(text, limit)
    assert made == text if len(text) <= limit else made.startswith(text[:limit])


@given(st.text(max_size=60), st.integers(2, 30))
def test_a_fitted_label_begins_and_ends_like_the_text(label, columns):
    made = fit(label, columns)
    head, _, tail = made.partition("…") if made != label else (label, "", "")
    assert label.startswith(head) and label.endswith(tail)
    assert len(made) <= columns


def test_wide_characters_take_two_columns():
    assert fit("訂單什麼時候到", 6) == "訂…到"  # 2 + 1 + 2 columns, one more character would be 7


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_says_none_or_all_only_when_it_is(part, whole):
    part = min(part, whole)
    assert (share(part, whole) == "0 %") == (part == 0)
    assert (share(part, whole) == "100 %") == (part == whole)
