import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.errors import NotComputableError
from bloomery.stats import bootstrap as module
from bloomery.stats import resample
from bloomery.stats.bootstrap import bca, bootstrap, bootstrap_mean, percentile
from bloomery.stats.resample import resampled_sums

RNG = np.random.default_rng(4)
SKEWED = RNG.exponential(size=1000)


def test_bootstrap_error_is_the_spread_of_the_replicates():
    """Seen: divided by √B (31.6 times too small for 1,000). σ*/√n is known; sd of B replicates has error 1/√(2B) of it."""
    replicates = 4000
    known = SKEWED.std() / np.sqrt(SKEWED.size)
    for method in ("percentile", "bca"):
        found = bootstrap_mean(SKEWED, seed=1, replicates=replicates, method=method)
        assert found.value == pytest.approx(SKEWED.mean())
        assert found.error == pytest.approx(known, rel=4 / np.sqrt(2 * replicates))


@pytest.mark.parametrize("values", [[], [3.0]])
def test_bootstrap_of_fewer_than_two_is_not_computable(values):
    """Seen: 0. Wanted: a reason."""
    with pytest.raises(NotComputableError, match="At least 2 items"):
        bootstrap_mean(values, seed=0)
    with pytest.raises(NotComputableError, match="At least 2 items"):
        bootstrap(lambda w: w.sum(axis=1), len(values), seed=0)


def test_bootstrap_without_variance_is_not_computable():
    with pytest.raises(NotComputableError, match="same on every resample"):
        bootstrap_mean([0.1] * 30, seed=0)
    with pytest.raises(NotComputableError, match="same on every resample"):
        bootstrap_mean([0, 1, 0, 1], clusters=[0, 0, 1, 1], seed=0)


def test_bootstrap_is_seeded():
    once, again, other = (bootstrap_mean(SKEWED, seed=seed, replicates=500) for seed in (7, 7, 8))
    assert once == again
    assert once.seed == 7
    assert once.interval != other.interval


@pytest.mark.parametrize("values", [SKEWED, SKEWED > 1, SKEWED + 1j], ids=["many values", "two values", "two columns"])
def test_threads_do_not_matter(values):
    found = [resampled_sums(np.asarray(values) * 1.0, 3, 600, threads=threads) for threads in (1, 2, 5)]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_cuts_do_not_matter(monkeypatch):
    def all_of_them():
        yield resampled_sums((SKEWED > 1) * 1.0, 3, 600)
        yield from bootstrap(lambda w: w @ SKEWED / 1000, 1000, seed=3, replicates=50, method="bca")[:3]

    before = list(all_of_them())
    monkeypatch.setattr(resample, "_CELLS", 77)
    monkeypatch.setattr(module, "_CELLS", 7777)
    for one, other in zip(before, all_of_them(), strict=True):
        assert one == pytest.approx(other, rel=1e-12)


@pytest.mark.parametrize("n", [2, 3, 255, 256, 257, 511, 512, 700])
def test_resampled_sums_have_the_moments_of_a_resample(n):
    """Sum of n draws: mean Σx, variance n·var(x), third central moment n·m3. Tolerances: 4.5 standard errors of B replicates."""
    values = np.random.default_rng(n).exponential(size=n) + np.arange(n) / n
    many = 20_000
    sums = resampled_sums(values, n, many)
    expected, variance = values.sum(), n * values.var()
    kurtosis = 3 + (np.mean((values - values.mean()) ** 4) / values.var() ** 2 - 3) / n
    assert sums.mean() == pytest.approx(expected, abs=4.5 * np.sqrt(variance / many))
    assert sums.var() == pytest.approx(variance, rel=4.5 * np.sqrt((kurtosis - 1) / many))
    third = n * np.mean((values - values.mean()) ** 3)
    noise = np.std((sums - expected) ** 3) / np.sqrt(many)
    assert np.mean((sums - expected) ** 3) == pytest.approx(third, abs=4.5 * noise)


@pytest.mark.parametrize("n", [256, 300, 515])
def test_each_item_is_drawn_as_often_and_as_independently_as_the_others(n):
    """How often five of the items were drawn: χ² against the binomial, correlations against the multinomial's."""
    many = 3000
    counts = np.array(
        [resampled_sums(np.eye(n)[i] + 1e-9 * np.arange(n), 5, many).round() for i in (0, 1, 100, 200, n - 1)]
    )
    for drawn in counts:  # Binomial(n, 1/n)
        seen = np.bincount(drawn.astype(int), minlength=4)[:4]
        likely = scipy.stats.binom.pmf(np.arange(4), n, 1 / n) * many
        assert scipy.stats.chisquare([*seen, many - seen.sum()], [*likely, many - likely.sum()]).pvalue > 1e-4
    together = np.corrcoef(counts)[np.triu_indices(5, 1)]  # −1/(n − 1), error 1/√B
    assert together == pytest.approx(-1 / (n - 1), abs=4.5 / np.sqrt(many))


