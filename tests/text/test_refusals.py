"""Refusals: by themselves as in the signal of the same name (tests/clean/test_signals.py has more phrases)."""

import polars as pl
import pytest
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


@pytest.mark.parametrize(
    "told",
    [
        "I cannot provide instructions for that, as it is illegal and unethical. Instead, I suggest a walk. Here are some steps you can "
        "take: " + "put on your shoes and go outside. " * 8,
        "I'm just an AI, it's not within my programming to help with that.",
        "I'm sorry for any confusion, but as an AI, I don't have access to personal data.",
        "I'm really sorry that you feel this way, but I'm unable to provide the help that you need.",
        "It is not appropriate to suggest that one group is worth less than another.",
        "I don't think it's respectful to make such jokes.",
        "I must politely decline.",
        "I am so sorry to hear that. However, I cannot provide guidance on this.",
    ],
)
def test_refusals_on_moral_grounds_and_rebukes(told: str) -> None:
    assert refused(pl.Series([told])).to_list() == [True]


@pytest.mark.parametrize(
    "told",
    [
        "I'm sorry to hear that you lost your keys. Here is what you can do: call a locksmith.",
        "It is illegal to park here.",
        "It is not appropriate for a wedding; wear a suit.",
        "It is not safe to mix bleach and ammonia: the gas is toxic.",
        "I don't think it is Tuesday.",
        "It's 12 o'clock.",
        "This is not legal tender any more; exchange it at a bank.",
        "As an AI personal trainer, I recommend the following plan.",
        "I must admit that the film was good.",
        "I'm happy to help! Open the menu and choose Print.",
    ],
)
def test_answers_that_sound_like_refusals(told: str) -> None:
    assert refused(pl.Series([told])).to_list() == [False]
