"""Ways to keep the asymptotic confidence sequence from crying wolf on lopsided values: how often it does, and what each costs.

    python benchmarks/sequential_ways.py [--streams 10000] [--length 3000]

The sequence is right for large n. Values with a long tail make it wrong at first: as long as nothing of the tail has been seen,
mean *and* variance are too small together, so the interval ends too early on the side of the tail. The ways:

    later start      nothing is said before n observations
    longer wait      nor while n < c γ², γ the skewness so far (10 γ² in all ways, c γ² here), or n < c times the kurtosis so far
    wider            both ends further out by 1 + c |γ|/√n, or the variance by c standard errors of its own
    wider, one side  only the end on the side of the tail by 1 + c |γ|/√n
    Hall             the cubic transformation of the t statistic (`bloomery.stats.tails`) with a share f of the skewness;
                     asymptotic_cs does it with f = min(1, 2 h)
    h                1 − (γ² + 1)/kurtosis: 0 for values of two kinds (right and wrong), whose tail is all seen once both are

Each is watched after every observation. Without an effect the share that ever excludes the truth is a false alarm: at most 5 %,
with a standard error of 0.22 points at 10,000 streams. With an effect, the median number of observations until it is noticed.
Writes results/sequential_ways.json and sequential_ways.md.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import NamedTuple

import measure
import numpy as np
from numpy.typing import NDArray
from sequential import (
    ALPHA,
    BATCH,
    TARGET,
    Draw,
    Stream,
    coin,
    exponential,
    first,
    flips,
    heavier,
    normal,
    shifted,
    skewed,
)

from bloomery.stats.asymptotic_cs import best_rho, half_width
from bloomery.stats.streams import running

NULL: dict[str, Draw] = {
    "normal": normal(),
    "Bernoulli(.05)": shifted(coin(0.05), -0.05),
    "Bernoulli(.5)": shifted(coin(0.5), -0.5),
    "Bernoulli(.1)": shifted(coin(0.1), -0.1),
    "lognormal": skewed,
    "exponential": exponential,
    "lognormal, σ = 1.5": heavier,
}
EFFECT: dict[str, Draw] = {
    "normal + .1": normal(0.1),
    "normal + .3": normal(0.3),
    "accuracy .9 against .85": shifted(coin(0.9), -0.85),
    "6 % better, 3 % worse": flips(0.06, 0.03),
    "lognormal + .2": shifted(skewed, 0.2),
    "Bernoulli(.08) against .05": shifted(coin(0.08), -0.05),
}


class Seen(NamedTuple):
    """What is known after each observation."""

    n: Stream
    mean: Stream
    half: Stream  # of the plain sequence
    deviation: Stream
    skewness: Stream  # 0 where all are equal
    kurtosis: Stream

    @property
    def waited(self) -> NDArray[np.bool_]:
        return (self.n >= 10 * self.skewness**2) & (self.deviation > 0)

    def over(self, factor: Stream | float = 1.0) -> NDArray[np.bool_]:
        return (np.abs(self.mean) > self.half * factor) & self.waited


def seen(x: Stream) -> Seen:
    n, mean, variance = running(x)
    moved = x - x[:, :1]
    m, s2, s3, s4 = (np.cumsum(moved**power, -1) / n for power in (1, 2, 3, 4))
    m2, m3 = np.maximum(s2 - m**2, 0), s3 - 3 * m * s2 + 2 * m**3
    m4 = s4 - 4 * m * s3 + 6 * m**2 * s2 - 3 * m**4
    varied = m2 > 1e-12 * s2
    divisor = np.where(varied, m2, 1)
    half = half_width(n, variance, rho=best_rho(TARGET, alpha=ALPHA), alpha=ALPHA)
    skewness, kurtosis = (np.where(varied, a, 0) for a in (m3 / divisor**1.5, m4 / divisor**2))
    return Seen(n, mean, half, np.sqrt(variance), skewness, kurtosis)


def ways(at: Seen) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each way and whether it excludes 0, after each observation of each stream."""
    begun = at.n >= 50
    for start in (50, 100, 200, 300, 500, 1000):
        yield f"later start: {start}", at.over() & (at.n >= start)
    for c in (30, 50, 75, 100):
        yield f"longer wait: {c} γ²", at.over() & begun & (at.n >= c * at.skewness**2)
    yield "longer wait: 20 × kurtosis", at.over() & begun & (at.n >= 20 * at.kurtosis)
    for c in (1, 2):
        yield (
            f"wider: variance + {c} of its standard errors",
            at.over(np.sqrt(1 + c * np.sqrt(np.maximum(at.kurtosis - 1, 0) / at.n))) & begun,
        )
    size = np.abs(at.skewness) / np.sqrt(at.n)
    tail = at.mean * at.skewness < 0  # the end on the side of the tail is the one that excludes
    for c in (0.25, 0.5, 1):
        yield f"wider: 1 + {c:g} γ/√n", at.over(1 + c * size) & begun
    for c in (0.25, 0.5, 0.75, 1):
        yield f"wider, one side: 1 + {c:g} γ/√n", at.over(np.where(tail, 1 + c * size, 1)) & begun
    # two values only, such as right and wrong, have a kurtosis of γ² + 1, the least there can be: 0 for them, up to 1
    hidden = 1 - (at.skewness**2 + 1) / np.maximum(at.kurtosis, at.skewness**2 + 1)
    for c in (1, 1.5, 2):
        yield f"wider, one side: 1 + {c:g} h γ/√n", at.over(np.where(tail, 1 + c * hidden * size, 1)) & begun
    t = at.mean / np.where(at.deviation > 0, at.deviation, 1)
    shares: dict[str, Stream | float] = {
        "0.5": 0.5,
        "1": 1.0,
        "h": hidden,
        "min(1, 1.5 h)": np.minimum(1, 1.5 * hidden),
        "min(1, 2 h)": np.minimum(1, 2 * hidden),
        "√h": np.sqrt(hidden),
    }
    for name, f in shares.items():
        g = f * at.skewness
        curved = t + g * t**2 / 3 + g**2 * t**3 / 27 + g / (6 * at.n)
        yield f"Hall, f = {name}", (np.abs(curved) * at.deviation > at.half) & at.waited & begun


