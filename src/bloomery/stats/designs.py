"""What a comparison measures, for planning it: how far the estimate spreads, and so the power of its test.

A design knows the power of its test for n items and a true effect; `bloomery.stats.power` turns that into sizes and
detectable effects. Effects are in the units of the metric and signed: the new value minus the old, -0.05 for a drop of five
points. Designs of proportions and means of items use the normal distribution as their tests do, or t. All tests are two-sided
at `alpha` unless a design says otherwise; as usual the (tiny) chance of a significant result in the wrong direction
counts as power.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from scipy.special import nctdtr, ndtr, ndtri, stdtrit

from bloomery.errors import NotComputableError


class Design(Protocol):
    """What can be planned."""

    def power(self, n: float, effect: float, alpha: float) -> float:
        """The chance of a significant result with `n` items where the true effect is `effect`."""

    def widest(self, direction: int) -> float:
        """The largest effect there can be in a direction (1 or -1), without sign; inf where there is no end."""


def normal_power(n: float, effect: float, alpha: float, *, null: float, alternative: float) -> float:
    """Power of a two-sided normal test: Φ((|δ|√n - z σ₀)/σ₁) + Φ((-|δ|√n - z σ₀)/σ₁), z the (1 - alpha/2) quantile.

    `null` and `alternative` are the standard deviations σ₀, σ₁ of one item's contribution without an effect and with it.
    """
    critical, shift = -float(ndtri(alpha / 2)) * null, abs(effect) * math.sqrt(n)
    if alternative <= 0:
        return float(shift > critical)
    return float(ndtr((shift - critical) / alternative) + ndtr((-shift - critical) / alternative))


@dataclass(frozen=True)
class TwoProportions:
    """Two shares on different items: n items for the first, `ratio` n for the second.

    The z test with the pooled variance (Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, ch. 4):
    σ₀² = p̄(1 - p̄)(1 + 1/r), p̄ = (p₁ + r p₂)/(1 + r), σ₁² = p₁(1 - p₁) + p₂(1 - p₂)/r, p₂ = p₁ + effect. Without a
    continuity correction.
    """

    baseline: float
    ratio: float = 1.0

    def __post_init__(self) -> None:
        _demand(0 <= self.baseline <= 1 and self.ratio > 0, self, "a baseline from 0 to 1 and a ratio above 0")

    def power(self, n: float, effect: float, alpha: float) -> float:
        """See `Design.power`; n counts the first group."""
        other = self.baseline + effect
        pooled = (self.baseline + self.ratio * other) / (1 + self.ratio)
        null = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 + 1 / self.ratio))
        return normal_power(n, effect, alpha, null=null, alternative=self.spread(effect))

    def spread(self, effect: float) -> float:
        """Standard deviation of one item's contribution to the difference."""
        other = self.baseline + effect
        return math.sqrt(max(self.baseline * (1 - self.baseline) + other * (1 - other) / self.ratio, 0.0))

    def widest(self, direction: int) -> float:
        """As far as to 0 or 1."""
        return 1 - self.baseline if direction > 0 else self.baseline


@dataclass(frozen=True)
class PairedProportions:
    """Two shares on the same items, of which the share `discordance` comes out differently: McNemar's test.

    ψ = p₁₀ + p₀₁ is the discordance, δ = p₀₁ - p₁₀ the effect: σ₀² = ψ, σ₁² = ψ - δ² (Connor 1987, Biometrics 43, 207).
    Approximate: the exact test needs a little more where few items are discordant.
    """

    discordance: float

    def __post_init__(self) -> None:
        _demand(0 < self.discordance <= 1, self, "a discordance above 0, at most 1")

    def power(self, n: float, effect: float, alpha: float) -> float:
        """See `Design.power`; n counts pairs."""
        return normal_power(n, effect, alpha, null=math.sqrt(self.discordance), alternative=self.spread(effect))

    def spread(self, effect: float) -> float:
        """Standard deviation of an item's difference."""
        return math.sqrt(max(self.discordance - effect**2, 0.0))

    def widest(self, direction: int) -> float:  # the same in both
        """All discordant items go one way."""
        return self.discordance


def independent_discordance(first: float, second: float) -> float:
    """The share of items with different results if two systems with these shares erred independently: p(1 - q) + q(1 - p).

    Systems mostly fail on the same hard items, so the real discordance is smaller and a size from this one is on the safe side.

    >>> round(independent_discordance(0.85, 0.80), 2)
    0.29
    """
    return first * (1 - second) + second * (1 - first)


@dataclass(frozen=True)
class TwoMeans:
    """Two means of different items with a common standard deviation `sd`: n items for the first, `ratio` n for the second.

    The t test: noncentral t with n(1 + r) - 2 degrees of freedom and noncentrality δ/sd √(n r/(1 + r)) (Cohen 1988, ch. 2).
    """

    sd: float
    ratio: float = 1.0

    def __post_init__(self) -> None:
        _demand(self.sd > 0 and self.ratio > 0, self, "a standard deviation and a ratio above 0")

    def power(self, n: float, effect: float, alpha: float) -> float:
        """See `Design.power`; n counts the first group."""
        degrees = n * (1 + self.ratio) - 2
        return t_power(abs(effect) / self.sd * math.sqrt(n * self.ratio / (1 + self.ratio)), degrees, alpha)

    def spread(self, effect: float) -> float:  # does not depend on it
        """Standard deviation of one item's contribution to the difference."""
        return self.sd * math.sqrt(1 + 1 / self.ratio)

    def widest(self, direction: int) -> float:
        """Means have no end."""
        return math.inf


