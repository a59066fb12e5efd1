"""How often each interval of `bloomery.stats` holds the truth, by simulation.

    python benchmarks/intervals.py [--runs 3000] [--seed 4]

A case is a name and a function that draws one data set and says whether the interval, at 95 %, held the true value; add
a case to CASES to have it measured. A case that was not computable counts apart: of those runs there is no interval.
Coverage has a standard error of √(p(1 − p)/runs) with p = 0.95; the verdict is "conservative" above nominal by more
than two of them, "below nominal" by more than two under it, "within two standard errors" otherwise. Both tails of 2 SE
are crossed by chance in 5 % of the cases.
"""

import argparse
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.stats.bootstrap import bootstrap, bootstrap_mean
from bloomery.stats.effect import odds_ratio
from bloomery.stats.interval import Interval
from bloomery.stats.mean import mean
from bloomery.stats.paired import paired_t
from bloomery.stats.paired_bootstrap import paired_bootstrap
from bloomery.stats.proportion import clopper_pearson, rule_of_three, wilson
from bloomery.stats.score import farrington_manning, tango
from bloomery.stats.unpaired import newcombe, welch

LEVEL = 0.95
RNG = np.random.Generator
Simulate = Callable[[RNG], tuple[Interval, float]]


NOTE = """Simulated coverage of the intervals (`python benchmarks/intervals.py`), each at 95 %.

"Conservative" is above 95 % by more than two standard errors of the simulation, "below nominal" under it by more than
two; of cases that hold exactly, one in twenty falls outside by chance. Runs without an interval (all values alike) are
counted apart, so coverage there is of the other runs. "Clusters not told" is the mistake, for comparison: items of a
cluster treated as independent.
"""


class Coverage(NamedTuple):
    """Of `runs` intervals, the share that held the truth, and what that says about 95 %."""

    name: str
    coverage: float
    runs: int
    not_computable: int
    verdict: str


def share(interval: Callable[[int, int], Interval], n: int, p: float) -> Simulate:
    return lambda rng: (interval(int(rng.binomial(n, p)), n), p)


def two_shares(
    interval: Callable[[int, int, int, int], Interval], n: int, p_a: float, p_b: float, truth: float
) -> Simulate:
    return lambda rng: (interval(int(rng.binomial(n, p_a)), n, int(rng.binomial(n, p_b)), n), truth)


def pairs(n: int, only_a: float, only_b: float) -> Simulate:
    def simulate(rng: RNG) -> tuple[Interval, float]:
        b, c, _ = rng.multinomial(n, [only_a, only_b, 1 - only_a - only_b])
        return tango(int(b), int(c), n), only_a - only_b

    return simulate


def of_mean(
    interval: Callable[..., Interval], n: int, draw: Callable[[RNG, int], np.ndarray], truth: float
) -> Simulate:
    return lambda rng: (interval(draw(rng, n), rng), truth)


def of_clusters(interval: Callable[..., Interval], clusters: int, size: int) -> Simulate:
    """Items share an effect of their cluster that is as large as their own noise; cluster sizes vary."""

    def simulate(rng: RNG) -> tuple[Interval, float]:
        code = np.repeat(np.arange(clusters), rng.integers(1, 2 * size, size=clusters))
        return interval(rng.normal(size=clusters)[code] + rng.normal(size=code.size), rng, code), 0.0

    return simulate


def f1_difference(n: int) -> Simulate:
    """F1 of two systems that miss as often as they raise false alarms: F1 = precision = recall in the limit, .9 and .8."""

    def simulate(rng: RNG) -> tuple[Interval, float]:
        gold, luck = rng.random(n) < 0.3, rng.random(n)
        said = [np.where(gold, luck < recall, luck < (1 - recall) * 0.3 / 0.7) for recall in (0.9, 0.8)]

        def total(which: int) -> Callable[[np.ndarray], float | None]:
            def f1(rows: np.ndarray) -> float | None:
                both = said[which][rows].sum() + gold[rows].sum()
                return 2 * float((said[which] & gold)[rows].sum()) / both if both else None

            return f1

        return paired_bootstrap(total(0), total(1), n, seed=seed_of(rng), replicates=400).interval, 0.9 - 0.8

    return simulate


def seed_of(rng: RNG) -> int:
    return int(rng.integers(2**32))


def t_interval(values: np.ndarray, rng: RNG, clusters: np.ndarray | None = None) -> Interval:
    return mean(values, clusters=clusters).interval


def boot(method: str) -> Callable[..., Interval]:
    def interval(values: np.ndarray, rng: RNG, clusters: np.ndarray | None = None) -> Interval:
        return bootstrap_mean(
            values, seed=seed_of(rng), clusters=clusters, replicates=1000, method=method, threads=1
        ).interval

    return interval


def ratio(rng: RNG) -> tuple[Interval, float]:
    top = rng.exponential(size=60)
    low = 1 + rng.exponential(size=60)
    return bootstrap(
        lambda w: (w @ top) / (w @ low), 60, seed=seed_of(rng), replicates=1000, method="bca"
    ).interval, 0.5


def paired_interval(values: np.ndarray, rng: RNG) -> Interval:
    hard = 3 * rng.normal(size=values.size)
    return paired_t(values + hard, hard).interval


def normal(rng: RNG, n: int) -> np.ndarray:
    return rng.normal(size=n)


