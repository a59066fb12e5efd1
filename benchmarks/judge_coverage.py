"""How often the estimate that people correct holds the true value, by simulation, through the code of `judge calibrate`.

A population of items has a truth (a share of yes, a win rate with ties, a score from 1 to 5) and a judge with faults: lenient
(says yes to half of what is no), harsh, biased by 0.5 points, noisy, useless (its values have nothing to do with the truth) or
perfect. Each run draws the items anew; people label some, drawn at random. Told is how often the 95 % interval holds the truth,
how often the judge's own interval does, and the mean width beside that of people's labels alone.
Run: python benchmarks/judge_coverage.py [--runs 4000]
"""

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import RESULTS, machine, save
from numpy.typing import NDArray

from bloomery.errors import NotComputableError
from bloomery.judge.corrected import corrected
from bloomery.stats.mean import mean

Floats = NDArray[np.float64]
Population = Callable[[np.random.Generator, int], tuple[Floats, Floats]]


def share(yes: float, if_yes: float, if_no: float) -> Population:
    """Yes or no; the judge says yes to these shares of yes and of no."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        truth = rng.random(n) < yes
        judge = rng.random(n) < np.where(truth, if_yes, if_no)
        return truth.astype(float), judge.astype(float)

    return draw


def won(rate: float, agree: float) -> Population:
    """Wins, ties (a fifth) and losses; the judge agrees with that probability, else it takes the first answer."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        truth = rng.choice([1.0, 0.5, 0.0], p=[rate - 0.1, 0.2, 0.9 - rate], size=n)
        return truth, np.where(rng.random(n) < agree, truth, 1.0)

    return draw


def scored(bias: float, noise: float) -> Population:
    """Scores from 1 to 5; the judge adds a bias and noise, and rounds."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
        truth = rng.choice([1.0, 2.0, 3.0, 4.0, 5.0], p=[0.05, 0.1, 0.2, 0.35, 0.3], size=n)
        return truth, np.clip(np.round(truth + bias + rng.normal(0, noise, n)), 1, 5)

    return draw


ENDS = {"sha": (0.0, 1.0), "win": (0.0, 1.0), "sco": (1.0, 5.0)}
POPULATIONS: dict[str, tuple[float, Population]] = {
    "share, lenient judge": (0.6, share(0.6, 1.0, 0.5)),
    "share, harsh judge": (0.6, share(0.6, 0.7, 0.02)),
    "share of 85 %, good judge": (0.85, share(0.85, 0.97, 0.2)),
    "share, useless judge": (0.6, share(0.6, 0.8, 0.8)),
    "win rate, judge takes the first": (0.55, won(0.55, 0.7)),
    "win rate, perfect judge": (0.55, won(0.55, 1.0)),
    "score 1 to 5, half a point too much": (3.75, scored(0.5, 0.7)),
    "score 1 to 5, noisy judge": (3.75, scored(0.0, 1.5)),
}


def coverage(name: str, labels: int, items: int, runs: int) -> dict[str, Any]:
    value, draw = POPULATIONS[name]
    rng = np.random.default_rng(labels)
    held, alone, widths, narrower = [], [], [], []
    for _ in range(runs):
        truth, judge = draw(rng, items)
        try:
            found = corrected(truth[:labels], judge[:labels], judge[labels:], ENDS[name[:3]])
        except NotComputableError:
            continue
        held.append(found.interval.low <= value <= found.interval.high)
        widths.append(found.interval.high - found.interval.low)
        try:
            low, high = mean(judge).interval
            alone.append(low <= value <= high)
            people = mean(truth[:labels]).interval
            narrower.append(widths[-1] / (people.high - people.low))
        except NotComputableError:
            pass
    return {
        "what": name,
        "labels": labels,
        "items": items,
        "coverage": round(float(np.mean(held)), 4),
        "judge_alone": round(float(np.mean(alone)), 3),
        "width": round(float(np.mean(widths)), 4),
        "width_beside_people_alone": round(float(np.mean(narrower)), 2),
        "not_computable": round(1 - len(held) / runs, 4),
    }


def markdown(rows: list[dict[str, Any]]) -> str:
    head = ["what is estimated", "labels", "corrected holds it", "judge alone holds it", "width beside people alone"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['what']} | {row['labels']} | {100 * row['coverage']:.1f} % | {100 * row['judge_alone']:.0f} % "
        f"| {row['width_beside_people_alone']:.2f} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4000)
    options = parser.parse_args()
    rows = []
    for name in POPULATIONS:
        for labels in (100, 200, 400):
            rows.append(coverage(name, labels, 1500, options.runs))
            print(*rows[-1].values(), sep="\t", flush=True)
    save("judge_coverage", {"machine": machine("numpy", "scipy"), "level": 0.95, "runs": options.runs, "rows": rows})
    (RESULTS / "judge_coverage.md").write_text(markdown(rows))


if __name__ == "__main__":
    main()
