"""Labels read from free text: what is read, and what is not."""

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import RecipeError
from bloomery.metrics.labels import labels, read

JUDGE = labels(["A", "B", "tie"], {"draw": "tie"})
MAIL = labels(["spam", "not spam", "refund request", "U.S."], {"junk": "spam"})
RATING = labels([str(number) for number in range(1, 11)])


def told(text: str, among: object = JUDGE) -> tuple[str | None, str]:
    label, how = read(pl.Series([text]), among).row(0)  # type: ignore[arg-type]
    return None if label is None else among.names[label], how  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "label", "how"),
    [
        ("A", "A", "exact"),
        (" b.\n", "B", "exact"),
        ("**Tie**", "tie", "exact"),
        ("[[B]]", "B", "exact"),
        ("(A)", "A", "exact"),
        ("Draw!", "tie", "exact"),
        ("「Ａ」", "A", "exact"),
        ("Answer: B", "B", "verdict"),
        ("I compared both.\n\n**Answer:** B", "B", "verdict"),
        ("**Final answer**: B.", "B", "verdict"),
        ("The correct answer is B.", "B", "verdict"),
        ("My choice is: tie", "tie", "verdict"),
        ("verdict:\nB", "B", "verdict"),
        ("Answer: B, because a dog has four legs", "B", "verdict"),
        ("Answer: B - it is shorter", "B", "verdict"),
        ("Answer: B (the second)", "B", "verdict"),
        ("Answer: A. Or so I thought.\nAnswer: B", "B", "verdict"),
        ('{"label": "B", "confidence": 0.9}', "B", "verdict"),
        ("答案：B", "B", "verdict"),
        ("答案是 B。", "B", "verdict"),
        ("So it must be \\boxed{B}", "B", "bracket"),
        ("$\\boxed{\\text{tie}}$ it is", "tie", "bracket"),
        ("<answer>B</answer> after thought", "B", "bracket"),
        ("B's answer is more helpful.\n\n[[B]]", "B", "bracket"),
        ("see [[1]]: [[A]], that is [[a]]", "A", "bracket"),
        ("Answer: A or B", None, "ambiguous"),
        ("Answer: A, B", None, "ambiguous"),
        ("Answer: B, A is wrong", None, "ambiguous"),
        ("[[A]] or [[B]]", None, "ambiguous"),
        ("[[A]] it is. Answer: B", None, "ambiguous"),
        ("Answer: A/B", None, "ambiguous"),
        ("Answer: Both", None, "none"),
        ("Answer: not B", None, "none"),
        ("Answer: Bob", None, "none"),
        ("Answer:", None, "none"),
        ("The answer is helpful", None, "none"),
        ("I like B", None, "none"),
        ("Banswer: B", None, "none"),
        ("A B", None, "none"),
        ("", None, "none"),
        ("\x00", None, "none"),
    ],
)
def test_how_a_judge_is_read(text: str, label: str | None, how: str) -> None:
    assert told(text) == (label, how)


def test_judge_verdict_by_substring_first_match_any_bracket() -> None:
    """CASES: read as A, and as 1."""
    assert told("format is [[A]] or [[B]]. My verdict: [[B]]") == ("B", "verdict")
    assert told("See ref [1]. Rating: 9", RATING) == ("9", "verdict")
    assert told("Rating: 9.5", RATING)[0] is None
    assert told("Rating: 10", RATING) == ("10", "verdict")
    assert told("Rating: 9/10", RATING) == (None, "ambiguous")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("not spam", "not spam"),
        ("Label: not spam", "not spam"),
        ("Label: Not  Spam, since it is from a friend", "not spam"),
        ("Category: junk", "spam"),
        ("Label: spam, not a refund request", None),
        ("This is not spam", None),
        ("Class: U.S.", "U.S."),
        ("Class: u.s", "U.S."),
        ("Label: refund-request", None),
        ("Intent: refund request; the parcel is lost", "refund request"),
    ],
)
def test_labels_within_labels(text: str, label: str | None) -> None:
    assert told(text, MAIL)[0] == label


@pytest.mark.parametrize("name", ["C++", "c#", "?", ".", "a|b", "(x)", "\\d", "$1", "日本語", "é", "[[", "on.off"])
def test_labels_of_odd_characters_are_read_as_they_are(name: str) -> None:
    among = labels([name, "other"])
    for text in (name, f"Answer: {name}", f"the label is {name}"):
        assert told(text, among)[0] == name
    assert told("d", among)[0] is None


