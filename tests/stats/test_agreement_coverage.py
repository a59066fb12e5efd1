"""Simulated coverage of the intervals of agreement; `benchmarks/agreement_coverage.py` has many more cases and what fails."""

import math

import numpy as np
import pytest

from bloomery.stats.fleiss import fleiss_kappa
from bloomery.stats.gwet import gwet_ac
from bloomery.stats.kappa import cohen_kappa
from bloomery.stats.krippendorff import krippendorff_alpha

RUNS, ITEMS, AGREEMENT, SHARES = 300, 100, 0.7, [0.6, 0.4]
#: 95 % less two Monte Carlo errors; more is conservative, which the hull of two intervals is
LEAST = 0.95 - 2 * math.sqrt(0.95 * 0.05 / RUNS)


def gwet_truth() -> float:
    """p_a = .7 + .3·(.36 + .16), p_e = 2·.6·.4."""
    return (0.7 + 0.3 * 0.52 - 0.48) / (1 - 0.48)


@pytest.mark.parametrize(
    ("interval", "truth"),
    [
        (lambda table: cohen_kappa(table[:, 0].tolist(), table[:, 1].tolist()).interval, AGREEMENT),
        (lambda table: fleiss_kappa(table.tolist()).interval, AGREEMENT),
        (lambda table: gwet_ac(table.tolist()).interval, gwet_truth()),
        (lambda table: krippendorff_alpha(table.tolist(), replicates=400).interval, AGREEMENT),
    ],
    ids=["kappa", "fleiss", "gwet", "alpha"],
)
def test_coverage(interval, truth: float) -> None:
    rng = np.random.default_rng(11)
    held, widths = 0, []
    for _ in range(RUNS):
        own = rng.choice(2, p=SHARES, size=(ITEMS, 3))
        low, high = interval(np.where(rng.random((ITEMS, 1)) < AGREEMENT, own[:, :1], own))
        held += low <= truth <= high
        widths.append(high - low)
    assert LEAST <= held / RUNS < 1
    assert np.mean(widths) < 0.35
