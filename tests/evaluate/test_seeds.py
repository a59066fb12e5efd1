"""Several trainings of a model: the formula on small numbers, its coverage, and what is said of one training."""

from math import sqrt
from pathlib import Path

import numpy as np
import pytest

import bloomery as bl
from bloomery.evaluate.seeds import combined, of_items, of_values
from bloomery.stats.difference import t_difference
from bloomery.stats.paired import paired_t
from tests.evaluate.runs import run_of


def test_worked_example() -> None:
    scores = np.array([[1.0, 1.0, 1.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    # x̄_s = .75, .25; s² = .125. Residuals are ±.25 in items 1, 3 and ±.25 in 2, 4: 8/16 = .5 over (2 − 1)(4 − 1) is r = 1/6
    found = of_items(scores)
    assert found.variance == pytest.approx((1 / 8 - 1 / 6 / 4) / 2)
    assert found.squares == (
        (pytest.approx(1 / 16), 1),
        (pytest.approx(1 / 48), 3),
    )
    error, df = combined(0.1, 3, [found])
    assert error == pytest.approx(sqrt(0.01 + 1 / 24))
    assert df == pytest.approx((0.01 + 1 / 24) ** 2 / (0.01**2 / 3 + (1 / 16) ** 2 / 1 + (1 / 48) ** 2 / 3))


def test_trainings_that_agree_add_nothing() -> None:
    scores = np.tile([1.0, 0.0, 1.0, 1.0], (3, 1))
    assert of_items(scores).variance == 0
    assert of_values([0.3, 0.3]).variance == 0
    assert combined(0.1, 9, [of_items(scores)]) == (pytest.approx(0.1), pytest.approx(9))


def test_coverage_with_a_level_of_their_own_and_without() -> None:
    """Two models of equal worth, three trainings each that vary by τ = .05, 400 items: intervals at 95 %, 300 times."""
    rng = np.random.default_rng(11)
    held, held_without = 0, 0
    for _ in range(300):
        easy = rng.normal(0.5, 0.2, 400)
        sides = [easy + rng.normal(0, 0.05, (3, 1)) + rng.normal(0, 0.2, (3, 400)) for _ in range(2)]
        a, b = (side.mean(axis=0) for side in sides)
        plain = paired_t(b, a)
        error, df = combined(plain.error, plain.df, [of_items(side) for side in sides])
        interval = t_difference(plain.value, error, df, 0.95).interval
        held += interval.low <= 0 <= interval.high
        held_without += plain.interval.low <= 0 <= plain.interval.high
    spread = 4 * sqrt(0.95 * 0.05 / 300)
    assert held / 300 > 0.95 - spread
    assert held_without / 300 < 0.6


def test_runs_of_one_model_with_other_seeds_are_one_model(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    a = [run_of(tmp_path, f"a{s}", (rng.random(50) < 0.7).tolist(), model="a", training_seed=s) for s in (1, 2)]
    b = [run_of(tmp_path, f"b{s}", (rng.random(50) < 0.6).tolist(), model="b", training_seed=s) for s in (1, 2, 3)]
    result = bl.compare(*(run.folder for run in [*a, *b]))
    (row,) = result.told["comparisons"]
    sides = [np.array([run.scores["value"].to_numpy() for run in runs]) for runs in (a, b)]
    plain = paired_t(sides[1].mean(axis=0), sides[0].mean(axis=0))
    error, df = combined(plain.error, plain.df, [of_items(side) for side in sides])
    assert row["difference"] == pytest.approx(sides[1].mean() - sides[0].mean())
    assert tuple(row["interval"]) == pytest.approx(t_difference(row["difference"], error, df, 0.95).interval)
    assert "trainings as a level" in row["method"]
    assert not any("trained once" in note for note in result.notes)
    assert "More items do not make trainings agree" in row["needed"]["why"]


def test_one_training_says_that_the_seed_is_unknown(tmp_path: Path) -> None:
    a = run_of(tmp_path, "a", [True, False, True, True])
    b = run_of(tmp_path, "b", [True, True, False, True])
    (note,) = bl.compare(a.folder, b.folder).notes
    assert note.startswith(
        "a, b: trained once each, as far as is known; how much another training seed would change is unknown"
    )


def test_a_value_of_the_whole_test_over_trainings(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    runs = [
        run_of(
            tmp_path,
            f"{name}{s}",
            (rng.random(40) < 0.7).tolist(),
            model=name,
            training_seed=s,
            metrics=["classification"],
        )
        for name in "ab"
        for s in (1, 2)
    ]
    (row,) = bl.compare(*(run.folder for run in runs), metric=["f1.micro"]).told["comparisons"]
    values = [np.mean([run.value("f1.micro") for run in pair]) for pair in (runs[:2], runs[2:])]
    assert row["difference"] == pytest.approx(values[1] - values[0])
    assert "bootstrap and trainings" in row["method"]
