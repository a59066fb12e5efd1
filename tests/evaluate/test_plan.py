"""Sizes before anything is trained: the formulas are those of `stats`, the sentences say what they mean."""

import pytest
from statsmodels.stats.proportion import power_proportions_2indep

import bloomery as bl
from bloomery.errors import RecipeError
from bloomery.stats.designs import NonInferiority, PairedProportions, TwoProportions
from bloomery.stats.power import power, sample_size


def test_sizes_have_the_power_that_was_asked_for_and_one_item_less_has_not() -> None:
    plan = bl.plan(metric="accuracy", baseline=0.85, drop=0.05, discordance=0.15)
    assert plan.sizes["paired"] == 469  # (1.95996 √.15 + .84162 √.1475)² / .0025 = 468.4
    for name, design, alpha in (
        ("paired", PairedProportions(0.15), 0.05),
        ("unpaired", TwoProportions(0.85), 0.05),
        ("non-inferiority", NonInferiority(PairedProportions(0.15)), 0.025),
    ):
        n = plan.sizes[name]
        assert power(design, n, -0.05, alpha=alpha) >= 0.8 > power(design, n - 1, -0.05, alpha=alpha)


def test_unpaired_beside_statsmodels() -> None:
    n = bl.plan(baseline=0.85, drop=0.05).sizes["unpaired"]
    found = power_proportions_2indep(-0.05, 0.85, n, alternative="two-sided").power
    assert found == pytest.approx(0.8, abs=0.002)


def test_with_n_the_smallest_drop_that_can_be_seen() -> None:
    plan = bl.plan(baseline=0.85, drop=0.05, discordance=0.15, n=469)
    assert plan.detectable["paired"] == pytest.approx(0.05, abs=2e-4)
    assert "469 items answered by both show a drop by 0.050 or more" in plan.sentence
    assert bl.plan(baseline=0.85, drop=0.05, discordance=0.15, n=3).detectable["paired"] is None


def test_an_unknown_discordance_is_taken_as_independent_and_said() -> None:
    plan = bl.plan(baseline=0.85, drop=0.05)
    assert plan.discordance == pytest.approx(0.85 * 0.2 + 0.8 * 0.15)
    assert any("taken to err independently" in one for one in plan.remarks)
    assert plan.sizes["paired"] == sample_size(PairedProportions(0.29), -0.05)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"baseline": 0.03}, "would be below 0"),
        ({"discordance": 0.01}, "cannot differ by 0.050"),
        ({"metric": "f1.macro"}, "no formula.*bloomery compare"),
        ({"metric": "acuracy"}, "Expected .*: accuracy, .*token_f1.* Did you mean 'accuracy'"),
        ({"metric": "f1"}, "Did you mean 'f1.macro', 'f1.macro.majority', 'f1.micro' or 'f1.weighted'"),
        ({"metric": "zzz"}, "docs/metrics.md"),
        ({"power": 0.3}, "power should be greater than 0.5"),
        (
            {"baseline": 85},
            "baseline is a share. Expected a number between 0 and 1. Found 85. If 85 % is meant, say --baseline 0.85",
        ),
        ({"drop": 5}, "say --drop 0.05"),
        ({"discordance": 12.5}, "say --discordance 0.125"),
        ({"baseline": 850}, "baseline should be less than or equal to 1"),
        ({"drop": -0.05}, "without a sign.*Say --drop 0.05"),
        ({"baseline": 0.1, "discordance": 0.3}, "cannot differ on 0.300 .* at most 0.150"),
        ({"baseline": 0.95, "discordance": 0.5}, "at most 0.150"),
        ({"metric": "missing", "baseline": 0.97}, "A rise by 0.050 from 0.970 would be above 1"),
        ({"metrik": "accuracy"}, "unknown key 'metrik'"),
    ],
)
def test_what_cannot_be_planned_says_why(options, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        bl.plan(**options)


def test_means_between_0_and_1_are_on_the_safe_side() -> None:
    plan = bl.plan(metric="token_f1", baseline=0.6)
    assert any("is taken for a share of items" in one for one in plan.remarks)
    assert bl.plan(metric="exact_match", baseline=0.6, discordance=0.2).remarks == ()


def test_a_plan_shows_itself_and_is_plain_data() -> None:
    plan = bl.plan(baseline=0.85, n=100)
    assert "smallest drop of 100 items" in plan._repr_html_()
    assert plan.to_dict()["designs"][0]["name"] == "paired"


def test_a_smallest_drop_above_the_baseline_is_no_drop() -> None:
    plan = bl.plan(baseline=0.1, drop=0.05, n=3)
    assert set(plan.detectable.values()) == {None}  # non-inferiority alone would say 0.605
    assert plan.sentence.endswith("No drop can be seen with n = 3.")


def test_where_less_is_better_a_rise_is_planned_for() -> None:
    plan = bl.plan(metric="missing", baseline=0.02, drop=0.05, n=500)
    assert plan.sizes["unpaired"] == sample_size(TwoProportions(0.02), 0.05)
    assert plan.discordance == pytest.approx(0.02 * 0.93 + 0.07 * 0.98)
    assert plan.sentence.startswith("To see missing rise from 0.020 to 0.070 in 80 %")
    assert "500 items answered by both show a rise by" in plan.sentence
    assert "less of missing is better, so --drop is taken for a rise" in plan.remarks
    assert plan.table[0][2] == "smallest rise of 500 items"
