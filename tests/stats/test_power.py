import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm
from statsmodels.stats.power import TTestIndPower, TTestPower, normal_power_het
from statsmodels.stats.proportion import power_proportions_2indep

from bloomery.errors import NotComputableError
from bloomery.stats.designs import (
    Equivalence,
    NonInferiority,
    PairedMeans,
    PairedProportions,
    SampledAnswers,
    TwoMeans,
    TwoProportions,
    independent_discordance,
)
from bloomery.stats.power import detectable_effect, power, sample_size

DESIGNS = [
    (TwoProportions(0.85), -0.05),
    (TwoProportions(0.85, ratio=2), 0.04),
    (PairedProportions(0.15), -0.05),
    (TwoMeans(1.5, ratio=0.5), 0.4),
    (PairedMeans(0.6), -0.1),
    (SampledAnswers(1 / 9, 1 / 6, 1 / 6, 10, 10), 0.03),
    (NonInferiority(TwoProportions(0.85)), 0.05),
    (NonInferiority(PairedProportions(0.15), true=-0.01), 0.05),
    (NonInferiority(PairedMeans(0.6)), 0.1),
    (Equivalence(PairedProportions(0.15), true=0.005), 0.05),
]


@pytest.mark.parametrize(("design", "effect"), DESIGNS)
@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.95])
def test_each_of_size_power_and_effect_follows_from_the_others(design, effect: float, wanted: float) -> None:
    n = sample_size(design, effect, power=wanted)
    assert power(design, n, effect) >= wanted > power(design, n - 1, effect)
    smallest = detectable_effect(design, n, power=wanted, direction=1 if effect > 0 else -1)
    assert power(design, n, smallest) == pytest.approx(wanted, abs=1e-9)
    assert 0 < smallest / effect <= 1 + 1e-12
    assert sample_size(design, smallest * (1 + 1e-9), power=wanted) == n


@pytest.mark.parametrize(
    ("design", "n"),
    [
        (SampledAnswers(1 / 9), 969),
        (SampledAnswers(1 / 9, 1 / 6, 1 / 6), 3_876),
        (SampledAnswers(1 / 9, 1 / 6, 1 / 6, 10, 10), 1_260),
    ],
)
def test_sample_sizes_of_miller_2024(design: SampledAnswers, n: int) -> None:
    assert sample_size(design, 0.03) == n
    z = norm.ppf(0.975) + norm.ppf(0.8)
    assert n == math.ceil(z**2 * design.spread(0.03) ** 2 / 0.03**2)


@given(
    st.floats(0.02, 0.98),
    st.floats(0.02, 0.98),
    st.integers(2, 5_000),
    st.sampled_from([0.5, 1.0, 3.0]),
    st.sampled_from([0.01, 0.05]),
)
@settings(max_examples=100, deadline=None)
def test_two_proportions_as_statsmodels(first: float, second: float, n: int, ratio: float, alpha: float) -> None:
    ours = power(TwoProportions(first, ratio), n, second - first, alpha=alpha)
    # statsmodels counts its first group, which is our second, and its ratio is nobs2/nobs1
    oracle = power_proportions_2indep(second - first, first, n * ratio, ratio=1 / ratio, alpha=alpha).power
    assert ours == pytest.approx(oracle, abs=1e-9)


@given(st.floats(0.05, 3), st.integers(3, 3_000), st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([0.01, 0.05]))
@settings(max_examples=60, deadline=None)
def test_means_as_statsmodels(effect: float, n: int, ratio: float, alpha: float) -> None:
    unpaired = TTestIndPower().power(effect, n, alpha, ratio=ratio)
    if np.isfinite(unpaired):
        assert power(TwoMeans(2.0, ratio), n, -2 * effect, alpha=alpha) == pytest.approx(unpaired, abs=1e-9)
    paired = TTestPower().power(effect, n, alpha)
    if np.isfinite(paired):
        assert power(PairedMeans(0.5), n, effect / 2, alpha=alpha) == pytest.approx(paired, abs=1e-9)


@given(st.floats(0.02, 0.6), st.floats(0.05, 0.95), st.integers(5, 5_000))
@settings(max_examples=60, deadline=None)
def test_paired_proportions_as_statsmodels(discordance: float, part: float, n: int) -> None:
    effect = discordance * part
    oracle = normal_power_het(
        effect, n, 0.05, std_null=math.sqrt(discordance), std_alternative=math.sqrt(discordance - effect**2)
    )
    assert power(PairedProportions(discordance), n, effect) == pytest.approx(oracle, abs=1e-9)


