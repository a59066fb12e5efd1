import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from bloomery.errors import NotComputableError
from bloomery.stats.fleiss import fleiss_kappa
from bloomery.stats.kappa import cohen_kappa
from bloomery.stats.precision import (
    agreement_for_half_width,
    agreement_half_width,
    chance_of_zero_failures,
    items_for_agreement,
    items_for_half_width,
    items_for_zero_failures,
    rate_shown_by_zero_failures,
    share_for_half_width,
    wilson_half_width,
)


@given(
    st.integers(1, 2_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.8, 0.95, 0.99]),
)
@settings(max_examples=100, deadline=None)
def test_wilson_as_statsmodels(counted: tuple[int, int], level: float) -> None:
    low, high = proportion_confint(*counted, alpha=1 - level, method="wilson")
    assert wilson_half_width(counted[0] / counted[1], counted[1], level=level) == pytest.approx(
        (high - low) / 2, abs=1e-9
    )


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.85, 1.0])
@pytest.mark.parametrize("half_width", [0.01, 0.05, 0.2])
def test_the_least_number_of_items_for_a_width(share: float, half_width: float) -> None:
    n = items_for_half_width(share, half_width)
    assert wilson_half_width(share, n) <= half_width < wilson_half_width(share, n - 1)


def test_which_share_a_number_of_items_can_bound() -> None:
    assert wilson_half_width(share_for_half_width(500, 0.03), 500) == pytest.approx(0.03, abs=1e-12)
    assert share_for_half_width(10_000, 0.05) == 0.5
    with pytest.raises(NotComputableError, match="20 items are too few"):
        share_for_half_width(20, 0.01)


def test_zero_failures() -> None:
    """.99^299 = .0495 and .99^298 = .0500…: 299 items show less than 1 %, and the rule of three says 300."""
    assert items_for_zero_failures(0.01) == 299
    assert 0.99**299 <= 0.05 < 0.99**298
    assert rate_shown_by_zero_failures(299) < 0.01 < rate_shown_by_zero_failures(298)
    assert rate_shown_by_zero_failures(3_000) == pytest.approx(3 / 3_000, rel=2e-3)
    assert chance_of_zero_failures(299, 0.01) == pytest.approx(0.99**299)
    low, high = proportion_confint(0, 300, alpha=0.1, method="beta")
    assert (low, high) == (0, pytest.approx(rate_shown_by_zero_failures(300), abs=1e-12))


def test_zero_failures_where_the_size_is_exact() -> None:
    assert items_for_zero_failures(0.5, level=0.75) == 2
    assert items_for_zero_failures(0.1, level=1 - 0.9**7) == 7


@pytest.mark.parametrize(
    ("raters", "shares", "agreement"), [(2, [0.5, 0.5], 0.6), (3, [0.7, 0.3], 0.8), (4, [0.5, 0.3, 0.2], 0.5)]
)
def test_width_of_agreement_against_samples(raters: int, shares: list[float], agreement: float) -> None:
    """The mean standard error of 40 samples of 2,000 items, to 3 of its own Monte Carlo errors and 2 % for finite n."""
    rng = np.random.default_rng(8)
    found = []
    for _ in range(40):
        own = rng.choice(len(shares), p=shares, size=(2_000, raters))
        table = np.where(rng.random((2_000, 1)) < agreement, own[:, :1], own)
        found.append(1.959964 * fleiss_kappa(table.tolist()).se)
    planned = agreement_half_width(2_000, agreement=agreement, shares=shares, raters=raters)
    assert planned == pytest.approx(np.mean(found), abs=3 * np.std(found) / np.sqrt(40) + 0.02 * planned)


def test_width_of_kappa_of_the_expected_table() -> None:
    """κ = .6 and halves: 40, 10, 10, 40 of 100; both coefficients have the same variance where the margins are equal."""
    found = cohen_kappa([0] * 50 + [1] * 50, [0] * 40 + [1] * 10 + [0] * 10 + [1] * 40)
    assert found.value == pytest.approx(0.6)
    assert agreement_half_width(100, agreement=0.6, shares=[0.5, 0.5]) == pytest.approx(1.959964 * found.se, abs=1e-6)


def test_items_and_agreement_follow_from_each_other() -> None:
    n = items_for_agreement(0.05, agreement=0.8, shares=[0.6, 0.4], raters=3)
    at = {k: agreement_half_width(n - k, agreement=0.8, shares=[0.6, 0.4], raters=3) for k in (0, 1)}
    assert at[0] <= 0.05 < at[1]
    assert agreement_for_half_width(n, 0.05, shares=[0.6, 0.4], raters=3) == pytest.approx(0.8, abs=0.001)
    with pytest.raises(NotComputableError, match="too few"):
        agreement_for_half_width(5, 0.0001, shares=[0.5, 0.5])


def test_wrong_arguments() -> None:
    with pytest.raises(ValueError, match="not 2, 2"):
        agreement_half_width(100, agreement=2, shares=[0.5, 0.5])
    with pytest.raises(ValueError, match="sum to 1"):
        agreement_half_width(100, agreement=0.5, shares=[0.5, 0.6])
    with pytest.raises(ValueError, match="half width"):
        items_for_agreement(0, agreement=0.5, shares=[0.5, 0.5])
    with pytest.raises(ValueError, match="half width"):
        items_for_half_width(0.5, 0)
    with pytest.raises(ValueError, match="not 1.2 of 10"):
        wilson_half_width(1.2, 10)
    with pytest.raises(ValueError, match="rate"):
        items_for_zero_failures(0)
    with pytest.raises(ValueError, match="rate"):
        chance_of_zero_failures(10, 2)
    with pytest.raises(NotComputableError, match="no items"):
        rate_shown_by_zero_failures(0)
