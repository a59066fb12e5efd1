"""CUPED: a difference of two arms, freed of what was known about each row before.

With covariates x from before the experiment (an earlier score, the length of the question), which the arm cannot have changed:

    y'_i = y_i − θᵀ(x_i − x̄),  θ = var(x)⁻¹ cov(x, y) pooled over the arms (each about its own means),

and the difference of the means of y' has the same expectation as that of y, but a smaller variance: by R² of x for y (Deng, Xu,
Kohavi, Walker: Improving the sensitivity of online controlled experiments by utilizing pre-experiment data, WSDM 2013).
The difference is that of least squares on the arm and x; the interval is Welch's, of y', with the variances times
(n − 2)/(n − 2 − k) and k fewer degrees of freedom for the k covariates.

A missing covariate is NaN: it takes the mean of the others, and a column that says where it was missing becomes a covariate of
its own, so that rows without it are neither dropped nor taken for average ones.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from bloomery.errors import NotComputableError
from bloomery.stats.interval import Interval
from bloomery.stats.streams import Floats, probability, streams


class Cuped(NamedTuple):
    """The difference, mean(arm 1) − mean(arm 0), with and without the covariates."""

    difference: float
    interval: Interval
    standard_error: float
    #: one for each covariate, then one for each column of missing ones, in units of the value per unit of the covariate
    theta: tuple[float, ...]
    #: 1 − variance of the difference / variance without covariates; a little below 0 where they say nothing
    variance_reduction: float
    #: without covariates
    plain_difference: float
    plain_standard_error: float


def cuped(values: ArrayLike, arms: ArrayLike, covariates: ArrayLike, *, alpha: float = 0.05) -> Cuped:
    """Shapes: `values` (n,), `arms` (n,) of 0 and 1, `covariates` (n,) or (n, k), where NaN is missing.

    A covariate that is the same everywhere (or missing everywhere) changes nothing. Not computable: fewer than two rows in an
    arm or too few for the covariates; no variance left; covariates, or their absence, that tell the arms apart.

    >>> x = np.array([1, 2, 3, 4, 1, 2, 3, 4.0])
    >>> y = np.array([1.1, 1.9, 3.1, 3.9, 2.1, 3.1, 3.9, 4.9])
    >>> found = cuped(y, [0, 0, 0, 0, 1, 1, 1, 1], x)
    >>> round(found.difference, 6), round(found.theta[0], 3), round(found.variance_reduction, 3)
    (1.0, 0.94, 0.994)
    """
    values, arms = streams(values), streams(arms, name="arms")
    if values.ndim != 1 or arms.shape != values.shape or not np.isin(arms, (0, 1)).all():
        raise ValueError(f"values must be one row of numbers, with arms 0 or 1; found {values.shape} and {arms.shape}")
    columns = _columns(covariates, len(values))
    groups = [np.flatnonzero(arms == arm) for arm in (0, 1)]
    if min(map(len, groups)) < 2:
        raise NotComputableError("each arm needs two rows at least")
    theta, rank = _theta(values, columns, groups)
    left = len(values) - 2 - rank
    if left < 1:
        raise NotComputableError(f"{len(values)} rows are too few for {rank} covariates")
    adjusted = values - (columns - columns.mean(0)) @ theta
    plain, plain_error, _ = _welch(values, groups, 1.0)
    difference, error, degrees = _welch(adjusted, groups, (len(values) - 2) / left)
    if error <= 1e-9 * plain_error or plain_error == 0:
        raise NotComputableError(
            "no variance is left: within each arm the values are all equal, or given by the covariates"
        )
    half = float(stdtrit(max(degrees - rank, 1), 1 - probability(alpha) / 2)) * error
    return Cuped(
        difference,
        Interval(difference - half, difference + half),
        error,
        tuple(theta.tolist()),
        1 - (error / plain_error) ** 2,
        plain,
        plain_error,
    )


def _columns(covariates: ArrayLike, rows: int) -> Floats:
    """The covariates, filled, and a column for each that has gaps."""
    given = np.asarray(covariates, dtype=np.float64)
    given = given[:, None] if given.ndim == 1 else given
    if given.ndim != 2 or len(given) != rows:
        raise ValueError(f"covariates must have a row for each of the {rows} values; found the shape {given.shape}")
    if np.isinf(given).any():
        raise NotComputableError("a covariate is infinite")
    missing = np.isnan(given)
    counted = np.maximum((~missing).sum(0), 1)
    filled = np.where(missing, np.where(missing, 0, given).sum(0) / counted, given)
    return np.concatenate([filled, missing[:, missing.any(0)].astype(np.float64)], axis=1)


def _theta(values: Floats, columns: Floats, groups: list[np.ndarray]) -> tuple[Floats, int]:
    """θ and how many covariates there really are (the rank of their columns)."""
    scale = columns.std(0)
    scaled = np.divide(
        columns - columns.mean(0), scale, out=np.zeros_like(columns), where=scale > 1e-12 * np.abs(columns).max(0)
    )
    within, target = scaled.copy(), values.copy()
    for rows in groups:
        within[rows] -= within[rows].mean(0)
        target[rows] -= target[rows].mean()
    rank = int(np.linalg.matrix_rank(within, tol=1e-9 * np.sqrt(len(values)))) if columns.size else 0
    if columns.size and np.linalg.matrix_rank(scaled, tol=1e-9 * np.sqrt(len(values))) > rank:
        raise NotComputableError(
            "the covariates, or where they are missing, tell the arms apart: the arm must not change them"
        )
    theta = np.linalg.lstsq(within, target, rcond=1e-9)[0]
    return np.divide(theta, scale, out=np.zeros_like(theta), where=scale > 0), rank


def _welch(values: Floats, groups: list[np.ndarray], factor: float) -> tuple[float, float, float]:
    """Difference of means, its standard error, Welch's degrees of freedom (1 where there is no variance)."""
    means = [float(values[rows].mean()) for rows in groups]
    of_means = [factor * float(values[rows].var(ddof=1)) / len(rows) for rows in groups]
    total = sum(of_means)
    parts = sum(one**2 / (len(rows) - 1) for one, rows in zip(of_means, groups, strict=True))
    return means[1] - means[0], total**0.5, total**2 / parts if parts else 1.0
