"""Confidence sequences for the mean of bounded values that hold from the first observation on, whatever the distribution.

*By betting.* A gambler who bets against the mean m wins only if m is wrong. For values in [0, 1], with capital

    K⁺_n(m) = Π_i (1 + λ⁺_i(m)(x_i − m)),  K⁻_n(m) = Π_i (1 − λ⁻_i(m)(x_i − m)),

the sequence is the set of all m for which max(K⁺, K⁻)/2 has stayed below 1/α (Waudby-Smith and Ramdas: Estimating means of
bounded random variables by betting, JRSS B 2024, Theorem 3, the hedged capital). The bets are predictable plug-ins,

    λ_i = √( 2 log(2/α) / (σ̂²_{i−1} · i · log(i + 1)) ),  λ⁺ = min(λ, c/m),  λ⁻ = min(λ, c/(1 − m)),  c = 1/2,
    μ̂_i = (1/2 + Σ x) / (i + 1),  σ̂²_i = (1/4 + Σ_j (x_j − μ̂_j)²) / (i + 1).

*Empirical Bernstein*, of the same bets with λ_i ≤ c: closed and fast, but mostly a little wider (the same paper, Theorem 2):

    Σ λ_i x_i / Σ λ_i ± (log(2/α) + Σ v_i ψ(λ_i)) / Σ λ_i,  v_i = 4 (x_i − μ̂_{i−1})²,  ψ(λ) = (−log(1 − λ) − λ) / 4.

Both need that each value has the same mean given those before it: rows in random order, not sorted by topic.
"""

import numpy as np
from numpy.typing import ArrayLike

from bloomery.errors import NotComputableError
from bloomery.stats.streams import ConfidenceSequence, Floats, probability, streams

#: no bet risks more than this share of the capital
MOST = 0.5
#: numbers in memory at once
_BLOCK = 2_000_000


def betting_cs(
    values: ArrayLike, *, alpha: float = 0.05, bounds: tuple[float, float] = (0.0, 1.0), grid: int = 1000
) -> ConfidenceSequence:
    """For the mean of one stream, after each observation. Shape of `values`: (n,), all within `bounds`.

    The ends lie on a grid of `grid` steps over `bounds`, always on the outer side. An interval never grows again. If every mean
    has been ruled out (the values cannot all have one mean), both ends stay where the last one was left.
    For paired arms give the differences, with bounds such as (−1, 1).

    >>> sequence = betting_cs([1.0] * 300)  # 300 of 300 are right
    >>> sequence.low[-1].item(), sequence.high[-1].item()
    (0.975, 1.0)
    """
    low, high = bounds
    scaled = _scaled(values, bounds)
    if scaled.ndim != 1:
        raise ValueError(f"values must be one stream; found the shape {scaled.shape}")
    if grid < 2:
        raise ValueError(f"grid must be at least 2; found {grid!r}")
    lower = _lower(scaled, alpha, grid)
    upper = grid - _lower(1 - scaled, alpha, grid)
    lower, upper = _kept_apart(lower, upper)
    mean = np.cumsum(scaled) / np.arange(1, len(scaled) + 1)
    return ConfidenceSequence(*(low + (high - low) * end for end in (mean, lower / grid, upper / grid)))


def betting_log_capital(
    values: ArrayLike, mean: float, *, alpha: float = 0.05, bounds: tuple[float, float] = (0.0, 1.0)
) -> Floats:
    """log(max(K⁺, K⁻) / 2) against one mean, after each observation: the mean is ruled out once it reaches log(1/α).

    Shape of `values`: (…, n), as that of the result. Its exp is an e-process: if the mean is
    right, it ever reaches 20 with probability 1/20 at most.

    >>> betting_log_capital([1.0] * 300, 0.9)[-1].round(2).item()  # log(20) is 3.00
    15.53
    """
    low, high = bounds
    scaled, m = _scaled(values, bounds), (mean - low) / (high - low)
    if not 0 < m < 1:
        raise ValueError(f"mean must lie between the bounds {bounds}; found {mean!r}")
    plug_in = _bets(scaled, alpha)
    up = np.cumsum(np.log1p(np.minimum(plug_in, MOST / m) * (scaled - m)), axis=-1)
    down = np.cumsum(np.log1p(-np.minimum(plug_in, MOST / (1 - m)) * (scaled - m)), axis=-1)
    capital: Floats = np.maximum(up, down) - np.log(2)
    return capital


