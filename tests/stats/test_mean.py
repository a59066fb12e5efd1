from math import sqrt

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from bloomery.errors import NotComputableError
from bloomery.stats.mean import clustered_error, mean, standard_error

NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=60)


def varies(values):
    return np.std(values) > 1e-6 * np.max(np.abs(values))


@given(NUMBERS, st.sampled_from([0.8, 0.95, 0.99]))
def test_mean_as_statsmodels(values, level):
    assume(varies(values))
    found, oracle = mean(values, level=level), DescrStatsW(values)
    assert (found.value, found.error) == pytest.approx((oracle.mean, oracle.std_mean), rel=1e-9, abs=1e-9)
    assert found.interval == pytest.approx(oracle.tconfint_mean(1 - level), rel=1e-9, abs=1e-9)


@given(NUMBERS, st.randoms(use_true_random=False))
def test_clustered_interval_as_statsmodels(values, random):
    assume(varies(values))
    groups = np.array([random.randrange(4) for _ in values])
    assume(np.unique(groups).size > 1)
    n, size = len(values), np.unique(groups).size
    fit = sm.OLS(values, np.ones(n)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "df_correction": True}, use_t=True
    )
    error = fit.bse[0] / sqrt(size / (size - 1) * (n - 1) / (n - 1))
    assume(error > 1e-6 * np.max(np.abs(values)))
    found = mean(values, clusters=groups)
    assert found.error == pytest.approx(error, rel=1e-9)
    assert found.interval == pytest.approx(fit.conf_int()[0], rel=1e-9, abs=1e-9)


def test_clustered_error_formula():
    """SE² = n⁻² Σ_c (Σ_{i∈c}(s_i − s̄))²: here s̄ = ½, sums of the clusters 1, 0 and −1, so √2/6."""
    values, clusters = [1, 1, 1, 0, 0, 0], ["a", "a", "b", "b", "c", "c"]
    assert clustered_error(values, clusters) == pytest.approx(sqrt(2) / 6)
    assert mean(values, clusters=clusters).error == pytest.approx(sqrt(2) / 6)
    half = 4.302652729911275 * sqrt(3 / 2) * sqrt(2) / 6  # t with 2 degrees of freedom; √(C/(C − 1))
    assert mean(values, clusters=clusters).interval == pytest.approx((0.5 - half, 0.5 + half))


@given(NUMBERS)
def test_clusters_of_one_item_are_no_clusters(values):
    assume(varies(values))
    n = len(values)
    alone, plain = mean(values, clusters=np.arange(n)), mean(values)
    assert alone.error == pytest.approx(plain.error * sqrt((n - 1) / n))
    assert alone.interval == pytest.approx(plain.interval)


def test_equal_items_in_clusters_count_once():
    """Each item five times: the clustered error is that of the five-times-smaller sample, up to √((n − 1)/n)."""
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    five = clustered_error(np.repeat(values, 5), np.repeat(np.arange(5), 5))
    assert five == pytest.approx(standard_error(values) * sqrt(4 / 5))
    assert standard_error(np.repeat(values, 5)) < five / 1.9


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], "needed, there are 0"),
        ([1.0], "there are 1"),
        ([0.1] * 7, "do not vary"),
        ([1, float("nan")], "1 of 2 values"),
    ],
)
def test_not_computable(values, reason):
    with pytest.raises(NotComputableError, match=reason):
        mean(values)


def test_one_cluster_is_not_computable():
    with pytest.raises(NotComputableError, match="one cluster"):
        mean([1, 2, 3], clusters=["a"] * 3)
    with pytest.raises(NotComputableError, match="do not vary"):
        mean([1, 0, 1, 0], clusters=["a", "a", "b", "b"])
