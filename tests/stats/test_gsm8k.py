"""Graded solutions of four models to the same 1,319 questions: shares, pairs and the tests between them."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import scipy.stats
import statsmodels.stats.contingency_tables as tables
from statsmodels.stats.proportion import proportion_confint

from bloomery.stats.mcnemar import discordant, mcnemar, mcnemar_exact
from bloomery.stats.mean import mean
from bloomery.stats.paired import paired_bootstrap_mean, paired_t, sign_flip
from bloomery.stats.proportion import wilson
from bloomery.stats.score import tango

FILE = Path(__file__).parents[3] / "shared/data/gsm8k/grade_school_math/data/example_model_solutions.jsonl"
MODELS = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"]
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="shared data is not here")


@pytest.fixture(scope="module")
def right() -> dict[str, np.ndarray]:
    rows = [json.loads(line) for line in FILE.read_text().splitlines()]
    return {model: np.array([row[model]["is_correct"] for row in rows]) for model in MODELS}


def test_shares_of_right_solutions(right):
    assert [round(100 * right[model].mean(), 2) for model in MODELS] == [21.68, 39.04, 34.72, 56.25]
    for said in right.values():
        k = int(said.sum())
        assert wilson(k, 1319) == pytest.approx(proportion_confint(k, 1319, method="wilson"), abs=1e-12)
        assert mean(said).error == pytest.approx(np.sqrt(k / 1319 * (1 - k / 1319) / 1318))


@pytest.mark.parametrize(("a", "b"), list(combinations(MODELS, 2)))
def test_pairs(right, a, b):
    only_a, only_b = discordant(right[a], right[b])
    oracle = tables.mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    assert mcnemar_exact(only_a, only_b) == pytest.approx(oracle, rel=1e-6)
    assert mcnemar(only_a, only_b).method == "mid-p"
    t, oracle = paired_t(right[a], right[b]), scipy.stats.ttest_rel(right[a] * 1.0, right[b] * 1.0)
    assert t.value == pytest.approx((only_a - only_b) / 1319)
    assert t.interval == pytest.approx(oracle.confidence_interval())
    again = paired_bootstrap_mean(right[a], right[b], seed=1)
    assert again.error == pytest.approx(t.error, rel=4 / np.sqrt(20_000))
    assert tango(only_a, only_b, 1319) == pytest.approx(t.interval, abs=1.5e-3)  # its middle is lower by d·z²/n, 0.001


def test_close_pair(right):
    """6B with verification against 175B without: 4.3 points; sign flips of ± 1 are McNemar's test."""
    only_a, only_b = discordant(right["6b_verification"], right["175b_finetuning"])
    p = mcnemar_exact(only_a, only_b)
    flipped = sign_flip(right["6b_verification"], right["175b_finetuning"], seed=1, flips=20_000).p
    assert flipped == pytest.approx(p, abs=4 * np.sqrt(p / 20_000))
    assert p < 0.05
