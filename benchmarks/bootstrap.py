"""Seconds for 10,000 bootstrap replicates of a mean over 100,000 items, three ways.

    python benchmarks/bootstrap.py [--runs 5]

``gather`` is the obvious way in NumPy (draw row numbers, take, average; in chunks), measured on a twentieth of the
replicates and multiplied. Wall time and processor time; the machine's load is in the result, since both depend on who
else is on it.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable

import numpy as np
from measure import machine, save

from bloomery.stats.bootstrap import bootstrap_mean

ITEMS, REPLICATES = 100_000, 10_000


def gather(values: np.ndarray, share: int = 20) -> None:
    rng = np.random.default_rng(1)
    for _ in range(REPLICATES // share):
        values[rng.integers(0, values.size, size=values.size)].mean()


def timed(work: Callable[[], object], runs: int, times: int = 1) -> dict[str, float]:
    wall, processor = [], []
    for _ in range(runs):
        started, used = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - started) * times)
        processor.append((time.process_time() - used) * times)
    return {
        "seconds": round(statistics.median(wall), 2),
        "fastest": round(min(wall), 2),
        "slowest": round(max(wall), 2),
        "processor_seconds": round(statistics.median(processor), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(0)
    values, pairs = rng.normal(size=ITEMS), np.arange(ITEMS) // 2
    ways: dict[str, Callable[[], object]] = {
        "100,000 distinct values": lambda: bootstrap_mean(values, seed=1),
        "100,000 distinct values, one thread": lambda: bootstrap_mean(values, seed=1, threads=1),
        "yes and no": lambda: bootstrap_mean((values > 1) * 1.0, seed=1),
        "50,000 clusters of two": lambda: bootstrap_mean(values, seed=1, clusters=pairs),
    }
    found = {name: timed(work, runs) for name, work in ways.items()}
    found["gather"] = timed(lambda: gather(values), 1, 20)
    load = [round(one, 2) for one in os.getloadavg()]
    save(
        "bootstrap",
        {"machine": machine("numpy"), "load": load, "items": ITEMS, "replicates": REPLICATES, "ways": found},
    )


if __name__ == "__main__":
    main()
