import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.web.diff import MAX_CHANGES, MAX_TOKENS, Piece, diff, shorten

WORDS = st.lists(st.sampled_from(["a ", "b", ". ", "\n", "cat ", "天", "気", "x1 ", "-", "\u0e01"]), max_size=12).map(
    "".join
)


def told(before, after):
    signs = {"same": "{}", "removed": "[-{}]", "added": "[+{}]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in diff(before, after))


@given(WORDS | st.text(max_size=40), WORDS | st.text(max_size=40))
def test_the_pieces_give_both_texts_back(before, after):
    pieces = diff(before, after)
    assert "".join(p.text for p in pieces if p.kind != "added") == before
    assert "".join(p.text for p in pieces if p.kind != "removed") == after
    assert all(p.text for p in pieces)
    assert all(one.kind != next_.kind for one, next_ in itertools.pairwise(pieces))


@given(WORDS)
def test_equal_texts_have_no_change(text):
    assert all(piece.kind == "same" for piece in diff(text, text))


def test_a_changed_number_is_the_only_change():
    assert told("pay within 30 days", "pay within 60 days") == "pay within [-30][+60] days"


def test_a_dropped_not_is_seen():
    assert told("do not press it", "do press it") == "do [-not ]press it"


def test_punctuation_is_its_own_word():
    assert told("Ready?", "Ready!") == "Ready[-?][+!]"


def test_a_blank_between_two_changes_joins_them():
    assert told("see old thing here", "see new stuff here") == "see [-old thing][+new stuff] here"


def test_texts_without_word_spaces_differ_by_character():
    assert told("我的订单什么时候会到", "我的订单什么时候到") == "我的订单什么时候[-会]到"


def test_thai_differs_by_character():
    assert told("กขค", "กคค") == "ก[-ข][+ค]ค"


def test_texts_that_share_little_are_one_removal_and_one_addition():
    pieces = diff("The quick brown fox jumps over it", "Money back is a promise we keep to it")
    assert [piece.kind for piece in pieces] == ["removed", "added", "same"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a b " * 50_000, "b c " * 50_000),
        ("x" * 100_000, "x" * 99_999),
        ("a b c " * (MAX_TOKENS // 6), "c b a " * (MAX_TOKENS // 6)),
    ],
    ids=["too many words", "one endless word", "too many changes"],
)
def test_hostile_texts_are_compared_in_bounded_time(before, after):
    started = time.perf_counter()
    pieces = diff(before, after)
    assert time.perf_counter() - started < 5
    assert sum(piece.kind != "same" for piece in pieces) <= 2 * MAX_CHANGES


def test_shortened_pieces_keep_the_changes_and_count_what_is_left_out():
    pieces = [Piece("same", "s" * 500), Piece("removed", "old"), Piece("same", "m" * 500), Piece("added", "new")]
    pieces.append(Piece("same", "e" * 500))
    shown = shorten(pieces, context=80)
    # ends keep 80 characters (500 - 80 = 420 left out), the middle 80 at each side (500 - 160 = 340)
    assert shown[0].text == "… (420 more characters) …" + "s" * 80
    assert shown[2].text == "m" * 80 + "… (340 more characters) …" + "m" * 80
    assert shown[4].text == "e" * 80 + "… (420 more characters) …"
    assert [shown[1].text, shown[3].text] == ["old", "new"]


def test_a_long_change_is_cut_at_the_limit():
    assert shorten([Piece("added", "n" * 700)], limit=600) == [Piece("added", "n" * 600 + "… (100 more characters)")]


def test_short_pieces_stay_as_they_are():
    pieces = diff("pay 30 days", "pay 60 days")
    assert shorten(pieces) == pieces
