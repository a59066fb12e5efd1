"""A training set that is known to hold all of GSM8K's training questions and none of its test questions."""

from pathlib import Path

import pytest

from bloomery.contamination.run import check

DATA = Path(__file__).parents[3] / "shared" / "data"
TRAIN = DATA / "alpaca_ext_gpteacher" / "dataset_extensions" / "gsm_8k" / "gsm_8k_train.json"
GSM8K = DATA / "gsm8k" / "grade_school_math" / "data"
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


@pytest.mark.skipif(not DECON.exists(), reason="shared data is not here")
@pytest.mark.parametrize(
    ("train", "tiers"),
    [
        ("clean.jsonl", {}),
        ("contaminated_at_beginning.jsonl", {"1": "verbatim"}),
        ("contaminated_at_end.jsonl", {"1": "verbatim"}),
        ("contaminated_middle_position.jsonl", {"1": "verbatim"}),
        ("contaminated_punctuation_variation.jsonl", {"1": "verbatim"}),
        ("contaminated_multiple_in_one.jsonl", {"1": "verbatim", "2": "question", "3": "answer_only"}),
        ("contaminated_mixed.jsonl", {"2": "question", "3": "answer_only"}),
        ("contaminated_mixed.jsonl.gz", {"2": "question", "3": "answer_only"}),
        ("contaminated_mixed.jsonl.zst", {"2": "question", "3": "answer_only"}),
        ("contaminated_single_edit.jsonl", {}),  # one word of 27 differs: 13 of 15 grams; beyond a rule of 13-grams
    ],
)
def test_fixtures_of_another_tool(tmp_path: Path, train: str, tiers: dict[str, str]) -> None:
    result = check(
        DECON / "training" / train, DECON / "reference" / "question_answer_reference.jsonl", out=tmp_path / "out"
    )
    found = result.evidence.select(result.evidence["test"].str.extract(r":(\d+)$"), "tier")
    assert dict(found.iter_rows()) == tiers
