"""Small changes of texts: drawn by the seed, never nothing, and what carries meaning stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.evaluate.parts.choices import Choices, choices, chosen, moved, reordered, right_option
from bloomery.evaluate.parts.kinds import KINDS, Kind
from bloomery.evaluate.parts.perturb import perturbed

WORDS = st.lists(
    st.sampled_from(
        ["Where", "is", "parcel", "12", "3.5", "delivered", "not", "`code()`", '"Pay Now"', "NASA", "user_id", "\n", "customer",
         "Straße", "İstanbul", "你好", "{name}", "x=1", "$", "A)", "B)", "without", "naïve", "```", "'", "don't", "a@b.org"]
    ),
    max_size=30,
).map(" ".join)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), WORDS)
DIGITS = re.compile(r"\d")


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS, seed=st.integers(0, 3))
def test_a_change_is_drawn_by_the_seed_never_empty_and_keeps_numbers(kind: Kind, text: str, seed: int) -> None:
    one, two = (perturbed(kind, text, item="q1", seed=seed) for _ in range(2))
    assert one == two
    if one is not None:
        assert one.text.strip()
        assert one.text != text
        assert sorted(DIGITS.findall(one.text)) == sorted(DIGITS.findall(text))


@pytest.mark.parametrize("kind", ["case", "typos"])
@given(text=TEXTS)
def test_lines_stay_lines_and_what_is_kept_stays(kind: Kind, text: str) -> None:
    found = perturbed(kind, f"{text} refund delivered", item="q1", keep=["refund"])
    if found is not None:
        assert found.text.count("\n") == text.count("\n")
        assert "refund" in found.text


@pytest.mark.parametrize(
    "kept",
    ["4711", "`print(total)`", '"Pay Now"', "user_id", "max_value(x)", "https://example.org/Path", "someone@example.org", "NASA",
     "{placeholder}", "<Button>", "$alpha + beta$", "camelCase", "refund policy"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["case", "typos"])
def test_code_numbers_quotes_and_labels_stay_as_they_are(kind: Kind, kept: str) -> None:
    text = f"Please explain carefully whether customers should receive {kept} before another delivery arrives tomorrow."
    changed = [perturbed(kind, text, item=str(k), keep=["refund policy"]) for k in range(20)]
    assert all(one is not None and kept in one.text for one in changed)


@pytest.mark.parametrize("kind", ["case", "typos"])
def test_lines_of_code_stay_as_they_are(kind: Kind) -> None:
    code = (
        "def total(values):\n    return sum(values)\n\nSELECT name FROM customers\nfor value in values:\n\tprint(value)"
    )
    for k in range(20):
        found = perturbed(kind, f"Explain slowly what happens here, please:\n{code}", item=str(k))
        assert found is not None
        assert found.text.endswith(code)


def test_negations_and_opposites_get_no_typing_error() -> None:
    text = "never without nothing before after increase decrease correct incorrect"
    assert all(perturbed("typos", text, item=str(k)) is None for k in range(5))


def test_about_one_word_of_ten_gets_a_typing_error() -> None:
    text = " ".join(["wonderful"] * 40)
    found = perturbed("typos", text, item="1")
    assert found is not None
    assert sum(word != "wonderful" for word in found.text.split()) == 4


def test_other_items_and_seeds_are_changed_otherwise() -> None:
    text = " ".join(["wonderful", "afternoon", "yesterday", "something"] * 10)
    assert len({perturbed("typos", text, item=str(k)) for k in range(10)}) > 5
    assert len({perturbed("typos", text, item="1", seed=k) for k in range(10)}) > 5


def test_a_long_text_without_blanks_takes_no_time_by_its_square() -> None:
    assert perturbed("case", "字" * 100_000, item="1") is None
    assert perturbed("typos", "word" * 50_000, item="1") is not None


QUESTION = "Capital of France?\nA) Rome\nB) Paris\nC) Bern\n\nAnswer with a letter."


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (QUESTION, ("Rome", "Paris", "Bern")),
        ("Which?\n(A) one\n(B) two", ("one", "two")),
        ("Which?\n\n  A. one  \n\n  B. two", ("one", "two")),
        ("Example:\nA) x\nB) y\nNow:\nA) one\nB) two", ("one", "two")),
        ("Which?\nA) one\nB) none of the above", None),
        ("Which?\nA) one\nB) two\nC) both A and B", None),
        ("Which?\nA) one\nB) one", None),
        ("Which?\nA) one\nC) three", None),
        ("A person walked.\nB", None),
        ("", None),
    ],
)
def test_options_are_lines_with_letters_in_a_row(text: str, found: tuple[str, ...] | None) -> None:
    options = choices(text)
    assert (None if options is None else options.texts) == found


def test_options_change_places_and_references_go_with_them() -> None:
    options = choices(QUESTION)
    assert options is not None
    turned = "Capital of France?\nA) Paris\nB) Bern\nC) Rome\n\nAnswer with a letter."
    assert reordered(QUESTION, options, [1, 2, 0]) == turned
    assert [moved(one, options, [1, 2, 0]) for one in ("A", "B)", "(C) Bern", "Paris", "Vienna")] == [
        "C", "A)", "(B) Bern", "Paris", "Vienna",
    ]  # fmt: skip
    assert [right_option([one], options) for one in ("A", "paris", "C) Bern", "C) Rome", "D")] == [0, 1, 2, None, None]
    assert right_option(["A", "B"], options) is None


def test_format_is_b_my_verdict_b_and_a_text_are_choices() -> None:
    options = [Choices(("Rome", "Paris"), ((0, 0), (0, 0)))] * 6
    said = ["B", "The answer is A.", "paris", "I do not know", None, "Answer: A or B"]
    assert chosen(said, options) == [1, 0, 1, None, None, None]


@given(st.integers(0, 1000))
def test_another_order_is_another_order(item: int) -> None:
    found = perturbed("options", QUESTION, item=str(item))
    assert found is not None
    assert found.order is not None
    assert sorted(found.order) == [0, 1, 2]
    assert sorted(found.text.split()) == sorted(QUESTION.split())
