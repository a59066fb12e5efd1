"""Refusals: by themselves as in the signal of the same name (tests/clean/test_signals.py has more phrases)."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.text.refusals import HEAD, refused

PIECES = st.sampled_from(
    [
        "I'm sorry, but I can't help.",
        "I cannot ",
        "As an AI language model, ",
        "however ",
        "很抱歉，我无法回答",
        "x" * HEAD,
        "é",
        " ",
        "\n",
    ]
)


def test_an_answer_after_the_refusal_is_an_answer() -> None:
    told = [
        "I'm sorry, but I can't say. However, " + "this is how it is done. " * 10,
        "I'm sorry, but I can't say. However, no.",
    ]
    assert refused(pl.Series(told)).to_list() == [False, True]


def test_a_refusal_further_on_is_none() -> None:
    assert (
        refused(pl.Series(["x" * HEAD + "I'm sorry, but I can't help.", "Yes. I'm sorry, but I can't help."])).sum()
        == 0
    )


@settings(max_examples=30)
@given(st.lists(st.lists(PIECES, max_size=4).map("".join), max_size=6))
def test_the_same_in_any_company(texts: list[str]) -> None:
    assert refused(pl.Series(texts, dtype=pl.String)).to_list() == [refused(pl.Series([text]))[0] for text in texts]