def empirical_bernstein_cs(
    values: ArrayLike, *, alpha: float = 0.05, bounds: tuple[float, float] = (0.0, 1.0)
) -> ConfidenceSequence:
    """For the mean of each stream, after each observation. Shape of `values`: (…, n). An interval never grows again.

    The estimate is the mean; the interval lies around a mean weighted by the bets, so it need not be in the middle.

    >>> sequence = empirical_bernstein_cs([1.0] * 300)
    >>> sequence.low[-1].round(3).item(), sequence.high[-1].item()
    (0.975, 1.0)
    """
    low, high = bounds
    scaled = _scaled(values, bounds)
    bets = np.minimum(_bets(scaled, alpha), MOST)
    spread = 4 * (scaled - _before(_plug_in_mean(scaled), 0.5)) ** 2
    sums = np.cumsum(bets, axis=-1)
    middle = np.cumsum(bets * scaled, axis=-1) / sums
    half = (np.log(2 / alpha) + np.cumsum(spread * (-np.log1p(-bets) - bets) / 4, axis=-1)) / sums
    lower = np.maximum.accumulate(np.maximum(middle - half, 0), axis=-1)
    upper = np.minimum.accumulate(np.minimum(middle + half, 1), axis=-1)
    lower, upper = _kept_apart(lower, upper)
    mean = np.cumsum(scaled, axis=-1) / np.arange(1, scaled.shape[-1] + 1)
    return ConfidenceSequence(*(low + (high - low) * end for end in (mean, lower, upper)))


def _scaled(values: ArrayLike, bounds: tuple[float, float]) -> Floats:
    low, high = bounds
    if not low < high:
        raise ValueError(f"bounds must be (low, high); found {bounds!r}")
    values = streams(values)
    if values.min() < low or values.max() > high:
        raise NotComputableError(f"values must lie within {bounds}; found {values.min():g} to {values.max():g}")
    return (values - low) / (high - low)


def _plug_in_mean(values: Floats) -> Floats:
    """μ̂_i, after each value."""
    return (0.5 + np.cumsum(values, axis=-1)) / np.arange(2, values.shape[-1] + 2)


def _before(after: Floats, first: float) -> Floats:
    """What was known before each value, from what was known after each."""
    return np.concatenate([np.full_like(after[..., :1], first), after[..., :-1]], axis=-1)


def _bets(values: Floats, alpha: float) -> Floats:
    """λ_i, each from the values before it."""
    i = np.arange(1, values.shape[-1] + 1)
    variance = (0.25 + np.cumsum((values - _plug_in_mean(values)) ** 2, axis=-1)) / (i + 1)
    bets: Floats = np.sqrt(2 * np.log(2 / probability(alpha)) / (_before(variance, 0.25) * i * np.log(i + 1)))
    return bets


def _lower(values: Floats, alpha: float, grid: int) -> Floats:
    """After each value, the largest step of the grid of which K⁺ has ruled out that the mean is as low (0: none).

    K⁺ falls as m rises, so what has been ruled out is always a lower part of the grid. Shape: (n,).
    """
    bets = _bets(values, alpha)[:, None]
    bar, out = np.log(2 / alpha), np.empty(len(values))
    m = np.arange(1, grid) / grid
    capital, ruled_out = np.zeros(grid - 1), 0
    rows = max(1, _BLOCK // grid)
    for start in range(0, len(values), rows):
        part = slice(start, start + rows)
        won = np.log1p(np.minimum(bets[part], MOST / m) * (values[part, None] - m))
        won[0] += capital
        sums = np.cumsum(won, axis=0, out=won)
        capital = sums[-1].copy()
        steps = np.maximum.accumulate(np.count_nonzero(sums >= bar, axis=1))
        out[part] = np.maximum(steps, ruled_out)
        ruled_out = int(out[part][-1])
    return out


def _kept_apart(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """From where the ends would pass each other on, both stay as they were."""
    crossed = lower > upper
    if not crossed.any():
        return lower, upper
    last = np.where(crossed.any(-1), crossed.argmax(-1), lower.shape[-1])[..., None] - 1  # the first is never crossed
    index = np.minimum(np.arange(lower.shape[-1]), last)
    return np.take_along_axis(lower, index, -1), np.take_along_axis(upper, index, -1)
