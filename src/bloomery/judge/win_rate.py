"""How often the first of two models wins, with its interval; the strengths of several; and what length has to do with it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from bloomery.errors import NotComputableError
from bloomery.stats.bradley_terry import BradleyTerry, bradley_terry
from bloomery.stats.checked import normal_quantile, student_quantile
from bloomery.stats.interval import Interval
from bloomery.stats.mean import mean
from bloomery.stats.proportion import clopper_pearson, wilson

Floats = NDArray[np.float64]


class WinRate(NamedTuple):
    """What the first model wins, a tie as half."""

    rate: float
    error: float | None  #: standard error; None where all verdicts are alike
    interval: Interval
    wins: int
    losses: int
    ties: int
    unscored: int
    bounds: Interval  #: had all unscored ones been lost, or won


def win_rate(worth: Sequence[float | None], *, clusters: ArrayLike | None = None, level: float = 0.95) -> WinRate:
    """The mean of `worth` (1 won, 0.5 tied, 0 lost, None unscored), with a t interval, clustered where `clusters` are given.

    SE = sd/√n with n − 1 degrees of freedom (`bloomery.stats.mean`), cut to [0, 1]. Verdicts that are all alike have no standard
    error; their interval is the exact one of so many wins of so many. No verdict at all: NotComputableError.

    >>> found = win_rate([1, 1, 0.5, 0, None])
    >>> found.rate, found.wins, found.ties, found.unscored, [round(end, 3) for end in found.bounds]
    (0.625, 2, 1, 1, [0.5, 0.7])
    """
    there = np.array([one is not None for one in worth], dtype=bool)
    values = np.array([one for one in worth if one is not None], dtype=np.float64)
    if not len(values):
        raise NotComputableError("The win rate: there is no verdict")
    n, total = len(worth), float(values.sum())
    bounds = Interval(total / n, (total + n - len(values)) / n)
    wins, losses = int((values > 0.5).sum()), int((values < 0.5).sum())
    groups = None if clusters is None else np.asarray(clusters)[there]
    try:
        found = mean(values, clusters=groups, level=level)
        error, ends = found.error, found.interval
    except NotComputableError:
        error, ends = None, _of_equals(float(values.mean()), len(values), level)
    interval = Interval(max(0.0, ends.low), min(1.0, ends.high))
    ties = len(values) - wins - losses
    return WinRate(float(values.mean()), error, interval, wins, losses, ties, n - len(values), bounds)


def _of_equals(value: float, n: int, level: float) -> Interval:
    """The interval where all verdicts are alike: all won, all lost, or all tied (then as of half of them won)."""
    if value in (0.0, 1.0):
        return clopper_pearson(round(value * n), n, level)
    return wilson(n // 2, n, level)


def strengths(results: Sequence[tuple[str, str, Sequence[float | None]]], *, prior: float = 0.0) -> BradleyTerry:
    """Bradley–Terry strengths of several models from (first, second, worth of each item for the first).

    Unscored items are left out. NotComputableError where a strength is infinite; `prior` is a virtual tie of each two.
    """
    names = list(dict.fromkeys(name for first, second, _ in results for name in (first, second)))
    wins, ties = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for first, second, worth in results:
        i, j = names.index(first), names.index(second)
        values = [one for one in worth if one is not None]
        wins[i, j] += sum(one > 0.5 for one in values)
        wins[j, i] += sum(one < 0.5 for one in values)
        tied = sum(one == 0.5 for one in values)
        ties[i, j] += tied
        ties[j, i] += tied
    return bradley_terry(wins, ties=ties, names=names, prior=prior)


class LengthBias(NamedTuple):
    """What the length of answers has to do with who wins."""

    longer_wins: float  #: share of wins among pairs of unequal length that the longer answer won, a tie as half
    interval: Interval
    pairs: int
    slope: float  #: change of the log-odds of winning for a difference of one standard deviation
    slope_interval: Interval
    adjusted: float  #: the win rate if both answers were of the same length
    adjusted_interval: Interval


def length_bias(
    worth: Sequence[float | None], first: Sequence[int], second: Sequence[int], *, level: float = 0.95
) -> LengthBias:
    """The win rate against the difference in length, and the rate at a difference of 0.

    P(first wins) = expit(a + b·x), x = tanh(d / sd(d)), d = characters of the first answer minus those of the second, by maximum
    quasi-likelihood with a tie as half; the adjusted rate is expit(a). Errors are robust (sandwich). The form of x is that of
    length-controlled AlpacaEval (Dubois et al. 2024), with neither its terms for models and instructions nor its penalty, so its
    numbers are not those of that leaderboard. An association: longer answers may also be better ones; beside human labels,
    `bloomery.judge.calibrate` tells the two apart.

    NotComputableError where lengths or verdicts do not vary, or length parts the wins from the losses.
    """
    kept = [k for k, one in enumerate(worth) if one is not None]
    y = np.array([worth[k] for k in kept], dtype=np.float64)
    d = np.array([first[k] - second[k] for k in kept], dtype=np.float64)
    if len(y) < 3 or d.std() == 0 or y.std() == 0:
        raise NotComputableError("The effect of length: lengths or verdicts do not vary")
    x = np.tanh(d / d.std(ddof=1))
    beta, covariance = logistic(np.column_stack([np.ones(len(y)), x]), y)
    z = normal_quantile(level)
    reach = z * np.sqrt(np.diag(covariance))
    unequal = d != 0
    longer = np.where(d > 0, y, 1 - y)[unequal]
    told = win_rate(longer.tolist(), level=level)
    ends = [Interval(float(b - r), float(b + r)) for b, r in zip(beta, reach, strict=True)]
    return LengthBias(
        told.rate,
        told.interval,
        int(unequal.sum()),
        float(beta[1]),
        ends[1],
        float(expit(beta[0])),
        Interval(float(expit(ends[0].low)), float(expit(ends[0].high))),
    )


def logistic(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Coefficients and their robust covariance of y in 0..1 on x, shape (n, k), by Newton's method.

    Sandwich: H⁻¹ (Σ (y − p)² x xᵀ) H⁻¹ · n/(n − k), H = Σ p(1 − p) x xᵀ. NotComputableError where it does not converge: the
    outcomes are parted by x.
    """
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = expit(x @ beta)
        information = (x * (p * (1 - p))[:, None]).T @ x
        if np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, x.T @ (y - p))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            inverse = np.linalg.inv(information)
            meat = (x * ((y - p) ** 2)[:, None]).T @ x
            n, k = x.shape
            return beta, inverse @ meat @ inverse * n / max(n - k, 1)
    raise NotComputableError("The effect of length: it parts the wins from the losses, so its slope is infinite")


class Slope(NamedTuple):
    """A straight line's slope."""

    value: float
    interval: Interval
    items: int


def slope(x: Sequence[float], y: Sequence[float], *, level: float = 0.95) -> Slope:
    """Least squares of y on x with a robust standard error (HC1): √(Σ (x − x̄)² e² / (Σ (x − x̄)²)² · n/(n − 2)), t with n − 2."""
    at, values = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    n = len(at)
    if n < 3 or np.ptp(at) == 0:
        raise NotComputableError("A slope needs three items of different length")
    centred = at - at.mean()
    spread = float(centred @ centred)
    value = float(centred @ values) / spread
    rest = values - values.mean() - value * centred
    error = float(np.sqrt((centred**2 @ rest**2) / spread**2 * n / (n - 2)))
    reach = student_quantile(level, n - 2) * error
    return Slope(value, Interval(value - reach, value + reach), n)
