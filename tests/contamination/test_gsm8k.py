"""Sets of which it is known what they share: a training set with all of GSM8K's training questions and none of its test."""

import csv
import io
import re
from pathlib import Path

import pytest

from bloomery.contamination.run import check

DATA = Path(__file__).parents[3] / "shared" / "data"
TRAIN = DATA / "alpaca_ext_gpteacher" / "dataset_extensions" / "gsm_8k" / "gsm_8k_train.json"
GSM8K = DATA / "gsm8k" / "grade_school_math" / "data"
BANKING = DATA / "polyai" / "banking_data"
DECON = DATA / "decon_bundled_evals" / "tests" / "fixtures"


@pytest.mark.skipif(not TRAIN.exists(), reason="shared data is not here")
@pytest.mark.parametrize(("test", "rows", "contaminated"), [("train.jsonl", 7_473, 7_473), ("test.jsonl", 1_319, 0)])
def test_known_contamination(tmp_path: Path, test: str, rows: int, contaminated: int) -> None:
    result = check(TRAIN, GSM8K / test, out=tmp_path / "out")
    assert (result.test_rows, result.contaminated, result.unchecked) == (rows, contaminated, 0)
    if contaminated:
        assert result.evidence["overlap"].min() > 0.8
        same = result.evidence["test"].str.extract(r":(\d+)$") == result.evidence["train"].str.extract(r":(\d+)$")
        assert same.all()


@pytest.mark.skipif(not BANKING.exists(), reason="shared data is not here")
def test_short_questions_of_a_bank_count_only_where_a_training_question_is_equal(tmp_path: Path) -> None:
    # 25 of 3,080 are equal without case and punctuation; 12 more once "isn't" is "is not"; 3 long ones by overlap. "Exchange
    # rate" and 156 others stand inside of longer questions. 11 long ones are near a training question of the same class
    result = check(BANKING / "train.csv", BANKING / "test.csv", out=tmp_path / "out")
    assert (result.test_rows, result.contaminated, result.tiers["short_contained"]) == (3_080, 51, 157)
    assert result.summary["rules"] == {"13-gram overlap": 3, "equal field": 37, "word 3-grams": 11}
    texts = [
        [
            re.findall(r"\w+", row["text"].casefold())
            for row in csv.DictReader(io.StringIO((BANKING / name).read_text("utf-8")))
        ]
        for name in ("train.csv", "test.csv")
    ]
    equal = {f"{BANKING / 'test.csv'}:{n}" for n, words in enumerate(texts[1], 1) if words in texts[0]}
    assert len(equal) == 25
    assert equal <= set(result.evidence.filter(result.evidence["rule"] == "equal field")["test"])


@pytest.mark.skipif(not DECON.exists(), reason="shared data is not here")
@pytest.mark.parametrize(
    ("train", "tiers"),
    [
        ("clean.jsonl", {}),
        ("contaminated_at_beginning.jsonl", {"1": "verbatim"}),
        ("contaminated_at_end.jsonl", {"1": "verbatim"}),
        ("contaminated_middle_position.jsonl", {"1": "verbatim"}),
        ("contaminated_punctuation_variation.jsonl", {"1": "verbatim"}),
        ("contaminated_multiple_in_one.jsonl", {"1": "verbatim", "2": "short_contained", "3": "answer_only"}),
        ("contaminated_mixed.jsonl", {"1": "near", "2": "short_contained", "3": "answer_only"}),
        ("contaminated_mixed.jsonl.gz", {"1": "near", "2": "short_contained", "3": "answer_only"}),
        ("contaminated_mixed.jsonl.zst", {"1": "near", "2": "short_contained", "3": "answer_only"}),
        ("contaminated_single_edit.jsonl", {"1": "near"}),  # one word of 27 differs, at two places
    ],
)
def test_fixtures_of_another_tool(tmp_path: Path, train: str, tiers: dict[str, str]) -> None:
    result = check(
        DECON / "training" / train, DECON / "reference" / "question_answer_reference.jsonl", out=tmp_path / "out"
    )
    found = result.evidence.select(result.evidence["test"].str.extract(r":(\d+)$"), "tier")
    assert dict(found.iter_rows()) == tiers
