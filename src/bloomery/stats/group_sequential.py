"""Group-sequential tests: a few planned looks at a z statistic, with the error probability spent look by look.

The looks are at information fractions t_1 < … < t_K ≤ 1 (rows so far / rows planned; for a mean the two are the same). Of the
error probability a, α(t) is spent by t (Lan and DeMets, Biometrika 1983):

    obrien_fleming   α(t) = 2 − 2Φ( z_{a/2} / √t )        little at first, nearly all of it left for the end
    pocock           α(t) = a · log(1 + (e − 1) t)        about evenly

and the bound b_k of look k is such that the probability to cross there for the first time is α(t_k) − α(t_{k−1}) if there is no
effect. A two-sided test spends a = α/2 on either side; its bounds are ±b_k. Looks need not be planned, so long as their times do
not depend on what has been seen.

The scores S_k = Z_k √t_k of a mean have independent normal increments, so the densities of those that still go on follow each
other by numerical integration (Armitage, McPherson, Rowe 1969; Jennison and Turnbull: Group Sequential Methods, 2000,
chapter 19), here by Gauss–Legendre on panels.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from bloomery.errors import NotComputableError
from bloomery.stats.interval import Interval
from bloomery.stats.streams import Floats, probability

Spending = Literal["obrien_fleming", "pocock"]
Sides = Literal[1, 2]

#: standard deviations beyond which nothing is integrated (2e-17 lie there), and where a bound counts as never reached
_FAR = 8.5
_NEVER = 37.0
#: nodes and weights of one panel, which is no wider than so many standard deviations of the narrowest step; and panels at most
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_WIDTH = 4.0
_MOST_PANELS = 400
#: a last fraction this near to 1 is 1
_ROUNDING = 1e-9


class Decision(NamedTuple):
    """What the looks say."""

    #: the number of the look that first crossed its bound, 1 for the first; None if none has
    crossed: int | None
    #: the bound of each look; infinite where nothing is to be spent
    bounds: Floats
    #: stagewise p-value (see `decide`); None while no look has crossed and more are to come
    p_value: float | None


def spent(fractions: ArrayLike, *, alpha: float = 0.05, spending: Spending = "obrien_fleming") -> Floats:
    """α(t), the error probability spent by each fraction in (0, 1]; `alpha` is that of one side. Shape: of the fractions.

    >>> spent([0.5, 1.0], alpha=0.025).round(5).tolist(), spent(0.5, alpha=0.025, spending="pocock").round(5).item()
    ([0.00153, 0.025], 0.0155)
    """
    t = np.asarray(fractions, dtype=np.float64)
    probability(alpha)
    if spending not in ("obrien_fleming", "pocock"):
        raise ValueError(f"spending must be obrien_fleming or pocock; found {spending!r}")
    if spending == "pocock":
        return np.asarray(alpha * np.log1p((np.e - 1) * t), dtype=np.float64)
    return np.asarray(2 * ndtr(ndtri(alpha / 2) / np.sqrt(t)), dtype=np.float64)


def boundaries(
    fractions: ArrayLike, *, alpha: float = 0.05, spending: Spending = "obrien_fleming", sides: Sides = 2
) -> Floats:
    """The bound b_k of |Z| (two sides) or Z (one side) at each look. Shape: (looks,). `alpha` is that of the whole test.

    >>> boundaries([0.2, 0.4, 0.6, 0.8, 1.0]).round(3).tolist()
    [4.877, 3.357, 2.68, 2.29, 2.031]
    """
    times = _times(fractions)
    to_spend = np.diff(spent(times, alpha=alpha / _sides(sides), spending=spending), prepend=0.0)
    steps, bounds = _Steps(times, sides), np.empty(len(times))
    for k, share in enumerate(to_spend):
        bounds[k] = _solved(steps, sides * share)
        steps.go_on(bounds[k])
    return bounds


def crossing_probabilities(fractions: ArrayLike, bounds: ArrayLike, *, drift: float = 0.0, sides: Sides = 2) -> Floats:
    """The probability to cross for the first time at each look. Shape: (looks,).

    `drift` is the mean of Z at t = 1: effect / its standard error with all rows. The sum is then the power.

    >>> crossing_probabilities([0.5, 1.0], [1.96, 1.96]).round(4).tolist()  # two looks at a test of one: 8.3 %, not 5 %
    [0.05, 0.0331]
    """
    times = _times(fractions)
    limits = _for_each(times, bounds, "bound")
    if np.isnan(limits).any() or (limits < 0).any():
        raise ValueError("bounds must be at least 0")
    steps, found = _Steps(times, _sides(sides), drift), np.empty(len(times))
    for k, bound in enumerate(limits):
        found[k] = steps.crossing(bound)
        steps.go_on(bound)
    return found


def decide(
    z: ArrayLike,
    fractions: ArrayLike,
    *,
    alpha: float = 0.05,
    spending: Spending = "obrien_fleming",
    sides: Sides = 2,
    final: bool = False,
) -> Decision:
    """Which look crosses its bound, and the p-value of where one stops. `z`: the statistics of the looks so far.

    One stops where a bound is crossed, at t = 1, or, with `final`, at the last look given, whatever the reason was: a reason that
    must not be the data.

    The p-value is stagewise (Fairbanks and Madsen 1982; Tsiatis, Rosner, Mehta 1984): the probability to have crossed at an
    earlier look, or not to have crossed and then to see |Z| (or Z) as large as at this one. p ≤ α just when a bound was crossed
    (with `final` before t = 1, p may be below α without: not all of α was to be spent by then).

    >>> decide([1.2, 2.5, 2.3], [0.3, 0.6, 1.0]).crossed is None, decide([1.2, 2.8], [0.3, 0.6]).crossed
    (False, 2)
    """
    times = _times(fractions)
    seen = _for_each(times, z, "statistic")
    if not np.isfinite(seen).all():
        raise NotComputableError("a z statistic is NaN or infinite: was its standard error 0?")
    limits = boundaries(times, alpha=alpha, spending=spending, sides=sides)
    size = np.abs(seen) if sides == 2 else seen
    over = np.flatnonzero(size >= limits)
    stop = int(over[0]) if over.size else len(times) - 1
    steps, earlier = _Steps(times, sides), 0.0
    for bound in limits[:stop]:
        earlier += steps.crossing(bound)
        steps.go_on(bound)
    stopped = bool(over.size) or times[-1] == 1 or final
    p_value = min(1.0, earlier + steps.beyond(seen[stop])) if stopped else None
    return Decision(stop + 1 if over.size else None, limits, p_value)


def repeated_intervals(
    estimates: ArrayLike,
    standard_errors: ArrayLike,
    fractions: ArrayLike,
    *,
    alpha: float = 0.05,
    spending: Spending = "obrien_fleming",
) -> list[Interval]:
    """An interval for the effect at each look, estimate ± b_k · standard error, which hold together with probability 1 − α.

    They hold whether one stops or not (Jennison and Turnbull, JRSS B 1989). Early ones are wide, (−∞, ∞) where nothing is spent.

    >>> [tuple(round(float(end), 2) for end in one) for one in repeated_intervals([0.1, 0.1], [0.04, 0.03], [0.5, 1.0])]
    [(-0.02, 0.22), (0.04, 0.16)]
    """
    times = _times(fractions)
    middle = _for_each(times, estimates, "estimate")
    errors = _for_each(times, standard_errors, "standard error")
    if not (np.isfinite(middle).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise NotComputableError("estimates must be finite and standard errors more than 0")
    half = boundaries(times, alpha=alpha, spending=spending) * errors
    return [Interval(float(m - h), float(m + h)) for m, h in zip(middle, half, strict=True)]


class _Steps:
    """The density of the scores S of those that have not crossed so far, as weights on nodes; look by look."""

    def __init__(self, times: Floats, sides: int, drift: float = 0.0) -> None:
        self.times, self.sides, self.drift = times, sides, drift
        self.steps = np.diff(times, prepend=0.0)
        self.look = 0  # the one to come
        self.nodes, self.weights = np.zeros(1), np.ones(1)

    def upper(self, z: float) -> float:
        """The probability to go on until now and then to have Z ≥ z."""
        return float(self.weights @ ndtr((self._expected() - z * np.sqrt(self.times[self.look])) / self._scale()))

    def lower(self, z: float) -> float:
        """… Z ≤ z."""
        return float(self.weights @ ndtr((z * np.sqrt(self.times[self.look]) - self._expected()) / self._scale()))

    def crossing(self, bound: float) -> float:
        """The probability to cross at the look to come."""
        return self.upper(bound) + (self.lower(-bound) if self.sides == 2 else 0.0)

    def beyond(self, z: float) -> float:
        """The probability of a statistic as far out as z at the look to come."""
        return self.crossing(abs(z)) if self.sides == 2 else self.upper(z)

    def go_on(self, bound: float) -> None:
        """The density after the look to come, within its bound."""
        if self.look + 1 < len(self.times):
            nodes, weights = self._rule(bound)
            away = (nodes[:, None] - self._expected()) / self._scale()
            density: Floats = np.exp(-(away**2) / 2) @ self.weights / (np.sqrt(2 * np.pi) * self._scale())
            self.nodes, self.weights = nodes, weights * density
        self.look += 1

    def _expected(self) -> Floats:
        expected: Floats = self.nodes + self.drift * self.steps[self.look]
        return expected

    def _scale(self) -> float:
        return float(np.sqrt(self.steps[self.look]))

    def _rule(self, bound: float) -> tuple[Floats, Floats]:
        """Nodes and weights over where one goes on, fine enough for this step and the next."""
        time = self.times[self.look]
        middle, root = self.drift * time, np.sqrt(time)
        high = min(bound * root, middle + _FAR * root)
        low = max(-bound * root if self.sides == 2 else -np.inf, middle - _FAR * root)
        if not low < high:  # all have crossed, but for less than 1e-16
            return np.array([min(max(middle, -bound * root), bound * root)]), np.zeros(1)
        narrow = np.sqrt(self.steps[self.look : self.look + 2].min())
        panels = int(np.ceil((high - low) / (_WIDTH * narrow)))
        if panels > _MOST_PANELS:
            raise NotComputableError(f"look {self.look + 1} is too close to the one before or after")
        half = (high - low) / panels / 2
        middles = low + half * (2 * np.arange(panels) + 1)
        return (middles[:, None] + half * _NODES).ravel(), np.tile(half * _WEIGHTS, panels)


def _solved(steps: _Steps, share: float) -> float:
    """The bound that is crossed with this probability; infinite if there is none to speak of."""
    if share <= steps.crossing(_NEVER) or share <= 0:
        return float(np.inf)
    return float(brentq(lambda bound: steps.crossing(bound) - share, 0.0, _NEVER, xtol=1e-11))


def _times(fractions: ArrayLike) -> Floats:
    times = np.array(fractions, dtype=np.float64, ndmin=1)
    if times.ndim != 1 or not times.size:
        raise NotComputableError("there are no looks")
    if not ((np.diff(times, prepend=0.0) > 0).all() and times[-1] < 1 + _ROUNDING):
        raise ValueError(f"fractions must rise, from more than 0 to 1 at most; found {times.tolist()}")
    times[-1] = 1 if times[-1] > 1 - _ROUNDING else times[-1]
    return times


def _for_each(times: Floats, numbers: ArrayLike, name: str) -> NDArray[np.float64]:
    found = np.atleast_1d(np.asarray(numbers, dtype=np.float64))
    if found.shape != times.shape:
        raise ValueError(f"one {name} for each of the {len(times)} looks; found the shape {found.shape}")
    return found


def _sides(sides: int) -> int:
    if sides not in (1, 2):
        raise ValueError(f"sides must be 1 or 2; found {sides!r}")
    return sides