@dataclass(frozen=True)
class PairedMeans:
    """Two means on the same items; `sd` is the standard deviation of the items' differences.

    The t test of the differences: noncentral t with n - 1 degrees of freedom and noncentrality δ√n/sd.
    """

    sd: float

    def __post_init__(self) -> None:
        _demand(self.sd > 0, self, "a standard deviation above 0")

    def power(self, n: float, effect: float, alpha: float) -> float:
        """See `Design.power`; n counts pairs."""
        return t_power(abs(effect) / self.sd * math.sqrt(n), n - 1, alpha)

    def spread(self, effect: float) -> float:
        """Standard deviation of an item's difference."""
        return self.sd

    def widest(self, direction: int) -> float:
        """Means have no end."""
        return math.inf


def t_power(noncentrality: float, degrees: float, alpha: float) -> float:
    """Power of a two-sided t test; 0 without a degree of freedom, where there is no test."""
    if degrees < 1:
        return 0.0
    critical = float(stdtrit(degrees, 1 - alpha / 2))
    upper = 1 - float(nctdtr(degrees, noncentrality, critical))
    lower = float(nctdtr(degrees, noncentrality, -critical))
    return min(max(upper + (lower if math.isfinite(lower) else 0.0), 0.0), 1.0)


@dataclass(frozen=True)
class SampledAnswers:
    """Two models on the same items, each answering every item several times (Miller 2024, Adding Error Bars to Evals).

    σ² = ω² + σ_A²/K_A + σ_B²/K_B: ω² is the variance over items of the difference of the two conditional means, σ_A² and σ_B²
    the mean variances of one answer's score on an item, K the answers per item. n = (z_{α/2} + z_β)² σ²/δ².
    """

    omega2: float
    sigma2_a: float = 0.0
    sigma2_b: float = 0.0
    k_a: int = 1
    k_b: int = 1

    def __post_init__(self) -> None:
        variances = (self.omega2, self.sigma2_a, self.sigma2_b)
        fits = min(variances) >= 0 and sum(variances) > 0 and min(self.k_a, self.k_b) >= 1
        _demand(fits, self, "variances that are not negative nor all 0, and one answer per item or more")

    def power(self, n: float, effect: float, alpha: float) -> float:
        """See `Design.power`; n counts items."""
        spread = self.spread(effect)
        return normal_power(n, effect, alpha, null=spread, alternative=spread)

    def spread(self, effect: float) -> float:
        """Standard deviation of an item's difference."""
        return math.sqrt(self.omega2 + self.sigma2_a / self.k_a + self.sigma2_b / self.k_b)

    def widest(self, direction: int) -> float:
        """Scores have no end known here."""
        return math.inf


class Spreads(Protocol):
    """A design that says how far an item's contribution to the difference spreads."""

    def spread(self, effect: float) -> float:
        """Standard deviation of one item's contribution where the true effect is `effect`."""


@dataclass(frozen=True)
class NonInferiority:
    """To show that the new value is at most a margin worse, where the true difference is `true` (new minus old, 0 if as good).

    The margin takes the effect's place, without sign. One-sided at alpha, as in `bloomery.stats.equivalence`:
    Φ((margin + true)√n/σ - z_alpha), σ = `of.spread(true)` (Blackwelder 1982, for shares; normal also for means).
    """

    of: Spreads
    true: float = 0.0

    def power(self, n: float, effect: float, alpha: float) -> float:
        """The chance to show it with the margin |effect|."""
        return float(ndtr(_standardised(abs(effect) + self.true, n, self.of.spread(self.true)) + ndtri(alpha)))

    def widest(self, direction: int) -> float:
        """A margin can be as wide as one likes."""
        return math.inf


@dataclass(frozen=True)
class Equivalence:
    """To show that the new value differs by less than a margin either way: two one-sided tests, each at alpha.

    Φ((m - t)√n/σ - z) + Φ((m + t)√n/σ - z) - 1, never below 0, with the margin m in the effect's place and the true difference t.
    """

    of: Spreads
    true: float = 0.0

    def power(self, n: float, effect: float, alpha: float) -> float:
        """The chance to show it with the margin |effect|."""
        spread = self.of.spread(self.true)
        sides = [float(ndtr(_standardised(abs(effect) + t, n, spread) + ndtri(alpha))) for t in (self.true, -self.true)]
        return max(sum(sides) - 1, 0.0)

    def widest(self, direction: int) -> float:
        """A margin can be as wide as one likes."""
        return math.inf


def _standardised(distance: float, n: float, spread: float) -> float:
    if spread <= 0:
        raise NotComputableError(
            "Without any spread (a share of 0 or 1) the normal approximation has no size for this: plan with a baseline inside"
        )
    return distance * math.sqrt(n) / spread


def _demand(fits: bool, design: Design, wanted: str) -> None:
    if not fits:
        raise ValueError(f"this design needs {wanted}: {design}")
