import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from bloomery.errors import NotComputableError
from bloomery.stats.proportion import clopper_pearson, rule_of_three, wilson


@st.composite
def counts(draw):
    n = draw(st.integers(1, 5000))
    return draw(st.one_of(st.just(0), st.just(n), st.integers(0, n))), n


LEVELS = st.sampled_from([0.5, 0.9, 0.95, 0.99, 0.999])


@given(counts(), LEVELS)
def test_wilson_and_clopper_pearson_as_statsmodels(case, level):
    k, n = case
    assert wilson(k, n, level) == pytest.approx(proportion_confint(k, n, 1 - level, "wilson"), abs=1e-9)
    assert clopper_pearson(k, n, level) == pytest.approx(proportion_confint(k, n, 1 - level, "beta"), abs=1e-9)


@given(counts(), LEVELS)
def test_wald_interval_at_0_or_100_percent(case, level):
    """Seen: an interval of width 0. Wanted: width, inside [0, 1], around the share."""
    k, n = case
    for low, high in (wilson(k, n, level), clopper_pearson(k, n, level)):
        assert 0 <= low <= k / n <= high <= 1
        assert high - low > 0
    assert wilson(k, n, level).low == pytest.approx(1 - wilson(n - k, n, level).high, abs=1e-12)


def test_0_of_300_means_below_1_3_percent():
    z2 = 1.959963984540054**2
    assert wilson(0, 300) == (0.0, pytest.approx(z2 / (300 + z2)))  # 0.01264
    assert wilson(0, 300).high < 0.013
    assert clopper_pearson(0, 300) == (0.0, pytest.approx(1 - 0.025 ** (1 / 300)))  # 0.01222
    assert rule_of_three(300) == pytest.approx(1 - 0.05 ** (1 / 300))  # 0.00994
    assert rule_of_three(300) == pytest.approx(3 / 300, rel=0.01)


@given(st.integers(1, 5000), LEVELS)
def test_rule_of_three_is_the_one_sided_clopper_pearson(n, level):
    if level > 0.5:
        assert rule_of_three(n, level) == pytest.approx(clopper_pearson(0, n, 2 * level - 1).high, abs=1e-12)
    assert (1 - rule_of_three(n, level)) ** n == pytest.approx(1 - level)


@pytest.mark.parametrize("interval", [wilson, clopper_pearson, lambda k, n: rule_of_three(n)])
def test_no_trials_is_not_computable(interval):
    with pytest.raises(NotComputableError, match="no trials"):
        interval(0, 0)


def test_what_is_no_count_or_level_is_refused():
    for wrong in (
        lambda: wilson(4, 3),
        lambda: clopper_pearson(-1, 3),
        lambda: wilson(1, 3, 95),
        lambda: rule_of_three(3, 1.0),
    ):
        with pytest.raises(ValueError, match="expected"):
            wrong()
