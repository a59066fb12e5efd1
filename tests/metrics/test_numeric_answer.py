"""The final number of a text: worked cases, any number in any spelling, and the graded solutions of GSM8K."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.errors import DataError
from bloomery.metrics.numeric_answer import NumericAnswer
from tests.metrics.answers import answers

GSM8K = Path(__file__).parents[3] / "shared" / "data" / "gsm8k" / "grade_school_math" / "data"


def read(text: str, **options: object) -> str | None:
    return NumericAnswer(**options).items(answers([text], ["0"]))["number"][0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("#### 18", "18"),
        ("2 + 3 = 5\n####   1,234.50 dollars (or 7)", "1234.5"),
        ("#### 3\nNo, wait.\n#### **-4**", "-4"),
        ("#### about 18", None),
        ("#### $5", "5"),
        ("#### -$5", "-5"),
        ("#### 1,23", None),
        ("####", None),
        ("The answer is 18.", "18"),
        ("It costs $1,234,567.80 in all", "1234567.8"),
        ("from 5 to -3", "-3"),
        ("it is 10-5", "5"),
        ("f(2)-5", "5"),
        ("a loss of −$20", "-20"),
        ("$-20", "-20"),
        ("(-7)", "-7"),
        ("-.5", "-0.5"),
        ("so 16 - 3 = 13", "13"),
        ("one of 1,2,3", "3"),
        ("12,345", "12345"),
        ("1,2345", "2345"),
        ("50%", "50"),
        ("6.02e23", "602" + "0" * 21),
        ("It is 3/4 of it", "0.75"),
        ("2/6", "1/3"),
        ("18kg", "18"),
        ("eighteen", None),
        ("", None),
        ("٣ or ３", None),
        ("1" * 301, None),
        ("1e999", "1" + "0" * 999),
    ],
)
def test_the_number_that_is_read(text: str, number: str | None) -> None:
    assert read(text) == number


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_all_spellings_of_a_number_are_one(number: Decimal) -> None:
    spellings = [f"{number:f}", f"{number:,}", f"so it is {number:,} apples.", f"#### {number}", f"{number:f}000"]
    read = NumericAnswer().items(answers(spellings, [f"{number:f}"] * len(spellings)))
    assert read["score"].to_list() == [1.0] * len(spellings)
    assert Decimal(read["number"][0]) == number


def test_numbers_are_not_compared_as_floats() -> None:
    assert NumericAnswer().items(answers(["0.1", "9007199254740993"], ["0.10000000000000001", "9007199254740992"]))[
        "score"
    ].to_list() == [0.0, 0.0]


def test_an_answer_without_a_number_is_wrong_and_counted() -> None:
    metric = NumericAnswer(fallback=False)
    items = metric.items(answers(["#### 3", "it is 3", None, "#### 4"], ["#### 3"] * 4))
    assert items["unparsed"].to_list() == [False, True, True, False]
    assert metric.total(items) == {"numeric_exact_match": 1 / 4}


def test_the_best_of_several_references_counts() -> None:
    assert NumericAnswer().items(answers(["7"], [["6", "7.0"]]))["score"].to_list() == [1.0]


def test_a_reference_without_a_number_is_an_error() -> None:
    with pytest.raises(DataError, match="reference of test:1"):
        NumericAnswer().items(answers(["7"], ["seven"]))


def test_hostile_texts_are_read_in_one_pass() -> None:
    for text in (
        "1," * 2_000_000,
        "9" * 5_000_000,
        "####" * 1_000_000,
        "-" * 5_000_000,
        "1e" * 1_000_000,
        "1/" * 1_000_000,
    ):
        assert read(text) in (None, "1", "10")


@pytest.mark.skipif(not GSM8K.exists(), reason="shared data is not here")
@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("6b_finetuning", 21.68),
        ("6b_verification", 39.04),
        ("175b_finetuning", 34.72),
        ("175b_verification", 56.25),
    ],
)
def test_gsm8k_example_solutions(model: str, published: float) -> None:
    lines = (GSM8K / "example_model_solutions.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    metric = NumericAnswer(markers=["A:", "####"])
    items = metric.items(answers([one[model]["solution"] for one in told], [one["ground_truth"] for one in told]))
    graded = [one[model]["is_correct"] for one in told]
    assert round(100 * sum(graded) / len(graded), 2) == published
    assert items["score"].to_list() == [float(one) for one in graded]
