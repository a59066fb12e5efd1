"""Several trainings of a model: the seed of the training as a level of its own in the error.

Model m was trained S times, and each training s scored the same n items: x_si. With the mean score of each training x̄_s, of
each item x̄_i and of all x̄, the layout is items × trainings, both drawn at random (crossed, one score a cell):

    s²_m = Σ_s (x̄_s − x̄)² / (S − 1)                                     between trainings, expected τ²_m + ρ_m/n
    r_m  = Σ_si (x_si − x̄_s − x̄_i + x̄)² / ((S − 1)(n − 1))               what is left, expected ρ_m
    τ̂²_m = max(0, s²_m − r_m/n)                                          what trainings differ by, beyond single items

and the difference of two models, each the mean over its trainings, with d_i the difference of their x̄_i and s²_d its variance:

    SE² = s²_d/n + τ̂²_A/S_A + τ̂²_B/S_B

The first term already holds the part of ρ that items share out. Degrees of freedom by Satterthwaite (1946) over the mean
squares; with two trainings and a large τ² they are near 1, and the interval is as wide as that deserves. For a value that is no
mean of items, s²_d/n is the squared standard error of the paired bootstrap and s²_m stands for τ̂²_m, which errs to the wide side.
One training of a model tells nothing about τ²: its term is left out, and said.

Sources: Cornfield and Tukey (1956), Annals of Mathematical Statistics 27, 907–949; Searle, Casella and McCulloch (1992), Variance
Components, ch. 4; Bouthillier et al. (2021), "Accounting for Variance in Machine Learning Benchmarks", MLSys.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bloomery.stats.checked import Numbers


class Training(NamedTuple):
    """What trainings of a model add to the squared error: τ̂²/S, and the mean squares in it with their degrees of freedom."""

    variance: float
    squares: tuple[tuple[float, float], ...]
    seeds: int


def of_items(scores: Numbers) -> Training:
    """From item scores of several trainings; shape (S, n), S and n at least 2.

    >>> of_items(np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])).variance  # s² = 1/18 = r/n: nothing beyond single items
    0.0
    """
    seeds, n = scores.shape
    rest = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0, keepdims=True) + scores.mean()
    left = float((rest**2).sum()) / ((seeds - 1) * (n - 1))
    between = float(scores.mean(axis=1).var(ddof=1))
    found = between - left / n
    if found <= 1e-12 * between:
        return Training(0.0, (), seeds)
    squares = ((between / seeds, seeds - 1), (left / n / seeds, (seeds - 1) * (n - 1)))
    return Training(found / seeds, squares, seeds)


def of_values(values: Sequence[float]) -> Training:
    """From a value of each of several trainings, where there are no item scores.

    >>> of_values([0.5, 0.7]).variance  # (0.1² + 0.1²) / 1 / 2
    0.009999999999999995
    """
    seeds = len(values)
    found = float(np.var(values, ddof=1)) / seeds
    return Training(found, ((found, seeds - 1),) if found else (), seeds)


def combined(item_error: float, item_df: float, trainings: Sequence[Training]) -> tuple[float, float]:
    """The standard error of the difference and its degrees of freedom."""
    squares = [(item_error**2, item_df), *(one for training in trainings for one in training.squares)]
    variance = item_error**2 + sum(training.variance for training in trainings)
    spread = sum(square**2 / df for square, df in squares if square)
    return float(np.sqrt(variance)), float(variance**2 / spread) if spread else item_df