def test_two_columns_are_of_the_same_draws():
    sums = resampled_sums(SKEWED + 2j * SKEWED, 1, 300)
    assert sums.imag == pytest.approx(2 * sums.real)
    few = resampled_sums((SKEWED > 1) + 1j * (SKEWED <= 1), 1, 300)
    assert few.real + few.imag == pytest.approx(1000)


@settings(max_examples=50)
@given(
    st.lists(st.floats(-100, 100), min_size=5, max_size=30).filter(lambda v: np.std(v) > 0.1),
    st.sampled_from([0.8, 0.95]),
)
def test_intervals_as_scipy_on_the_same_replicates(values, level):
    values = np.array(values)
    drawn = np.random.default_rng(0).choice(values, size=(999, values.size)).mean(axis=1)
    n, seen = values.size, values.mean()
    if not (drawn < seen).any() or not (drawn > seen).any():
        return
    given = scipy.stats.bootstrap((SKEWED[:9],), np.mean, n_resamples=2, rng=1, method="percentile")
    given.bootstrap_distribution = drawn
    mine = {"BCa": bca(drawn, seen, (n * seen - values) / (n - 1), level), "percentile": percentile(drawn, level)}
    for method, interval in mine.items():
        theirs = scipy.stats.bootstrap(
            (values,), np.mean, n_resamples=0, bootstrap_result=given, method=method, confidence_level=level
        )
        assert interval == pytest.approx(theirs.confidence_interval, rel=1e-9, abs=1e-9)


def test_general_bootstrap_of_a_mean_as_the_fast_one():
    values = SKEWED[:200]
    fast = bootstrap_mean(values, seed=1, replicates=8000)
    slow = bootstrap(lambda w: w @ values / w.sum(axis=1), 200, seed=1, replicates=8000, method="bca")
    assert fast.value == pytest.approx(slow.value)
    assert fast.error == pytest.approx(slow.error, rel=4 * np.sqrt(2 / 16_000))
    spread = 4 * fast.error * 2.7 * np.sqrt(2 / 8000)  # a 2.5 % quantile of B normal values has error 2.7·σ/√B
    assert fast.interval == pytest.approx(slow.interval, abs=spread)


def test_clusters_are_drawn_whole():
    """Five equal items in each of 60 clusters carry as much as 60 items."""
    values = SKEWED[:60]
    clustered = bootstrap_mean(np.repeat(values, 5), clusters=np.repeat(np.arange(60), 5), seed=1)
    assert clustered.error == pytest.approx(values.std() / np.sqrt(60), rel=4 / np.sqrt(20_000))
    names = np.array(["one", "two", "three"])[np.arange(30) % 3]
    ratio = bootstrap(
        lambda w: w @ SKEWED[:30] / w.sum(axis=1), 30, clusters=names, seed=2, replicates=20_000, method="percentile"
    )
    again = bootstrap_mean(SKEWED[:30], clusters=names, seed=3, replicates=20_000, method="percentile")
    assert ratio.error == pytest.approx(again.error, rel=0.05)
    assert ratio.interval == pytest.approx(again.interval)  # of 3 clusters there are 10 resamples only


def test_unequal_clusters_are_a_ratio():
    values, clusters = np.arange(9.0), np.array([0, 1, 1, 2, 2, 2, 2, 2, 2])
    drawn = resampled_sums(np.array([0 + 1j, 3 + 2j, 33 + 6j]), 1, 10_000)
    found = bootstrap_mean(values, clusters=clusters, seed=1, method="percentile")
    assert found.value == 4.0
    assert found.error == pytest.approx((drawn.real / drawn.imag).std(ddof=1))


def test_a_resample_without_a_value_is_not_computable():
    def share_of_first(weights):
        with np.errstate(invalid="ignore"):
            return weights[:, 0] / (weights[:, 0] + weights[:, 1])

    with pytest.raises(NotComputableError, match="resamples the statistic has no value"):
        bootstrap(share_of_first, 5, seed=0, replicates=200)


def test_bca_says_when_it_cannot():
    with pytest.raises(NotComputableError, match="one side"):
        bca(np.array([1.0, 2.0]), 5.0, np.array([1.0, 2.0]))
    with pytest.raises(NotComputableError, match="nothing to accelerate"):
        bca(np.array([1.0, 2.0]), 1.5, np.array([1.0, 1.0]))