@settings(max_examples=15)
@given(st.lists(st.text(max_size=60) | st.sampled_from(["Answer: A", "[[A]] [[B]]", "b"]), max_size=6))
def test_read_alone_as_in_company(texts: list[str]) -> None:
    alone = [read(pl.Series([text]), JUDGE).row(0) for text in texts]
    assert read(pl.Series(texts, dtype=pl.String), JUDGE).rows() == alone


@settings(max_examples=20)
@given(st.sampled_from(JUDGE.names), st.text(st.characters(codec="utf-8"), max_size=80))
def test_a_verdict_on_the_last_line_counts_whatever_stands_before(label: str, before: str) -> None:
    said, how = told(f"{before}\nVerdict: {label}")
    brackets = {one.casefold() for one in re.findall(r"\[\[(.*?)\]\]", before)}
    assert said == label if not brackets else how


@pytest.mark.parametrize(
    ("names", "aliases", "says"),
    [
        ([], {}, "There are no labels"),
        (["a", "A"], {}, "'A' cannot be told from others"),
        (["a", "a"], {}, "'a' cannot be told from others"),
        (["a", " "], {}, "A label is empty"),
        (["a"], {"x": "b"}, "'x' is an alias of 'b'"),
        (["a", "b"], {"B": "a"}, "'B' cannot be told from others"),
    ],
)
def test_labels_that_cannot_be_told_apart(names: list[str], aliases: dict[str, str], says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        labels(names, aliases)


def test_labels_that_differ_in_a_full_stop_only() -> None:
    among = labels(["no", "no."])
    assert [told(text, among)[0] for text in ("no", "no.", "(no)")] == ["no", "no.", None]


def test_hostile_answers_of_ten_megabytes() -> None:
    long = ["answer is " * 1_000_000, "[[" * 5_000_000, "\\boxed{" * 1_400_000, "A" * 10_000_000, "\x00" * 10_000_000]
    assert read(pl.Series(long), JUDGE)["label"].to_list() == [None] * 5
    assert told("x\n" * 5_000_000 + "Answer: B")[0] == "B"


def test_a_thousand_labels() -> None:
    among = labels([f"intent number {number}" for number in range(1000)])
    assert told("Answer: intent number 99", among)[0] == "intent number 99"
    assert told("Answer: intent number 999, not intent number 9", among) == (None, "ambiguous")


def test_no_words_no_verdict() -> None:
    among = labels(["A", "B"], words=())
    assert [told(text, among) for text in ("Answer: B", "so: B", "[[B]]")] == [
        (None, "none"),
        (None, "none"),
        ("B", "exact"),
    ]
    assert told("Urteil: B", labels(["A", "B"], words=("urteil",))) == ("B", "verdict")


def test_labels_beyond_what_a_pattern_can_hold_are_read_whole() -> None:
    names = [f"{number} " + "日本語" * 100 for number in range(1000)]
    among = labels(names)
    assert [told(text, among)[0] for text in (names[7], f"Answer: {names[8]}.", f"Answer: {names[9]}, because")] == [
        names[7],
        names[8],
        None,
    ]
    just = labels([f"{number:04} " + "é日" * 6 for number in range(1100)])  # 38,500 bytes
    assert told(f"Answer: {just.names[9]}, because", just)[0] == just.names[9]


@pytest.mark.parametrize("name", ["a-b", "a&b", "a~b", "a#b", "a b", "a\x00b", "a/b", "(a", "a\nb"])
def test_characters_that_patterns_escape(name: str) -> None:
    among = labels([name, "other"], words=("final answer", "c++"))
    assert told(f"Final answer: {name}, because it is", among)[0] == (None if "\n" in name else name)
    assert told(f"c++ is: {name}", among)[0] == (None if "\n" in name else name)


def test_labels_of_other_scripts() -> None:
    among = labels(["好", "不好", "é", "ß"])
    assert [
        told(text, among) for text in ("答案：不好", "答案是好。", "Label: é, pas un été", "答案：好，不是不好")
    ] == [
        ("不好", "verdict"),
        ("好", "verdict"),
        ("é", "verdict"),
        (None, "ambiguous"),
    ]
