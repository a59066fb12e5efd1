"""SQuAD's exact match and token F1 against the few lines of arithmetic that define them, and on four languages."""

import json
import re
import string
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.metrics.token_f1 import TokenF1, words
from tests.metrics.answers import answers

XQUAD = Path(__file__).parents[3] / "shared" / "data" / "xquad"
GERMAN = ["ein", "eine", "einen", "einem", "eines", "einer", "der", "die", "das", "den", "dem", "des"]


def value(prediction: str, *references: str, language: str = "en") -> tuple[float, bool]:
    metric = TokenF1(language=language)
    return metric.items(answers([prediction], [references])).row(0)


def squad(prediction: str, reference: str) -> tuple[float, bool]:
    """By the book: counters and harmonic mean."""

    def normal(text: str) -> list[str]:
        bare = "".join(c for c in text.lower() if c not in string.punctuation)
        return re.sub(r"\b(a|an|the)\b", " ", bare).split()

    said, meant = Counter(normal(prediction)), Counter(normal(reference))
    if not said or not meant:
        return float(said == meant), said == meant
    both = (said & meant).total()
    f1 = 2 * both / (said.total() + meant.total())
    return f1, normal(prediction) == normal(reference)


def test_token_f1_over_sets() -> None:
    # P = 1/4, R = 1/1: 2 * .25 * 1 / 1.25 = .4; over sets it would be 1
    assert value("paris paris paris paris", "Paris") == (0.4, False)


def test_both_empty_is_one_and_one_empty_is_zero() -> None:
    assert value("", "") == (1.0, True)
    assert value("the", "...") == (1.0, True)  # nothing is left of either
    assert value("", "Paris") == value("Paris", "") == (0.0, False)


def test_articles_punctuation_and_case_do_not_count() -> None:
    assert value("The Beatles!", "beatles") == (1.0, True)
    assert value("athena", "a then a") == (0.0, False)  # articles are whole words


def test_the_best_reference_counts_for_each_value() -> None:
    # "red fox": against "red cat" 1 of 2 and 2: .5; against "red fox cub" 2 of 2 and 3: 2 * 2 / 5 = .8
    assert value("red fox", "red cat", "red fox cub") == (0.8, False)
    assert value("red fox", "cat", "red fox", "red") == (1.0, True)


def test_exact_match_asks_for_the_order_and_f1_does_not() -> None:
    assert value("fox red", "red fox") == (1.0, False)


def test_tokenizer_for_chinese_is_not_a_silent_zero() -> None:
    assert value("北京市", "北京", language="other") == (0.8, False)  # P = 2/3, R = 1: 4 / 5
    assert value("北京市", "北京", language="en") == (0.8, False)
    assert value("《北京》", "北京", language="other") == (1.0, True)
    assert words(words_of("2008年 in 北京。"), "other").to_list() == [["2008", "年", "in", "北", "京"]]


def words_of(text: str):
    return answers([text], [text])["prediction"]


def test_german_articles_are_german() -> None:
    assert value("der Hund", "Hund", language="de") == (1.0, True)
    assert value("der Hund", "Hund", language="en") == (2 / 3, False)


@given(st.lists(st.tuples(*[st.text("aAthen. ,'-_\t\n\x1cxéß9\U0001f600", max_size=12)] * 2), min_size=1, max_size=8))
def test_equals_the_definition_on_any_text(pairs: list[tuple[str, str]]) -> None:
    found = TokenF1().items(answers([a for a, _ in pairs], [b for _, b in pairs]))
    for row, (prediction, reference) in zip(found.iter_rows(), pairs, strict=True):
        assert row == (pytest.approx(squad(prediction, reference)[0], abs=1e-12), squad(prediction, reference)[1])


def test_total_is_the_mean_over_any_of_the_rows() -> None:
    found = TokenF1().items(answers(["a b", "c", None], ["b c", "c", "d"]))
    # "a b" is "b", of which "b c" has all: 2 / 3; then 1 and 0
    assert TokenF1().total(found) == pytest.approx({"token_f1": 5 / 9, "token_exact_match": 1 / 3}, abs=1e-12)
    assert TokenF1().total(found[1:2]) == {"token_f1": 1.0, "token_exact_match": 1.0}


def test_a_huge_answer_and_a_nul_are_just_answers() -> None:
    assert value("x " * 2_000_000, "x") == (pytest.approx(2 / 2_000_001), False)
    assert value("a\0b", "a\0b") == (1.0, True)


@pytest.mark.skipif(not XQUAD.exists(), reason="shared data is not here")
@pytest.mark.parametrize(("code", "language"), [("en", "en"), ("de", "de"), ("ar", "ar"), ("zh", "other")])
def test_xquad_questions_as_answers_score_as_the_scripts_define_it(code: str, language: str) -> None:
    data = json.loads((XQUAD / f"xquad.{code}.json").read_text("utf-8"))["data"]
    told = [
        (answer["text"], qa["question"])
        for article in data
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
        for answer in qa["answers"]
    ]
    texts, questions = [text for text, _ in told], [question for _, question in told]
    metric = TokenF1(language=language)
    assert metric.total(metric.items(answers(texts, texts))) == {"token_f1": 1.0, "token_exact_match": 1.0}
    found = metric.items(answers(questions, texts))
    expected = [
        squad(question, text)[0] if language == "en" else mlqa(question, text, language) for text, question in told
    ]
    assert found["score"].to_list() == pytest.approx(expected, abs=1e-12)
    assert 0 < found["score"].mean() < 0.2


def mlqa(prediction: str, reference: str, language: str) -> float:
    def normal(text: str) -> Counter[str]:
        kept = "".join(
            c for c in text.lower() if not unicodedata.category(c).startswith("P") and c not in string.punctuation
        )
        kept = kept.replace("ال", " ") if language == "ar" else kept
        kept = re.sub(rf"\b({'|'.join(GERMAN)})\b", " ", kept) if language == "de" else kept
        return Counter(re.sub(r"([\u3400-\u9fff〇々])", r" \1 ", kept).split())

    said, meant = normal(prediction), normal(reference)
    both = (said & meant).total()
    return 2 * both / (said.total() + meant.total()) if both else float(said == meant)
