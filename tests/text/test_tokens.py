import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.text.kinds import is_variable
from bloomery.text.normalise import key
from bloomery.text.tokens import VARIABLE, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A beats B.", ["a", "beats", "b"]),
        ("2+2=4", ["2", "+", "2", "=", "4"]),
        ("2² 22", ["2", "²", "22"]),
        ("-3.5 and 1,000,000 and 1,5", ["-3.5", "and", "1000000", "and", "1,5"]),
        ("don’t won't can't cannot ain't", ["do", "not", "will", "not", "can", "not", "can", "not", "ai", "not"]),
        ("私はAIです", ["私", "は", "ai", "で", "す"]),
        ("ภาษา", ["ภ", "า", "ษ", "า"]),
        ("한국어 문장", ["한국어", "문장"]),
        ("العَرَبِيَّة", ["العَرَبِيَّة"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("user_id __init__ x2 3x", ["user_id", "init", "x2", "3", "x"]),
        ("**bold** ## title", ["bold", "title"]),
        ("C++ C# c", ["c++", "c#", "c"]),
        ("a<=b != c -> d", ["a", "<=", "b", "!=", "c", ">", "d"]),
        ("£5 😀", ["£", "5", "😀"]),
        ("...?!", [".", ".", ".", "?", "!"]),
        (" \u200b", []),
        ("## **", ["#", "#", "*", "*"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_numbers_are_the_same_in_every_version() -> None:
    """FNV-1a of "hello" and "not" through splitmix64's finaliser, lowest bit cleared or set: computed here in Python."""
    assert tokens(pl.Series(["hello not"])).values.tolist() == [numbered("hello"), numbered("not")]


def numbered(token: str) -> int:
    h, mask = 0xCBF29CE484222325, 2**64 - 1
    for byte in token.encode():
        h = (h ^ byte) * 0x100000001B3 & mask
    z = (h + 0x9E3779B97F4A7C15) & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    return (z ^ z >> 31) & ~1 | is_variable(token)


PIECES = st.sampled_from(
    [
        *"ab'’n 日ー不ก1-−,.²+*#_$é\u0301?\nCcFf!=１２，。！AÉЖΔςﬁ๑0９…\u00a0\u200b",
        "not",
        "n't",
        "can",
        "wo",
        "sha",
        "1,000",
        "c++",
    ]
)


@settings(max_examples=1_000)
@given(st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=12).map("".join))
def test_the_kernel_and_the_regular_expressions_give_the_same_tokens(text: str) -> None:
    assert tokens(pl.Series([text])).values.tolist() == [numbered(word) for word in words(text)]


def test_symbols_survive_and_sentence_marks_do_not() -> None:
    assert words("“Yes”, (he said): no!") == ["yes", "he", "said", "no"]
    assert len({tuple(words(text)) for text in ("2 + 2", "2 - 2", "2 * 2", "2 / 2")}) == 4


@pytest.mark.parametrize(
    "token", ["7", "-7", "not", "nicht", "不", "三", "x", "b", "x_1", "gpt4", "+", "😀", "km", "²"]
)
def test_variable(token: str) -> None:
    assert is_variable(token)
    assert tokens(pl.Series([token])).values[0] & VARIABLE


@pytest.mark.parametrize("token", ["table", "a", "i", "l'amour", "日", "हिन्दी", "über"])
def test_not_variable(token: str) -> None:
    assert not is_variable(token)
    assert not tokens(pl.Series([token])).values[0] & VARIABLE


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(st.sampled_from("ab'’nt 日ー不ก1-,.²+*#_$é\u0301?\n"), max_size=15), max_size=8))
def test_numbers_agree_with_words_whatever_the_batch(texts: list[str]) -> None:
    together = tokens(pl.Series(texts, dtype=pl.String))
    assert len(together.offsets) == len(texts) + 1
    for i, text in enumerate(texts):
        alone = tokens(pl.Series([text]))
        assert together.row(i).tolist() == alone.values.tolist()
        assert len(alone.values) == len(words(text))
        numbers = [int(tokens(pl.Series([word])).values[0]) for word in words(text) if len(words(word)) == 1]
        assert set(numbers) <= set(alone.values.tolist())


@settings(deadline=None)
@given(st.text())
def test_every_text_that_shows_something_has_a_token(text: str) -> None:
    shows = any(not unicodedata.category(c).startswith(("Z", "C")) for c in key(pl.Series([text]))[0])
    assert bool(words(text)) >= shows


def test_no_rows() -> None:
    none = tokens(pl.Series([], dtype=pl.String))
    assert none.values.dtype == np.uint64
    assert none.offsets.tolist() == [0]
