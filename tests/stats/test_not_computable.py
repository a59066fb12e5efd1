import numpy as np
import pytest

from bloomery.errors import BloomeryError, NotComputableError
from bloomery.stats.bootstrap import bootstrap, bootstrap_mean
from bloomery.stats.effect import cohens_d, odds_ratio, relative_change, risk_difference
from bloomery.stats.equivalence import paired_means, paired_shares, unpaired_shares
from bloomery.stats.mean import clustered_error, mean, standard_error
from bloomery.stats.paired import paired_t, sign_flip
from bloomery.stats.paired_bootstrap import paired_bootstrap
from bloomery.stats.proportion import clopper_pearson, rule_of_three, wilson
from bloomery.stats.score import farrington_manning, tango
from bloomery.stats.unpaired import newcombe, two_proportions, welch

NAN = float("nan")


@pytest.mark.parametrize(
    "statistic",
    [
        lambda: mean([]),
        lambda: mean([1.0]),
        lambda: mean([1.0, NAN]),
        lambda: mean([1.0, float("inf")]),
        lambda: standard_error([2.0]),
        lambda: clustered_error([1.0, 2.0], [0, 0]),
        lambda: bootstrap_mean([0.5], seed=1),
        lambda: bootstrap_mean([0.5, 0.5], seed=1),
        lambda: bootstrap_mean([1.0, 2.0], seed=1, clusters=["a", "a"]),
        lambda: bootstrap_mean([1.0, 2.0], seed=1, replicates=1),
        lambda: bootstrap_mean([1.0, 2.0], seed=1, replicates=0),
        lambda: bootstrap(lambda w: w[:, 0], 5, seed=1, replicates=0),
        lambda: paired_bootstrap(lambda r: r.mean(), lambda r: 1.0, 5, seed=1, replicates=0),
        lambda: bootstrap(lambda w: np.full(len(w), NAN), 5, seed=1),
        lambda: paired_t([1, 2, 3], [1, 2, 3]),
        lambda: paired_t([1, NAN, 3], [1, 2, 3]),
        lambda: sign_flip([1], [2], seed=1),
        lambda: paired_bootstrap(lambda r: NAN, lambda r: 1.0, 5, seed=1),
        lambda: wilson(0, 0),
        lambda: clopper_pearson(0, 0),
        lambda: rule_of_three(0),
        lambda: welch([1, 1], [1, 1]),
        lambda: newcombe(0, 0, 1, 5),
        lambda: two_proportions(5, 5, 5, 5),
        lambda: unpaired_shares(0, 0, 1, 5, 0.1),
        lambda: paired_shares(0, 0, 0, 0.1),
        lambda: tango(0, 0, 0),
        lambda: farrington_manning(1, 5, 0, 0),
        lambda: risk_difference(1, 5, 0, 0),
        lambda: paired_means([1, 1], [0, 0], 0.1),
        lambda: cohens_d([1, 1], [0, 0]),
        lambda: odds_ratio(0, 5, 1, 5),
        lambda: relative_change(0.5, 0.0),
    ],
)
def test_error_returned_as_p_1_and_interval_0_0(statistic):
    """Seen: p = 1 and (0, 0) where nothing could be computed. Wanted: "not computable", with a sentence that says why."""
    with pytest.raises(NotComputableError) as caught:
        statistic()
    assert str(caught.value).endswith(".")
    assert isinstance(caught.value, BloomeryError)
