"""A small version of ``benchmarks/intervals.py``: 400 runs of the quick cases; whole figures in benchmarks/results/intervals.md."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "intervals.py"
RUNS = 400
SE = (0.95 * 0.05 / RUNS) ** 0.5

if not FILE.exists():
    pytest.skip("benchmarks are not in this copy", allow_module_level=True)
spec = importlib.util.spec_from_file_location("benchmark_of_coverage", FILE)
simulated = importlib.util.module_from_spec(spec)
spec.loader.exec_module(simulated)

#: those that hold exactly, or conservatively: never more than 4 standard errors below 95 % (one case in 30,000 by chance)
SOUND = [
    "clopper_pearson, n = 10, p = 0.5",
    "clopper_pearson, n = 100, p = 0.02",
    "rule_of_three, n = 300, p at its bound",
    "wilson, n = 1000, p = 0.5",
    "newcombe, n = 100 and 100, p = 0.95 and 0.9",
    "farrington_manning, n = 1000 and 1000, p = 0.5 and 0.4",
    "tango, n = 100, only a = 0.2, only b = 0.1",
    "odds_ratio, n = 1000 and 1000, p = 0.5 and 0.4",
    "mean, n = 5, normal",
    "paired_t, n = 5, normal",
    "welch, n = 100 and 300, σ = 1 and 3",
    "mean clustered, 20 clusters",
    "bootstrap bca, n = 100, normal",
]


@pytest.mark.parametrize("name", SOUND)
def test_interval_holds_the_truth_as_often_as_it_says(name):
    found = simulated.measure(name, simulated.CASES[name], RUNS, seed=1)
    assert found.not_computable == 0
    assert found.coverage > 0.95 - 4 * SE


@pytest.mark.parametrize("name", ["mean, clusters not told, 100 clusters", "bootstrap percentile, n = 5, normal"])
def test_too_short_an_interval_is_found_out(name):
    assert simulated.measure(name, simulated.CASES[name], RUNS, seed=1).verdict == "below nominal"


def test_verdicts_say_what_was_seen():
    error = (0.95 * 0.05 / 1000) ** 0.5
    for coverage, said in [(0.95 + 1.9 * error, "within"), (0.95 - 2.1 * error, "below"), (0.99, "conservative")]:
        assert simulated.verdict(coverage, 1000).startswith(said)
    assert simulated.verdict(float("nan"), 0) == "never computable"
