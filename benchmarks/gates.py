"""How often a gate deploys a model that is truly worse, and refuses one that is as good: ours, and a plain threshold.

    python benchmarks/gates.py [--runs 20000] [--seed 6]

Against a fixed threshold nothing is drawn: each number of right answers has a binomial probability, and the gate's own functions
say what they make of it. Against the base, pairs of answers are drawn: the base is right in 80 % of items, the two differ in
20 % of them (more where the difference needs it), and the margin is that of ``>= base - 5%``.
"""

import argparse
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import binom

from bloomery.evaluate.gates.bounds import interval
from bloomery.evaluate.gates.decide import margin, state_of
from bloomery.evaluate.gates.difference import of_pairs as bounds_of_pairs
from bloomery.evaluate.gates.expression import wanted

CERTAINTY = 0.95
ENDS = (0.0, 1.0)
SIZES = (50, 200, 1000)
THRESHOLDS = (0.85, 0.95)
BASE, DISCORDANCE = 0.8, 0.2
OFF = (-0.10, -0.05, 0.0, 0.05)
STATES = ("pass", "fail", "undecided")

NOTE = """How often a gate deploys, refuses or leaves undecided (`python benchmarks/gates.py`): the share of tests of n items. A
plain threshold looks at the value alone; ours at its bound at 95 %, one-sided.

Fixed thresholds are computed exactly, from binomial probabilities. Beside the base (right in 80 % of items; the two differ in
20 % of them) 20,000 tests were drawn for each row, ± 0.4 points at most. Both gates allow a drop of 5 % of the base's value,
which is 4 points here: of a model that is 5 points worse only one point tells. "At the margin" is the best model that is to be
refused: a gate at 95 % deploys it once in twenty tests at most.
"""


class Row(NamedTuple):
    gate: str
    n: int
    truly: str
    plain: float  #: how often the plain threshold deploys
    deploys: float
    refuses: float
    undecided: float


@cache
def of_share(right: int, n: int, threshold: float) -> str:
    """What the gate makes of so many right answers."""
    values = (np.arange(n) < right).astype(np.float64)
    low, high, _ = interval(values, None, ENDS, CERTAINTY, share=True)
    return state_of(">=", threshold, low, high)


def fixed() -> Iterator[Row]:
    for threshold in THRESHOLDS:
        for n in SIZES:
            states = np.array([of_share(right, n, threshold) for right in range(n + 1)])
            plain = np.arange(n + 1) >= threshold * n - 1e-9
            for off in OFF:
                if not 0 < threshold + off < 1:
                    continue
                chance = binom.pmf(np.arange(n + 1), n, threshold + off)
                shares = [float(chance[states == state].sum()) for state in STATES]
                yield Row(f">= {threshold}", n, truly(off), float(chance[plain].sum()), *shares)


@cache
def of_pairs(gained: int, lost: int, base_right: int, n: int) -> tuple[bool, str]:
    """What a plain threshold and the gate make of so many gained and lost items."""
    mine, theirs = np.zeros(n), np.zeros(n)
    mine[:gained], theirs[gained : gained + lost] = 1.0, 1.0
    limit = margin(wanted(">= base - 5%", gate="benchmark"), base_right / n)
    low, high, _ = bounds_of_pairs(mine, theirs, None, ENDS, CERTAINTY, share=True)
    return (gained - lost) / n >= limit - 1e-9, state_of(">=", limit, low, high)


def paired(runs: int, seed: int) -> Iterator[Row]:
    rng = np.random.default_rng(seed)
    for n in SIZES:
        for off in (*OFF[:2], -0.04, *OFF[2:]):
            differ = max(DISCORDANCE, abs(off))
            gained, lost = (differ + off) / 2, (differ - off) / 2
            chances = [gained, lost, BASE - lost, 1 - BASE - gained]
            drawn = rng.multinomial(n, chances, size=runs)
            found = [of_pairs(int(g), int(lo), int(lo + both), n) for g, lo, both, _ in drawn]
            states = np.array([state for _, state in found])
            said = "at the margin" if off == -0.04 else truly(off)
            shares = [float(np.mean(states == state)) for state in STATES]
            yield Row(">= base - 5%", n, said, float(np.mean([plain for plain, _ in found])), *shares)


def truly(off: float) -> str:
    if not off:
        return "as good"
    return f"{round(abs(off) * 100)} points {'worse' if off < 0 else 'better'}"


def table(found: list[Row]) -> str:
    head = "| gate | n | the model is | plain threshold deploys | ours deploys | ours refuses | undecided |"
    lines = [NOTE, head, "| --- | --- | --- | --- | --- | --- | --- |"]
    for row in found:
        shares = " | ".join(f"{100 * share:.1f} %" for share in row[3:])
        lines.append(f"| `{row.gate}` | {row.n:,} | {row.truly} | {shares} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    from measure import RESULTS, machine, save

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=6)
    options = parser.parse_args()
    found = [*fixed(), *paired(options.runs, options.seed)]
    told = {"seed": options.seed, "runs": options.runs, "machine": machine("numpy", "scipy")}
    save("gates", told | {"rows": [row._asdict() for row in found]})
    page = table(found)
    Path(RESULTS / "gates.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
