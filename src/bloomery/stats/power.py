"""Sample size, power and detectable effect of any design (`bloomery.stats.designs`): each from the two others.

>>> from bloomery.stats.designs import PairedProportions, SampledAnswers
>>> sample_size(SampledAnswers(1 / 9), 0.03)  # Miller (2024): δ = .03, ω² = 1/9
969
>>> round(power(PairedProportions(0.15), 640, -0.05), 2)
0.91
>>> round(detectable_effect(PairedProportions(0.15), 640, direction=-1), 3)
-0.043
"""

import math

from bloomery.errors import NotComputableError
from bloomery.stats.designs import Design

#: nobody labels more
MOST = 10**12


def power(design: Design, n: float, effect: float, *, alpha: float = 0.05) -> float:
    """The chance of a significant result with `n` items where the true effect is `effect`, in 0..1."""
    _check(alpha, 0.5)
    if n <= 0:
        raise ValueError(f"n is more than 0, not {n}")
    _check_effect(design, effect)
    return design.power(n, effect, alpha)


def sample_size(design: Design, effect: float, *, power: float = 0.8, alpha: float = 0.05) -> int:
    """The least number of items with at least this power; for two groups, of the first.

    Found by halving between powers of two, since power grows with n. No effect, or more than 10^12 items: `NotComputableError`.
    """
    _check(alpha, power)
    _check_effect(design, effect)
    if effect == 0:
        raise NotComputableError("No number of items shows a difference of 0: give the smallest one that matters")
    low, high = 0, 1
    while design.power(high, effect, alpha) < power:
        low, high = high, 2 * high
        if high > MOST:
            raise NotComputableError(
                f"More than 10^12 items would be needed for a power of {power:.0%} at an effect of {effect:g}"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if design.power(middle, effect, alpha) >= power else (middle, high)
    return high


def detectable_effect(
    design: Design, n: float, *, power: float = 0.8, alpha: float = 0.05, direction: int = 1
) -> float:
    """The smallest effect in this direction (1 or -1) that `n` items show with this power, with its sign.

    For `NonInferiority` and `Equivalence` it is the smallest margin. By halving, to 1e-12 of it. Where even the widest
    effect that the design allows has less power, `NotComputableError`.
    """
    _check(alpha, power)
    if direction not in {1, -1} or n <= 0:
        raise ValueError(f"direction is 1 or -1 and n more than 0, not {direction} and {n}")
    widest = design.widest(direction)
    high = _first_enough(design, n, power, alpha, direction) if math.isinf(widest) else widest
    if design.power(n, direction * high, alpha) < power:
        reached = design.power(n, direction * high, alpha)
        raise NotComputableError(
            f"{n:g} items have a power of {reached:.0%} even for the widest effect there can be ({direction * high:+g}); "
            f"{power:.0%} was asked for"
        )
    low = 0.0
    while high - low > 1e-12 * max(high, 1e-12):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (low, middle) if design.power(n, direction * middle, alpha) >= power else (middle, high)
    return direction * high


def _first_enough(design: Design, n: float, power: float, alpha: float, direction: int) -> float:
    """A power of two that is wide enough."""
    effect = 2.0**-40
    while design.power(n, direction * effect, alpha) < power:
        effect *= 2
        if effect > 2.0**60:
            raise NotComputableError(f"{n:g} items cannot show any effect with a power of {power:.0%}")
    return effect


def _check(alpha: float, power: float) -> None:
    if not 0 < alpha < 1 or not alpha < power < 1:
        raise ValueError(f"alpha is between 0 and 1 and power between alpha and 1, not {alpha} and {power}")


def _check_effect(design: Design, effect: float) -> None:
    if not math.isfinite(effect):
        raise ValueError(f"an effect is a finite number, not {effect}")
    direction = 1 if effect > 0 else -1
    if abs(effect) > design.widest(direction) * (1 + 1e-12):
        raise NotComputableError(
            f"An effect of {effect:+g} cannot be: the widest of {design} is {direction * design.widest(direction):+g}"
        )
