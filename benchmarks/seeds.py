"""Does the interval of a difference hold 95 % where models are trained several times? With the training as a level, and without.

    python benchmarks/seeds.py     writes results/seeds.json and results/seeds.md

Two models of the same worth, each trained S times. An item has a difficulty that all trainings share; a training adds an effect
of its own with standard deviation τ, and each answer its own luck. Scores are 0 or 1.
"""

import json
from pathlib import Path

import numpy as np

from bloomery.errors import NotComputableError
from bloomery.evaluate.tested import Sides, of_means
from bloomery.stats.paired import paired_t

HERE = Path(__file__).parent / "results"
TIMES = 2_000
GRID = [(s, tau, n) for n in (100, 1000) for tau in (0.0, 0.02, 0.05) for s in (2, 3, 5)]


def simulated(s: int, tau: float, n: int, rng: np.random.Generator) -> Sides:
    easy = rng.beta(2, 2, n)
    made = [np.clip(easy + rng.normal(0, tau, (s, 1)), 0, 1) for _ in range(2)]
    return Sides(*[(rng.random((s, n)) < share).astype(float) for share in made])


def measured(s: int, tau: float, n: int) -> dict[str, float]:
    rng = np.random.default_rng([s, int(1000 * tau), n])
    held, without, widths, counted = 0, 0, [], 0
    for _ in range(TIMES):
        sides = simulated(s, tau, n, rng)
        try:
            ends = of_means(sides, None, 0).at(0.95)
            plain = paired_t(sides.other.mean(axis=0), sides.reference.mean(axis=0)).interval
        except NotComputableError:
            continue
        assert ends is not None
        counted += 1
        held += ends.low <= 0 <= ends.high
        without += plain.low <= 0 <= plain.high
        widths.append((ends.high - ends.low) / (plain.high - plain.low))
    return {"held": held / counted, "without": without / counted, "wider": float(np.median(widths)), "times": counted}


def main() -> None:
    found = [{"seeds": s, "tau": tau, "items": n, **measured(s, tau, n)} for s, tau, n in GRID]
    (HERE / "seeds.json").write_text(json.dumps(found, indent=1) + "\n")
    lines = [
        "| items | trainings of each model | they vary by (τ) | 95 % interval holds | without this level | wider by (median) |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['items']:,} | {row['seeds']} | {row['tau']:g} | {100 * row['held']:.1f} % | {100 * row['without']:.1f} % "
        f"| {row['wider']:.2f} × |"
        for row in found
    ]
    (HERE / "seeds.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
