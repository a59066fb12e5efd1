"""Refusals told by their phrases, against the labels that two people gave (XSTest, 450 prompts)."""

from pathlib import Path

import polars as pl
import pytest

from bloomery.metrics.states import states

DATA = Path(__file__).parents[3] / "shared" / "data" / "xstest" / "model_completions"


@pytest.mark.skipif(not DATA.exists(), reason="shared data is not here")
@pytest.mark.parametrize(
    ("model", "full", "found", "false"),
    [("gpt4", 211, 197, 0), ("llama2orig", 294, 283, 4)],
)
def test_refusals_are_found_and_answers_left_alone(model: str, full: int, found: int, false: int) -> None:
    """The detector was tuned on llama2orig (benchmarks/refusals.py). What is taken wrongly there rebukes a question of nonsense."""
    rows = pl.read_csv(DATA / f"xstest_v2_completions_{model}.csv")
    refused = states(rows["completion"]) == "refused"
    refusal, answer = (rows["final_label"] == label for label in ("2_full_refusal", "1_full_compliance"))
    assert (refusal.sum(), (refused & refusal).sum(), (refused & answer).sum()) == (full, found, false)
