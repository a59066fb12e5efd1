import numpy as np
import pytest

from bloomery.errors import NotComputableError
from bloomery.stats.paired import paired_bootstrap_mean
from bloomery.stats.paired_bootstrap import paired_bootstrap

RNG = np.random.default_rng(11)
GOLD = RNG.random(300) < 0.3
A = GOLD ^ (RNG.random(300) < 0.1)
B = GOLD ^ (RNG.random(300) < 0.2)


def f1_of(said):
    def total(rows):
        hit = np.count_nonzero(said[rows] & GOLD[rows])
        return 2 * hit / (np.count_nonzero(said[rows]) + np.count_nonzero(GOLD[rows]))

    return total


def test_difference_of_f1():
    found = paired_bootstrap(f1_of(A), f1_of(B), 300, seed=1)
    assert (found.a, found.b) == (f1_of(A)(np.arange(300)), f1_of(B)(np.arange(300)))
    assert found.value == found.a - found.b
    assert found.interval.low < found.value < found.interval.high
    assert found == paired_bootstrap(f1_of(A), f1_of(B), 300, seed=1)


def test_of_a_mean_as_the_bootstrap_of_a_mean():
    """Tolerances: the standard deviation of 2,000 normal values has error σ/√4000, a 2.5 % quantile 2.7·σ/√2000."""
    a, b, clusters = (A == GOLD) * 1.0, (B == GOLD) * 1.0, np.arange(300) // 3
    for groups in (None, clusters):
        slow = paired_bootstrap(
            lambda r: a[r].mean(), lambda r: b[r].mean(), 300, seed=2, clusters=groups, replicates=2000
        )
        fast = paired_bootstrap_mean(a, b, seed=3, clusters=groups, method="percentile")
        assert slow.value == pytest.approx(fast.value)
        assert slow.error == pytest.approx(fast.error, rel=4 / np.sqrt(4000))
        assert slow.interval == pytest.approx(fast.interval, abs=4 * 2.7 * fast.error / np.sqrt(2000))


def test_p_as_defined_by_sacrebleu():
    """(1 + #{|Δ* − mean Δ*| ≥ |Δ|}) / (1 + B): for a mean about the p of a z test, here z = 2."""
    d = np.tile([1.0, 1, 1, -1, 0], 60)
    d += 2 * d.std() / np.sqrt(300) - d.mean()
    found = paired_bootstrap(lambda r: d[r].mean(), lambda r: 0.0, 300, seed=0, replicates=4000)
    assert found.p == pytest.approx(0.0455, abs=4 * np.sqrt(0.0455 / 4000))


def test_clusters_of_unequal_size_are_drawn_whole():
    clusters = np.repeat([0, 1, 2], [1, 2, 3])
    seen = []
    paired_bootstrap(
        lambda r: seen.append(np.sort(r)) or r.mean(), lambda r: 0.0, 6, seed=0, clusters=clusters, replicates=20
    )
    for rows in seen[1:]:
        counts = np.bincount(rows, minlength=6)
        assert counts[1] == counts[2]
        assert counts[3] == counts[4] == counts[5]
        assert counts[0] + counts[1] + counts[3] == 3


def test_not_computable():
    for total, n, reason in [
        (lambda r: r.mean(), 1, "At least 2"),
        (lambda r: None, 5, "no value on these"),
        (lambda r: None if r.max() < 4 else 1.0 * r.max(), 5, "resamples the statistic has no value"),
        (lambda r: 0.5, 5, "same on every resample"),
    ]:
        with pytest.raises(NotComputableError, match=reason):
            paired_bootstrap(total, lambda r: 0.0, n, seed=0, replicates=100)
