from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from bloomery.errors import NotComputableError
from bloomery.stats.multiple import benjamini_hochberg, holm

P_VALUES = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.02, 0.04, 0.05, 1.0])), min_size=1, max_size=30
)


@given(P_VALUES)
def test_benjamini_hochberg_and_holm_as_statsmodels(p):
    """Seen: argsort taken for rank. In any order and with ties."""
    with patch("gc.collect"):  # multipletests collects garbage at each call
        oracle = {method: multipletests(p, method=method)[1] for method in ("fdr_bh", "holm")}
    assert benjamini_hochberg(p) == pytest.approx(oracle["fdr_bh"], abs=1e-12)
    assert holm(p) == pytest.approx(oracle["holm"], abs=1e-12)


def test_argsort_is_not_rank():
    """Sorted .01 .02 .03 .5: times 4/1, 4/2, 4/3, 4/4 is .04 .04 .04 .5. With argsort for rank .02 would be taken for third."""
    assert benjamini_hochberg([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.04, 0.5, 0.04, 0.04])
    assert holm([0.02, 0.5, 0.01, 0.03]) == pytest.approx([0.06, 0.5, 0.04, 0.06])


@given(P_VALUES, st.randoms(use_true_random=False))
def test_order_does_not_matter(p, random):
    order = list(range(len(p)))
    random.shuffle(order)
    for adjust in (holm, benjamini_hochberg):
        assert (adjust(np.array(p)[order]) == adjust(p)[order]).all()
        assert (adjust(p) >= p).all()


def test_null_runs_rarely_alarm():
    """Seen: a false alarm in 40 % of null runs. 20 independent nulls, 4,000 runs: ≤ 5 %, two standard errors are 0.7 points."""
    runs = np.random.default_rng(0).random((4000, 20))
    for adjust in (holm, benjamini_hochberg):
        alarms = np.mean([adjust(run).min() <= 0.05 for run in runs])
        assert alarms == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4000))


def test_edges():
    for adjust in (holm, benjamini_hochberg):
        assert adjust([]).size == 0
        assert adjust([0.03]).tolist() == [0.03]
        with pytest.raises(NotComputableError, match="missing"):
            adjust([0.1, float("nan")])
        with pytest.raises(ValueError, match="between 0 and 1"):
            adjust([1.5])
