"""Krippendorff's alpha with its interval for 5 raters and 10,000 items, in seconds: python benchmarks/agreement_speed.py

One rating of ten is missing. Beside it the time of the package `krippendorff` for alpha alone, once.
"""

import statistics
import time
from collections.abc import Callable

import krippendorff
import numpy as np
from measure import machine, save

from bloomery.stats.fleiss import fleiss_kappa
from bloomery.stats.gwet import gwet_ac
from bloomery.stats.krippendorff import krippendorff_alpha

ITEMS, RATERS, RUNS = 10_000, 5, 3


def seconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return round(statistics.median(times), 3)


def main() -> None:
    rng = np.random.default_rng(1)
    own = rng.integers(1, 6, size=(ITEMS, RATERS)).astype(float)
    full = np.where(rng.random((ITEMS, 1)) < 0.7, own[:, :1], own)
    missing = np.where(rng.random(full.shape) < 0.1, np.nan, full)
    rows: dict[str, object] = {}
    for measure in ("nominal", "ordinal", "interval", "ratio"):
        rows[f"alpha {measure}, 1,000 replicates"] = seconds(
            lambda measure=measure: krippendorff_alpha(missing, measure=measure)
        )
        rows[f"package krippendorff, {measure}, no interval"] = seconds(
            lambda measure=measure: krippendorff.alpha(missing.T, level_of_measurement=measure)
        )
    words = [[None if np.isnan(one) else f"label {one:.0f}" for one in row] for row in missing]
    rows["alpha nominal of strings, 10,000 replicates"] = seconds(lambda: krippendorff_alpha(words, replicates=10_000))
    rows["Fleiss' kappa"] = seconds(lambda: fleiss_kappa(full))
    rows["Gwet's AC2, quadratic"] = seconds(lambda: gwet_ac(missing, weights="quadratic"))
    save(
        "agreement_speed",
        {"machine": machine("numpy", "scipy", "krippendorff"), "items": ITEMS, "raters": RATERS, "seconds": rows},
    )


if __name__ == "__main__":
    main()
