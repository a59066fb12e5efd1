import pytest
import statsmodels.stats.contingency_tables as tables
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from bloomery.stats.mcnemar import discordant, mcnemar, mcnemar_exact, mcnemar_mid_p
from bloomery.stats.unpaired import two_proportions

COUNT = st.integers(0, 300)


@given(COUNT, COUNT)
def test_exact_as_statsmodels(b, c):
    if b + c:
        assert mcnemar_exact(b, c) == pytest.approx(tables.mcnemar([[5, b], [c, 5]], exact=True).pvalue, abs=1e-9)
    assert mcnemar_exact(b, c) == mcnemar_exact(c, b)


@given(COUNT, COUNT)
def test_mid_p_is_exact_less_the_probability_of_what_was_seen(b, c):
    if b != c:
        assert mcnemar_mid_p(b, c) == pytest.approx(mcnemar_exact(b, c) - binom.pmf(min(b, c), b + c, 0.5), abs=1e-9)
    assert mcnemar_mid_p(b, c) <= mcnemar_exact(b, c) + 1e-12
    assert mcnemar_mid_p(b, b) == 1.0


def test_mid_p_published():
    """Fagerland and others (2013), airway hyper-responsiveness: b = 1, c = 7: exact 0.0703, mid-p 0.0391."""
    assert round(mcnemar_exact(1, 7), 4) == 0.0703
    assert round(mcnemar_mid_p(1, 7), 4) == 0.0391


def test_b_and_c_of_0_give_1():
    assert mcnemar(0, 0) == (1.0, "exact", 0, 0)
    assert mcnemar_exact(0, 0) == mcnemar_mid_p(0, 0) == 1.0


def test_exact_below_25():
    assert mcnemar(8, 16) == (mcnemar_exact(8, 16), "exact", 8, 16)
    assert mcnemar(8, 17) == (mcnemar_mid_p(8, 17), "mid-p", 8, 17)


def test_unpaired_z_on_paired_items():
    """Seen: p .052 by a z test of two groups where McNemar says .035. Of 175 items both are right on 156, one on 12, other on 3."""
    b, c, both, n = 12, 3, 156, 175
    assert round(two_proportions(both + b, n, both + c, n), 3) == 0.052
    assert mcnemar(b, c).p == pytest.approx(2 * (1 + 15 + 105 + 455) / 2**15)  # .0352


def test_discordant_needs_pairs():
    with pytest.raises(ValueError, match="as many values"):
        discordant([True], [True, False])
    with pytest.raises(ValueError, match="two counts"):
        mcnemar(-1, 3)