def measured(draw: Draw, streams: int, length: int, seed: int) -> dict[str, NDArray[np.int64]]:
    """For each way, after how many observations each stream was stopped; 0 for never."""
    rng, found = np.random.default_rng(seed), {}
    for done in range(0, streams, BATCH):
        for name, over in ways(seen(draw(rng, min(BATCH, streams - done), length))):
            found.setdefault(name, []).append(first(over))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def markdown(alarms: dict[str, dict[str, float]], delays: dict[str, dict[str, float | None]]) -> str:
    head = ["way", *(f"alarms, {name}" for name in NULL), *(f"n until, {name}" for name in EFFECT)]
    lines = [head, ["---"] * len(head)]
    for name, rates in alarms.items():
        shown = [f"{100 * rate:.2f} %" for rate in rates.values()]
        waits = ["–" if wait is None else f"{wait:,.0f}" for wait in delays[name].values()]
        lines.append([name, *shown, *waits])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--length", type=int, default=3000)
    given = parser.parse_args()
    alarms: dict[str, dict[str, float]] = {}
    delays: dict[str, dict[str, float | None]] = {}
    for number, (data, draw) in enumerate((NULL | EFFECT).items()):
        print(data, file=sys.stderr)
        for name, when in measured(draw, given.streams, given.length, 2000 + number).items():
            if data in NULL:
                alarms.setdefault(name, {})[data] = float((when > 0).mean())
            else:
                median = float(np.median(np.where(when > 0, when, given.length + 1)))
                delays.setdefault(name, {})[data] = median if median <= given.length else None
    settings = {"streams": given.streams, "length": given.length, "alpha": ALPHA, "target": TARGET}
    found = {"machine": measure.machine("numpy", "scipy"), "alarms": alarms, "delays": delays}
    measure.save("sequential_ways", settings | found)
    (measure.RESULTS / "sequential_ways.md").write_text(markdown(alarms, delays))


if __name__ == "__main__":
    main()