def test_paired_proportions_against_the_power_of_the_test_itself() -> None:
    """ψ = .2, δ = .1, n = 155 for 80 %: all outcomes of the mid-p test summed up, which holds its level less exactly."""
    design, effect = PairedProportions(0.2), 0.1
    n = sample_size(design, effect)
    assert n == math.ceil((norm.ppf(0.975) * math.sqrt(0.2) + norm.ppf(0.8) * math.sqrt(0.2 - 0.01)) ** 2 / 0.01) == 155
    total = 0.0
    for discordant in range(1, n + 1):
        wins = np.arange(discordant + 1)
        least = np.minimum(wins, discordant - wins)
        p = np.minimum(2 * binom.cdf(least, discordant, 0.5) - binom.pmf(least, discordant, 0.5), 1)
        chances = binom.pmf(discordant, n, 0.2) * binom.pmf(wins, discordant, 0.15 / 0.2)
        total += float(chances[p <= 0.05].sum())
    assert total == pytest.approx(0.8, abs=0.015)


def test_non_inferiority_of_shares_by_its_closed_form() -> None:
    """Blackwelder: (1.6449 + .8416)² (.85·.15 + .85·.15) / .05² = 630.6."""
    assert sample_size(NonInferiority(TwoProportions(0.85)), 0.05) == 631
    worse = sample_size(NonInferiority(TwoProportions(0.85), true=-0.02), 0.05)
    better = sample_size(NonInferiority(TwoProportions(0.85), true=0.02), 0.05)
    assert better < 631 < worse
    with pytest.raises(NotComputableError, match="10\\^12"):
        sample_size(NonInferiority(TwoProportions(0.85), true=-0.05), 0.05)


def test_equivalence_by_its_closed_form() -> None:
    """At no true difference (z_{.05} + z_{β/2})² σ²/m², with β/2 as both sides can fail: (1.6449 + 1.2816)² .15/.05² = 513.9."""
    assert sample_size(Equivalence(PairedProportions(0.15)), 0.05) == 514


def test_pairs_need_fewer_items_than_two_groups() -> None:
    assert independent_discordance(0.85, 0.80) == pytest.approx(0.85 * 0.2 + 0.15 * 0.8)
    paired = sample_size(PairedProportions(independent_discordance(0.85, 0.80)), -0.05)
    assert paired == pytest.approx(sample_size(TwoProportions(0.85), -0.05), rel=0.01)
    assert sample_size(PairedProportions(0.1), -0.05) < paired / 2


def test_what_cannot_be_planned() -> None:
    with pytest.raises(NotComputableError, match="difference of 0"):
        sample_size(TwoProportions(0.85), 0)
    with pytest.raises(NotComputableError, match=r"\+0.2 cannot be: the widest .* is \+0.15"):
        sample_size(TwoProportions(0.85), 0.2)
    with pytest.raises(NotComputableError, match="cannot be"):
        power(PairedProportions(0.1), 100, -0.11)
    with pytest.raises(NotComputableError, match="5 items have a power of .* even for the widest"):
        detectable_effect(PairedProportions(0.1), 5)
    with pytest.raises(NotComputableError, match="cannot show any effect"):
        detectable_effect(PairedMeans(1.0), 1)
    with pytest.raises(ValueError, match="between alpha and 1"):
        sample_size(TwoProportions(0.85), 0.05, power=80)
    with pytest.raises(ValueError, match="not 0 and 10"):
        detectable_effect(TwoProportions(0.85), 10, direction=0)
    with pytest.raises(ValueError, match="more than 0"):
        power(TwoProportions(0.85), 0, 0.05)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TwoProportions(1.2),
        lambda: TwoProportions(0.5, ratio=0),
        lambda: PairedProportions(0.0),
        lambda: TwoMeans(0.0),
        lambda: PairedMeans(-1.0),
        lambda: SampledAnswers(0.0),
        lambda: SampledAnswers(0.1, k_a=0),
    ],
)
def test_designs_that_cannot_be(wrong) -> None:
    with pytest.raises(ValueError, match="this design needs"):
        wrong()


def test_an_effect_is_a_number() -> None:
    with pytest.raises(ValueError, match="finite"):
        sample_size(TwoProportions(0.5), float("nan"))


def test_non_inferiority_to_a_share_of_one_has_no_spread_to_plan_with() -> None:
    with pytest.raises(NotComputableError, match="Without any spread"):
        sample_size(NonInferiority(TwoProportions(1.0)), 0.05)


def test_large_designs_are_finite() -> None:
    """The closed form leaves out results in the wrong direction, a chance of Φ(-4.76) = 1e-6, which moves n by 2.5e-6 of it."""
    assert sample_size(TwoMeans(1.0), 1e-5) == pytest.approx(
        2 * (norm.ppf(0.975) + norm.ppf(0.8)) ** 2 * 1e10, rel=1e-5
    )
    assert sample_size(TwoMeans(1.0), 50) == 2
    assert detectable_effect(TwoMeans(1.0), 10**9) == pytest.approx(
        (norm.ppf(0.975) + norm.ppf(0.8)) * math.sqrt(2e-9), rel=1e-5
    )


def test_a_baseline_of_one_can_only_drop() -> None:
    assert sample_size(TwoProportions(1.0), -0.05) > 100
    with pytest.raises(NotComputableError, match="cannot be"):
        sample_size(TwoProportions(1.0), 0.01)
    with pytest.raises(NotComputableError, match="widest effect there can be"):
        detectable_effect(TwoProportions(1.0), 100, direction=1)