def skewed(rng: RNG, n: int) -> np.ndarray:
    return rng.exponential(size=n)


def rare(rng: RNG, n: int) -> np.ndarray:
    return (rng.random(n) < 0.1) * 1.0


def _cases() -> dict[str, Simulate]:
    cases: dict[str, Simulate] = {}
    for n in (10, 100, 1000):
        for p in (0.5, 0.1, 0.02):
            cases[f"wilson, n = {n}, p = {p}"] = share(wilson, n, p)
            cases[f"clopper_pearson, n = {n}, p = {p}"] = share(clopper_pearson, n, p)
    for n in (10, 300):
        cases[f"rule_of_three, n = {n}, p at its bound"] = at_the_bound(n)
    for n in (10, 100, 1000):
        for p_a, p_b in ((0.5, 0.4), (0.95, 0.9), (0.02, 0.02)):
            said = f"n = {n} and {n}, p = {p_a} and {p_b}"
            cases[f"newcombe, {said}"] = two_shares(newcombe, n, p_a, p_b, p_a - p_b)
            cases[f"farrington_manning, {said}"] = two_shares(farrington_manning, n, p_a, p_b, p_a - p_b)
        for only_a, only_b in ((0.2, 0.1), (0.05, 0.01), (0.01, 0.01)):
            cases[f"tango, n = {n}, only a = {only_a}, only b = {only_b}"] = pairs(n, only_a, only_b)
    for n in (100, 1000):
        true = (0.5 / 0.5) / (0.4 / 0.6)
        cases[f"odds_ratio, n = {n} and {n}, p = 0.5 and 0.4"] = two_shares(
            lambda *counts: odds_ratio(*counts).interval, n, 0.5, 0.4, true
        )
    methods = {"mean": t_interval, "bootstrap percentile": boot("percentile"), "bootstrap bca": boot("bca")}
    for n in (5, 20, 100, 1000):
        for draw, truth in ((normal, 0.0), (skewed, 1.0), (rare, 0.1)):
            for name in methods if n < 1000 else ("mean",):
                cases[f"{name}, n = {n}, {draw.__name__}"] = of_mean(methods[name], n, draw, truth)
    for n in (5, 100):
        cases[f"paired_t, n = {n}, normal"] = of_mean(paired_interval, n, normal, 0.0)
        cases[f"welch, n = {n} and {3 * n}, σ = 1 and 3"] = lambda rng, n=n: (
            welch(rng.normal(size=n), 3 * rng.normal(size=3 * n)).interval,
            0.0,
        )
    for clusters in (5, 20, 100):
        cases[f"mean clustered, {clusters} clusters"] = of_clusters(t_interval, clusters, 5)
        cases[f"mean, clusters not told, {clusters} clusters"] = of_clusters(
            lambda v, rng, c: t_interval(v, rng), clusters, 5
        )
        cases[f"bootstrap bca clustered, {clusters} clusters"] = of_clusters(boot("bca"), clusters, 5)
    cases["bootstrap bca of a ratio of sums, n = 60"] = ratio
    cases["paired_bootstrap of F1, n = 100"] = f1_difference(100)
    return cases


def at_the_bound(n: int) -> Simulate:
    """None is seen of n, or some: the bound 1 − 0.05^(1/n) is wrong where it is the truth and none is seen, which is 5 %."""
    p = rule_of_three(n)
    return lambda rng: (Interval(0.0, rule_of_three(n) if rng.binomial(n, p * 1.000001) == 0 else 1.0), p * 1.000001)


CASES = _cases()


def measure(name: str, simulate: Simulate, runs: int, seed: int) -> Coverage:
    rng = np.random.default_rng([seed, *name.encode()])
    held, computed = 0, 0
    for _ in range(runs):
        try:
            interval, truth = simulate(rng)
        except NotComputableError:
            continue
        computed += 1
        held += interval.low <= truth <= interval.high
    found = held / computed if computed else float("nan")
    return Coverage(name, found, runs, runs - computed, verdict(found, computed))


def verdict(coverage: float, runs: int) -> str:
    if not runs:
        return "never computable"
    error = sqrt(LEVEL * (1 - LEVEL) / runs)
    if abs(coverage - LEVEL) <= 2 * error:
        return "within two standard errors"
    return "conservative" if coverage > LEVEL else "below nominal"


def table(found: list[Coverage]) -> str:
    lines = [
        NOTE,
        "| interval at 95 % | held the truth | ± 1 SE | not computable | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in found:
        error = sqrt(LEVEL * (1 - LEVEL) / max(1, one.runs - one.not_computable))
        none = f"{one.not_computable / one.runs:.1%}" if one.not_computable else "–"
        lines.append(f"| {one.name} | {one.coverage:.2%} | {error:.2%} | {none} | {one.verdict} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    from measure import RESULTS, machine, save

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    found = []
    for name, simulate in CASES.items():
        found.append(measure(name, simulate, options.runs, options.seed))
        print(f"{name}: {found[-1].coverage:.3f} {found[-1].verdict}", flush=True)
    save(
        "intervals",
        {"seed": options.seed, "machine": machine("numpy", "scipy"), "cases": [one._asdict() for one in found]},
    )
    Path(RESULTS / "intervals.md").write_text(table(found))


if __name__ == "__main__":
    main()
