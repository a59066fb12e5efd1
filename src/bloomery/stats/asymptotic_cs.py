"""Asymptotic confidence sequence: a mean, or a difference of two, watched after every observation.

    x̄_n ± √s²_n · √( 2(nρ² + 1) / (nρ)² · log( √(nρ² + 1) / α ) )

(Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: Time-uniform central limit theory and asymptotic confidence sequences, Annals of
Statistics 2024). It is to the confidence sequence of normal values with a known variance what the z interval is to that of a
fixed n: right for large n, whatever the values. *It promises nothing about the first observations*: what the paper proves about
its coverage is for a first look that comes ever later. Two rules of our own say how late that must be:

* it says nothing (−∞, ∞) before `start` observations, nor while all are equal, nor while n < 10 γ²_n, γ_n the skewness so far
  (for rare errors: while there are fewer than about ten of them). Without that an accuracy of 99 % is excluded by mistake in
  13 % of the streams at α = 5 %
* both ends are moved towards the tail of the values so far (`bloomery.stats.tails`); for symmetric values, and for right and
  wrong, they are those of the formula. Without that the mean of lognormal values is excluded by mistake in 8 to 9 %, with it
  in 5 %

All of this is measured in benchmarks/sequential.py and sequential_ways.py. A tail so heavy that it does not show in the values
so far still goes wrong too often: lognormal values with σ = 1.5 (skewness 33) in 12 % of the streams, with ``start=1000`` in
3 %. Or look at a bounded score: for these `bloomery.stats.betting_cs` holds from the first one on.

ρ > 0 says where the sequence is narrowest; it is chosen before the data are seen. The width at n is least for
ρ² = (−W₋₁(−α²/e) − 1) / n, with W₋₁ the lower branch of Lambert's function (the same paper).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import lambertw

from bloomery.errors import NotComputableError
from bloomery.stats.streams import ConfidenceSequence, Floats, lopsided, probability, running, streams
from bloomery.stats.tails import bent, tail

#: observations (of each arm, where there are two) before the sequence says anything
START = 50
#: and observations for each unit of squared skewness
FOR_SKEWNESS = 10


def best_rho(target: float, *, alpha: float = 0.05) -> float:
    """The ρ with which the sequence is narrowest after `target` observations (more than 0).

    >>> round(best_rho(1000), 4)
    0.0906
    """
    probability(alpha)
    if not target > 0:
        raise ValueError(f"target must be more than 0; found {target!r}")
    return float(np.sqrt((-lambertw(-(alpha**2) / np.e, -1).real - 1) / target))


def half_width(n: ArrayLike, variance: ArrayLike, *, rho: float, alpha: float = 0.05) -> Floats:
    """Half the width after `n` ≥ 1 observations with this variance (the formula above). Shape: of n and variance, broadcast.

    >>> half_width(1000, 0.25, rho=best_rho(1000)).round(4).item()
    0.048
    """
    probability(alpha)
    if not rho > 0:
        raise ValueError(f"rho must be more than 0; found {rho!r}")
    n = np.asarray(n, dtype=np.float64)
    grown = n * rho**2 + 1
    width = np.sqrt(np.asarray(variance) * 2 * grown / (n * rho) ** 2 * np.log(np.sqrt(grown) / alpha))
    return np.asarray(width, dtype=np.float64)


def asymptotic_cs(
    values: ArrayLike, *, alpha: float = 0.05, target: int | None = None, start: int = START
) -> ConfidenceSequence:
    """For the mean of each stream, after each of its observations. Shape of `values`: (…, n); paired arms: give the differences.

    It is narrowest after `target` observations; without one, after the last one given, which is right only if it was known
    beforehand how many there would be.

    >>> scores = np.random.default_rng(0).normal(0.2, 1, 2000)
    >>> low, high = (end[-1].round(2).item() for end in asymptotic_cs(scores, target=2000)[1:])
    >>> low, high
    (0.1, 0.24)
    """
    values = streams(values)
    n, mean, variance = running(values)
    rho = best_rho(values.shape[-1] if target is None else target, alpha=alpha)
    known = (n >= max(start, 2)) & (variance > 0) & (n >= FOR_SKEWNESS * lopsided(values))
    third = tail(values) / n**2
    return _around(mean, half_width(n, variance, rho=rho, alpha=alpha), _Spread(variance / n, third), known)


def asymptotic_cs_difference(
    values: ArrayLike, arms: ArrayLike, *, alpha: float = 0.05, target: int | None = None, start: int = START
) -> ConfidenceSequence:
    """For mean(arm 1) − mean(arm 0) of two samples that come in any order, after each observation of either.

    `values` and `arms` (0 or 1) have the shape (…, n). With n = n₀ + n₁ the variance in the formula is n(s₁²/n₁ + s₀²/n₀), that
    of the influence function of a difference of means. An arm without any row is an error. `start` counts in each arm.
    """
    values, arms = streams(values), streams(arms, name="arms")
    if values.shape != arms.shape or not np.isin(arms, (0, 1)).all():
        raise ValueError(f"arms must be 0 or 1, one for each of the {values.shape} values; found {arms.shape}")
    if not ((arms == 0).any(-1) & (arms == 1).any(-1)).all():
        raise NotComputableError("a difference needs both arms; one has no values")
    n = np.arange(1.0, values.shape[-1] + 1)
    zero, one = (_of_arm(values, arms == arm, max(start, 2)) for arm in (0, 1))
    variance = n * (zero.variance_of_mean + one.variance_of_mean)
    rho = best_rho(values.shape[-1] if target is None else target, alpha=alpha)
    known = zero.known & one.known & (variance > 0)
    spread = _Spread(variance / n, one.third_of_mean - zero.third_of_mean)
    return _around(one.mean - zero.mean, half_width(n, variance, rho=rho, alpha=alpha), spread, known)


class _Arm(NamedTuple):
    mean: Floats  # 0 while there is none
    variance_of_mean: Floats
    third_of_mean: Floats  # its third central moment, as much of it as is to be taken away
    known: NDArray[np.bool_]


def _of_arm(values: Floats, mine: NDArray[np.bool_], start: int) -> _Arm:
    n = np.cumsum(mine, axis=-1, dtype=np.float64)
    some = np.maximum(n, 1)
    shift = np.mean(values, axis=-1, keepdims=True, where=mine)
    kept = np.where(mine, values - shift, 0.0)
    total = np.cumsum(kept, axis=-1)
    squares = np.maximum(np.cumsum(kept**2, axis=-1) - total**2 / some, 0)
    known = (n >= start) & (n >= FOR_SKEWNESS * np.where(squares > 0, lopsided(kept, some), 0))
    third = tail(kept, some) / some**2
    return _Arm(np.where(n > 0, shift + total / some, 0.0), squares / np.maximum(n - 1, 1) / some, third, known)


class _Spread(NamedTuple):
    """Of what is estimated: its variance, and its third central moment."""

    variance: Floats
    third: Floats


def _around(mean: Floats, half: Floats, spread: _Spread, known: NDArray[np.bool_]) -> ConfidenceSequence:
    """The interval mean ∓ half, moved towards the tail."""
    error = np.sqrt(np.where(known, spread.variance, 1.0))
    skewness, reach = np.where(known, spread.third, 0.0) / error**3, half / error
    low, high = (mean - error * bent(way * reach, skewness) for way in (1, -1))
    return ConfidenceSequence(mean, np.where(known, low, -np.inf), np.where(known, high, np.inf))
