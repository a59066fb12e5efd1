"""How often the intervals of the agreement coefficients hold the true value, by simulation.

Items are drawn from a mixture: with probability `agreement` all raters give the same label, else each rates on their own,
with the same shares of labels; then Cohen's and Fleiss' kappa and alpha (nominal) are all `agreement` in the long run. Runs in
which the coefficient cannot be computed (a constant rater) are left out and their share is given. Run: python
benchmarks/agreement_coverage.py [--runs 500] [--only alpha]
(with --only, the other rows of the results stay).
"""

import argparse
import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import RESULTS, machine, save
from numpy.typing import NDArray

from bloomery.errors import NotComputableError
from bloomery.stats.fleiss import fleiss_kappa
from bloomery.stats.gwet import gwet_ac
from bloomery.stats.interval import Interval
from bloomery.stats.kappa import cohen_kappa
from bloomery.stats.krippendorff import krippendorff_alpha

Labels = NDArray[np.int64]
COEFFICIENTS = ("kappa", "fleiss", "gwet", "alpha")


def drawn(rng: np.random.Generator, items: int, raters: int, agreement: float, shares: list[float]) -> Labels:
    own = rng.choice(len(shares), p=shares, size=(items, raters))
    return np.where(rng.random((items, 1)) < agreement, own[:, :1], own)


def gwet_truth(agreement: float, shares: list[float]) -> float:
    one = np.array(shares)
    raw = agreement + (1 - agreement) * float(one @ one)
    chance = float(one @ (1 - one)) / (len(one) - 1)
    return (raw - chance) / (1 - chance)


def intervals(seed: int, shares: list[float]) -> dict[str, Callable[[Labels], Interval]]:
    labels = list(range(len(shares)))
    return {
        "kappa": lambda table: cohen_kappa(table[:, 0].tolist(), table[:, 1].tolist(), labels=labels).interval,
        "fleiss": lambda table: fleiss_kappa(table.tolist(), labels=labels).interval,
        "gwet": lambda table: gwet_ac(table.tolist(), labels=labels).interval,
        "alpha": lambda table: krippendorff_alpha(table.tolist(), labels=labels, replicates=500, seed=seed).interval,
    }


def coverage(name: str, items: int, raters: int, agreement: float, shares: list[float], runs: int) -> dict[str, Any]:
    rng = np.random.default_rng(items)
    truth = gwet_truth(agreement, shares) if name == "gwet" else agreement
    held, widths = [], []
    for run in range(runs):
        try:
            low, high = intervals(run, shares)[name](drawn(rng, items, raters, agreement, shares))
        except NotComputableError:
            continue
        held.append(low <= truth <= high)
        widths.append(high - low)
    return {
        "coefficient": name,
        "items": items,
        "raters": raters,
        "agreement": agreement,
        "shares": " ".join(map(str, shares)),
        "coverage": round(float(np.mean(held)), 3),
        "mean_width": round(float(np.mean(widths)), 3),
        "not_computable": round(1 - len(held) / runs, 3),
    }


def kept(only: str | None) -> list[dict[str, Any]]:
    """The rows of the other coefficients in the results file."""
    file = RESULTS / "agreement_coverage.json"
    if only is None or not file.exists():
        return []
    return [row for row in json.loads(file.read_text())["rows"] if row["coefficient"] != only]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--only", choices=COEFFICIENTS)
    options = parser.parse_args()
    rows = kept(options.only)
    for name, items, agreement in itertools.product(COEFFICIENTS, (30, 100, 300), (0.0, 0.4, 0.7, 0.9, 0.97)):
        for shares in ([0.5, 0.5], [0.9, 0.1], [0.6, 0.3, 0.1]):
            if options.only in {None, name}:
                rows.append(coverage(name, items, 2 if name == "kappa" else 3, agreement, shares, options.runs))
                print(*rows[-1].values(), sep="\t", flush=True)
    rows.sort(key=lambda row: COEFFICIENTS.index(row["coefficient"]))
    save(
        "agreement_coverage", {"machine": machine("numpy", "scipy"), "level": 0.95, "runs": options.runs, "rows": rows}
    )


if __name__ == "__main__":
    main()
