"""Mixture sequential probability ratio test: p-values that may be looked at after every observation.

The likelihood ratio of "the effect is θ" to "it is θ₀", averaged over effects θ ~ N(θ₀, τ²), for a mean x̄ of n values of
variance σ²:

    Λ_n = √( σ² / (σ² + nτ²) ) · exp( n²τ² (x̄_n − θ₀)² / (2σ² (σ² + nτ²)) )

(Robbins 1970; Johari, Koomen, Pekelis, Walsh: Always valid inference, Operations Research 2022). If θ₀ is right, Λ
ever reaches 1/α with probability α at most, so p_n = min(1, min_{k ≤ n} 1/Λ_k) is valid at every n together.

*Exact* for normal values whose variance is given. With the variance estimated so far (no `variance`, and always for two arms of
0 and 1) it is only asymptotic, and says p = 1 while asymptotic_cs says nothing; p ≤ α just when that sequence with ρ = τ/σ
excludes θ₀. With s for σ, ρ is too large while the variance so far is too small: the mean of lognormal values is excluded by
mistake in 7 % of the streams at α = 5 %, where asymptotic_cs, whose ρ is chosen before, does so in 5 %. For two arms of 0 and 1
there is a test that is exact from the first pair on, `two_arm_e_value`.

τ is the size of effect one expects; it is chosen before the data are seen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bloomery.errors import NotComputableError
from bloomery.stats.asymptotic_cs import FOR_SKEWNESS, START
from bloomery.stats.streams import Floats, lopsided, running, streams
from bloomery.stats.tails import straight, tail


class AlwaysValid(NamedTuple):
    """After each observation: the evidence against the null, log Λ, and the p-value so far, which never rises again."""

    log_ratio: Floats
    p_value: Floats


def log_mixture_ratio(n: ArrayLike, mean: ArrayLike, variance: ArrayLike, *, tau: float, null: float = 0.0) -> Floats:
    """log Λ (the formula above) of means of n ≥ 1 values with this variance of one, more than 0. Shape: broadcast.

    >>> log_mixture_ratio(100, 0.3, 1.0, tau=0.1).round(4).item()  # ½ log ½ + 100² · .01 · .09 / (2 · 2)
    1.9034
    """
    if not tau > 0:
        raise ValueError(f"tau must be more than 0; found {tau!r}")
    n, variance = np.asarray(n, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    grown = variance + n * tau**2
    ratio = np.log(variance / grown) / 2 + (n * tau * (np.asarray(mean) - null)) ** 2 / (2 * variance * grown)
    return np.asarray(ratio, dtype=np.float64)


def always_valid(log_ratio: Floats) -> AlwaysValid:
    """The p-value of each stream's log Λ, shape (…, n): one over the largest Λ so far, 1 at most.

    >>> always_valid(np.log([0.5, 4.0, 2.0])).p_value.round(6).tolist()
    [1.0, 0.25, 0.25]
    """
    return AlwaysValid(log_ratio, np.exp(-np.maximum(np.maximum.accumulate(log_ratio, axis=-1), 0)))


def msprt_mean(
    values: ArrayLike, *, tau: float, null: float = 0.0, variance: float | None = None, start: int = START
) -> AlwaysValid:
    """Test whether the mean of each stream is `null`. Shape of `values`: (…, n); paired arms: give the differences.

    Without `variance` the estimate so far is used, (x̄ − θ₀)/se is made symmetric (`bloomery.stats.tails`), and nothing is said
    (Λ = 1) before `start` values nor while they are all equal or too lopsided (`bloomery.stats.asymptotic_cs`).

    >>> scores = np.random.default_rng(0).normal(0.2, 1, 1000)
    >>> bool(msprt_mean(scores, tau=0.2, variance=1.0).p_value[-1] < 0.001)
    True
    """
    values = streams(values)
    n, mean, estimated = running(values)
    if variance is not None:
        if not variance > 0:
            raise ValueError(f"variance must be more than 0; found {variance!r}")
        return always_valid(log_mixture_ratio(n, mean, variance, tau=tau, null=null))
    known = (n >= max(start, 2)) & (estimated > 0) & (n >= FOR_SKEWNESS * lopsided(values))
    error = np.sqrt(np.where(known, estimated, 1.0) / n)
    away = straight((mean - null) / error, np.where(known, tail(values), 0.0) / n**2 / error**3)
    ratio = log_mixture_ratio(n, error * away, error**2 * n, tau=tau)
    return always_valid(np.where(known, ratio, 0.0))


def msprt_two_arm(a: ArrayLike, b: ArrayLike, *, tau: float, start: int = START) -> AlwaysValid:
    """Test whether two arms of 0 and 1 have the same rate, after each pair. Shape of both: (…, n pairs).

    With V = ā(1 − ā) + b̄(1 − b̄) for σ² and b̄ − ā for x̄ in the formula (Johari et al., two streams in pairs): asymptotic.
    Nothing is said (Λ = 1) while one arm has fewer than `start` values or, so far, fewer than about 10 of either kind.
    """
    a, b = _zeros_and_ones(a, b)
    n, rate_a, _ = running(a)
    rate_b = running(b).mean
    of_a, of_b = rate_a * (1 - rate_a), rate_b * (1 - rate_b)
    known = (n >= max(start, 2)) & (n >= FOR_SKEWNESS * lopsided(a)) & (n >= FOR_SKEWNESS * lopsided(b))
    ratio = log_mixture_ratio(n, rate_b - rate_a, np.where(known, of_a + of_b, 1.0), tau=tau)
    return always_valid(np.where(known, ratio, 0.0))


def two_arm_e_value(a: ArrayLike, b: ArrayLike, *, prior: float = 0.18) -> AlwaysValid:
    """Test whether two arms of 0 and 1 have the same rate: exact from the first pair on. Shape of both: (…, n pairs).

    Each pair bets on the rates seen before it, â = (prior + Σa) / (2 · prior + i) and b̂, against their mean m = (â + b̂)/2:

        Λ_n = Π_i P(a_i | â) P(b_i | b̂) / ( P(a_i | m) P(b_i | m) )

    If the arms have one rate, whichever it is, the mean of each factor is 1 at most (Turner, Ly, Grünwald: Generic E-variables
    for exact sequential k-sample tests that allow for optional stopping, JSPI 2024, which also recommends the prior 0.18).

    >>> bool(two_arm_e_value([0, 0, 1] * 40, [1, 1, 0] * 40).p_value[-1] < 0.001)
    True
    """
    a, b = _zeros_and_ones(a, b)
    if not prior > 0:
        raise ValueError(f"prior must be more than 0; found {prior!r}")
    before = np.arange(a.shape[-1])
    of_a, of_b = ((prior + np.cumsum(arm, axis=-1) - arm) / (2 * prior + before) for arm in (a, b))
    both = (of_a + of_b) / 2
    gained = _log_likelihood(a, of_a) + _log_likelihood(b, of_b) - _log_likelihood(a, both) - _log_likelihood(b, both)
    return always_valid(np.cumsum(gained, axis=-1))


def _log_likelihood(values: Floats, rate: Floats) -> Floats:
    likelihood: Floats = np.log(np.where(values == 1, rate, 1 - rate))
    return likelihood


def _zeros_and_ones(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    a, b = streams(a), streams(b)
    if a.shape != b.shape:
        raise ValueError(f"both arms must have as many values; found {a.shape} and {b.shape}")
    if not (np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all()):
        raise NotComputableError("the values of both arms must be 0 or 1")
    return a, b
